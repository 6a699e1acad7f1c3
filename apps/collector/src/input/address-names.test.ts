import { describe, expect, test } from '@jest/globals';
import { AddressNames, DHCP_SPAN_MS, DNS_SPAN_MS } from './address-names.js';

const T0 = 1_700_000_000_000;
const dns = (address: string, name: string, time = T0) => ({ kind: 'dns', address, name, time }) as const;

describe('names of addresses', () => {
  test('the latest one stands, and what is new is seen to be', () => {
    const names = new AddressNames();
    expect(names.hostnameAt('192.0.2.1')).toBeNull();
    names.learn(dns('192.0.2.1', 'a.example'));
    const first = names.revision;
    names.learn(dns('192.0.2.1', 'a.example', T0 + 1));
    expect(names.revision).toBe(first);
    names.learn(dns('192.0.2.1', 'b.example', T0 + 2));
    expect(names.revision).toBeGreaterThan(first);
    expect(names.hostnameAt('192.0.2.1')).toBe('b.example');
    expect(names.hostnameAt('192.0.2.2')).toBeNull();
  });

  test('that are believed for long do not keep others that are not', () => {
    const names = new AddressNames();
    names.learn({ kind: 'dhcp', name: 'laptop', address: '10.0.0.1', time: T0 });
    names.learn({ kind: 'dns', name: 'example.org', address: '10.0.0.2', time: T0 });
    const { revision } = names;
    names.expire(T0 + DNS_SPAN_MS + 1);
    expect([names.hostnameAt('10.0.0.1'), names.hostnameAt('10.0.0.2')]).toEqual(['laptop', null]);
    expect(names.revision).toBeGreaterThan(revision);
    expect(names.ledger()).toMatchObject({ seen: 2, delivered: 1, inFlight: 1 });
  });

  test('grow old: answers of DNS before what a host calls itself', () => {
    const names = new AddressNames();
    names.learn(dns('192.0.2.1', 'a.example'));
    names.learn({ kind: 'dhcp', address: '10.0.0.7', name: 'laptop', time: T0 });
    names.expire(T0 + DNS_SPAN_MS);
    expect(names.hostnameAt('192.0.2.1')).toBe('a.example');
    names.expire(T0 + DNS_SPAN_MS + 1);
    expect([names.hostnameAt('192.0.2.1'), names.hostnameAt('10.0.0.7')]).toEqual([null, 'laptop']);
    names.expire(T0 + DHCP_SPAN_MS + 1);
    expect(names.hostnameAt('10.0.0.7')).toBeNull();
    expect(names.ledger()).toMatchObject({ seen: 2, delivered: 2, dropped: {}, inFlight: 0 });
  });

  test('those of a file do not', () => {
    const names = new AddressNames({ expires: false });
    names.learn(dns('192.0.2.1', 'a.example', 0));
    names.expire(T0);
    expect(names.hostnameAt('192.0.2.1')).toBe('a.example');
  });

  test('there are so many; the one that nobody spoke of the longest gives way, and is counted', () => {
    const names = new AddressNames({ mostAddresses: 2 });
    names.learn(dns('192.0.2.1', 'a.example'));
    names.learn(dns('192.0.2.2', 'b.example'));
    names.learn(dns('192.0.2.1', 'a.example', T0 + 1));
    names.learn(dns('192.0.2.3', 'c.example', T0 + 2));
    expect(['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((address) => names.hostnameAt(address))).toEqual([
      'a.example',
      null,
      'c.example',
    ]);
    expect(names.ledger()).toMatchObject({
      seen: 3,
      delivered: 0,
      dropped: { 'evicted early': 1 },
      inFlight: 2,
    });
  });
});
