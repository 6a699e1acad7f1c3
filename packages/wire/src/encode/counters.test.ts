import { describe, expect, test } from '@jest/globals';
import type { InterfaceCountersEvent } from '@packetless/model';
import fc from 'fast-check';
import { decodeOnly, RECEIVED_AT } from '../testing/fixtures.js';
import { countersEvents } from '../testing/host-events.js';
import { encodeCounters } from './counters.js';
import { MAX_EVENT_BYTES } from './room.js';

const counters: InterfaceCountersEvent = {
  type: 'counters',
  time: 1795311000000.001,
  agent: '0123456789abcdef',
  exporter: '192.168.2.131',
  location: 'deadbeef/4026531840',
  namespace: null,
  container: null,
  index: 6,
  name: 'veth99',
  ifType: 6,
  speedBps: 1e9,
  duplex: 'full',
  adminUp: true,
  operUp: false,
  promiscuous: true,
  mtu: 1500,
  bytesReceived: 1000,
  packetsReceived: 10,
  errorsReceived: 1,
  dropsReceived: 2,
  bytesSent: 2000,
  packetsSent: 20,
  errorsSent: 3,
  dropsSent: 4,
};
const record = (changes: Partial<InterfaceCountersEvent>) =>
  JSON.parse(encodeCounters({ ...counters, ...changes }).text);
const decode = (text: string) => decodeOnly('counter', 'counters', text);

describe('counters of our agent', () => {
  test('have the names and types that ntopng wants', () => {
    expect(record({})).toEqual({
      deviceIP: 3232236163,
      ifIndex: 6,
      ifName: 'veth99',
      ifType: 6,
      ifSpeed: 1e9,
      ifDirection: 'Full',
      ifAdminStatus: 'Up',
      ifOperStatus: 'Down',
      ifInOctets: 1000,
      ifInPackets: 10,
      ifInErrors: 1,
      ifOutOctets: 2000,
      ifOutPackets: 20,
      ifOutErrors: 3,
      ifPromiscuousMode: 1,
      X_TIME: '1795311000.000001',
      X_AGENT: '0123456789abcdef',
      X_LOCATION: 'deadbeef/4026531840',
      X_MTU: 1500,
      X_INDROPS: 2,
      X_OUTDROPS: 4,
    });
  });

  test('are read as they were written', () => {
    fc.assert(
      fc.property(countersEvents, (event) => {
        expect(decode(encodeCounters(event).text)).toEqual(event);
      }),
    );
  });

  test('have no null, and no key that ends or begins like one of ntopng’s', () => {
    fc.assert(
      fc.property(countersEvents, (event) => {
        const { text, size } = encodeCounters(event);
        expect(size).toBe(Buffer.byteLength(text));
        expect(size).toBeLessThanOrEqual(MAX_EVENT_BYTES);
        const written = JSON.parse(text);
        expect(Number.isInteger(written.deviceIP)).toBe(true);
        for (const [key, value] of Object.entries(written)) {
          expect(value).not.toBe(null);
          expect(key).toMatch(/^(deviceIP|if[A-Z]\w+|LOCAL_CONTAINER|X_[A-Z]+)$/);
        }
      }),
    );
  });

  test('of hosts without an IPv4 address are of devices that nobody has, another for each', () => {
    const device = (changes: Partial<InterfaceCountersEvent>): number => record(changes).deviceIP;
    const one = device({ exporter: '2001:db8::1' });
    const other = device({ exporter: '2001:db8::1', agent: 'another' });
    for (const number of [one, other, device({ exporter: null })]) expect(number >>> 28).toBe(15);
    expect(one).not.toBe(other);
    expect(device({ exporter: null, agent: null })).toBe(0);
    for (const exporter of ['2001:db8::1', '240.0.0.9', null]) {
      const event = { ...counters, exporter };
      expect(decode(encodeCounters(event).text)).toEqual(event);
    }
  });

  test('of an interface too fast for 32 bits say so beside', () => {
    expect(record({ speedBps: 25e9 })).toMatchObject({ ifSpeed: 0xffffffff, X_SPEED: 25e9 });
    expect(record({ speedBps: null })).toMatchObject({ ifSpeed: 0 });
    expect(record({ speedBps: null })).not.toHaveProperty('X_SPEED');
  });
});

describe('counters of others', () => {
  test('may lack what is not counted there', () => {
    expect(
      decode('{"ifIndex":3,"ifInOctets":5,"ifOutOctets":"6","ifOperStatus":"Down","deviceIP":"10.0.0.1"}'),
    ).toEqual({
      ...counters,
      time: RECEIVED_AT,
      agent: null,
      exporter: '10.0.0.1',
      location: null,
      index: 3,
      name: '3',
      ifType: 1,
      speedBps: null,
      duplex: null,
      adminUp: false,
      operUp: false,
      promiscuous: false,
      mtu: null,
      bytesReceived: 5,
      packetsReceived: 0,
      errorsReceived: 0,
      dropsReceived: null,
      bytesSent: 6,
      packetsSent: 0,
      errorsSent: 0,
      dropsSent: null,
    });
  });
});
