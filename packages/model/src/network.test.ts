import { describe, expect, test } from '@jest/globals';
import { parseAddress } from './address.js';
import { isLocalTo, PRIVATE_NETWORKS, parseNetwork } from './network.js';

describe('parseNetwork', () => {
  test.each([
    ['192.168.2.0/24', '192.168.2.131', '192.168.3.1'],
    ['192.168.2.7/24', '192.168.2.131', '192.168.3.1'],
    ['10.1.1.1', '10.1.1.1', '10.1.1.2'],
    ['10.0.0.0/9', '10.127.0.1', '10.128.0.1'],
    ['0.0.0.0/0', '255.1.1.1', '2001:db8::1'],
    ['2001:db8::/33', '2001:db8:7fff::1', '2001:db8:8000::1'],
    ['::1/128', '::1', '::2'],
    ['::/0', '2001:db8::1', '10.0.0.1'],
    ['::ffff:10.0.0.0/104', '10.1.2.3', '11.1.2.3'],
  ])('%s contains %s and not %s', (text, inside, outside) => {
    const network = parseNetwork(text)!;
    expect(network.contains(parseAddress(inside)!)).toBe(true);
    expect(network.contains(parseAddress(outside)!)).toBe(false);
  });

  test('has a text and perhaps an alias', () => {
    expect(parseNetwork('10.0.0.0/8=office')).toMatchObject({ text: '10.0.0.0/8', alias: 'office' });
    expect(parseNetwork(' 10.0.0.0/8 ')).toMatchObject({ text: '10.0.0.0/8', alias: null });
  });

  test.each([
    '',
    'x',
    '10.0.0.0/',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/-1',
    '10.0.0.0/8=',
    '10.0.0.0/1e1',
    '10.0.0/8',
  ])('%j is none', (text) => {
    expect(parseNetwork(text)).toBeNull();
  });
});

test('private networks and loopback are local', () => {
  const isLocal = isLocalTo(PRIVATE_NETWORKS.map((text) => parseNetwork(text)!));
  const local = (text: string) => isLocal(parseAddress(text)!);
  expect(
    ['10.1.2.3', '172.31.0.1', '192.168.0.1', 'fd00::1', 'fe80::1', '127.9.9.9', '::1'].map(local),
  ).not.toContain(false);
  expect(['172.32.0.1', '192.0.2.1', '2001:db8::1', '::2'].map(local)).not.toContain(true);
});
