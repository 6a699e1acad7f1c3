import { describe, expect, test } from '@jest/globals';
import { decodeRecord } from '../testing/fixtures.js';

/** A record with LOCAL names from 10.0.0.1 to 10.0.0.2. */
const local = (localPort: number, remotePort: number, fields: object = {}) => ({
  PROTOCOL: 6,
  IPV4_LOCAL_ADDR: '10.0.0.1',
  L4_LOCAL_PORT: localPort,
  IPV4_REMOTE_ADDR: '10.0.0.2',
  L4_REMOTE_PORT: remotePort,
  LOCAL_PROCESS: { PID: 5, PROCESS_PATH: '/bin/x' },
  ...fields,
});
/** The same with SRC names. */
const source = (srcPort: number, dstPort: number, fields: object = {}) => ({
  PROTOCOL: 6,
  IPV4_SRC_ADDR: '10.0.0.1',
  L4_SRC_PORT: srcPort,
  IPV4_DST_ADDR: '10.0.0.2',
  L4_DST_PORT: dstPort,
  LOCAL_PROCESS: { PID: 5, PROCESS_PATH: '/bin/x' },
  ...fields,
});
const ACCEPT = { TCP_EVENT_TYPE: 'ACCEPT' };
const CONNECT = { TCP_EVENT_TYPE: 'CONNECT' };
const CLOSE = { TCP_EVENT_TYPE: 'CLOSE' };
const SEND = { PROTOCOL: 17, UDP_EVENT_TYPE: 'SEND' };
const RECV = { PROTOCOL: 17, UDP_EVENT_TYPE: 'RECV' };
const ONE = '10.0.0.1';
const TWO = '10.0.0.2';

describe('client, reporting side and certainty', () => {
  test.each([
    ['CONNECT, even to a higher port', local(80, 40000, CONNECT), ONE, 'client', true],
    ['CONNECT_FAILED', local(40000, 80, { TCP_EVENT_TYPE: 'CONNECT_FAILED' }), ONE, 'client', true],
    ['ACCEPT with SRC names', source(40000, 80, ACCEPT), ONE, 'server', true],
    ['ACCEPT with SRC names, of a higher port', source(80, 40000, ACCEPT), ONE, 'server', true],
    ['ACCEPT with LOCAL names as they say', local(80, 40000, ACCEPT), TWO, 'server', true],
    ['ACCEPT with LOCAL names that were swapped', local(40000, 80, ACCEPT), ONE, 'server', true],
    [
      'ACCEPT with LOCAL names of the exporter',
      local(40000, 80, { ...ACCEPT, EXPORTER_IPV4_ADDRESS: ONE }),
      TWO,
      'server',
      true,
    ],
    ['SEND to a service', local(40000, 53, SEND), ONE, 'client', false],
    ['SEND between equals', local(40000, 45000, SEND), ONE, 'client', false],
    ['SEND by a service', local(53, 40000, SEND), TWO, 'server', false],
    ['RECV by a service', local(53, 40000, RECV), TWO, 'server', false],
    ['RECV between equals', local(45000, 40000, RECV), TWO, 'server', false],
    ['RECV from a service', local(40000, 53, RECV), ONE, 'client', false],
    ['CLOSE by the lower port', local(80, 40000, CLOSE), TWO, 'server', false],
    ['CLOSE by the higher port', local(40000, 80, CLOSE), ONE, 'client', false],
    ['no event, equal ports', local(123, 123), ONE, 'client', false],
    ['CLOSE that says its side', local(80, 40000, { ...CLOSE, X_SIDE: 'client' }), ONE, 'client', true],
    ['netstat that says its side', local(40000, 80, { X_SIDE: 'server' }), TWO, 'server', true],
    ['RECV that says its side', local(53, 40000, { ...RECV, X_SIDE: 'client' }), ONE, 'client', true],
    ['our ACCEPT', source(40000, 80, { ...ACCEPT, X_SIDE: 'server' }), ONE, 'server', true],
    ['a side that is none', local(40000, 80, { X_SIDE: 'both' }), ONE, 'client', false],
  ] as const)('%s', (_, record, client, side, oriented) => {
    const event = decodeRecord(record);
    expect([event.client.address, event.side, event.oriented]).toEqual([client, side, oriented]);
    const other = side === 'client' ? 'server' : 'client';
    expect([event[side].process?.pid, event[other].process]).toEqual([5, null]);
  });

  test.each([
    ['to a service', 40000, 443, { SRC_PROC_PID: 5, SRC_PROC_NAME: '/bin/x' }, ONE, 'client'],
    ['by a service', 443, 40000, { SRC_PROC_PID: 5, SRC_PROC_NAME: '/bin/x' }, TWO, 'server'],
    ['of the destination', 40000, 443, { DST_PROC_PID: 5, DST_PROC_NAME: '/bin/x' }, ONE, 'server'],
    ['of nobody', 40000, 443, {}, ONE, null],
    ['between equals', 40000, 45000, {}, ONE, null],
  ] as const)('a flat record %s', (_, srcPort, dstPort, fields, client, side) => {
    const event = decodeRecord({ ...source(srcPort, dstPort, fields), LOCAL_PROCESS: undefined });
    expect([event.client.address, event.side, event.oriented]).toEqual([client, side, false]);
  });

  test.each([
    ['nothing else', {}, 'delta'],
    ['LOCAL_PROCESS', { LOCAL_PROCESS: { PID: 5 } }, 'absolute'],
    ['REMOTE_PROCESS', { REMOTE_PROCESS: { PID: 5 } }, 'absolute'],
    ['REMOTE_CONTAINER', { REMOTE_CONTAINER: { ID: 'c' } }, 'absolute'],
  ])('bytes beside %s: %j → %s', (_, fields, kind) => {
    const record = { ...source(40000, 80, { IN_BYTES: 1 }), LOCAL_PROCESS: undefined, ...fields };
    expect(decodeRecord(record).counters?.kind).toBe(kind);
  });

  test('totals follow the source, not the reporter', () => {
    const tcp = { TCP: { BYTES_ACKED: 10, BYTES_RCVD: 20, SEGS_OUT: 1, SEGS_IN: 2, RTT: 0.5 } };
    const totals = (record: object) => decodeRecord(record).counters;
    const forward = {
      kind: 'absolute',
      bytesSent: 10,
      bytesReceived: 20,
      packetsSent: 1,
      packetsReceived: 2,
    };
    const backward = {
      kind: 'absolute',
      bytesSent: 20,
      bytesReceived: 10,
      packetsSent: 2,
      packetsReceived: 1,
    };
    expect(totals(local(40000, 80, tcp))).toEqual(forward);
    expect(totals(local(80, 40000, tcp))).toEqual(backward);
    expect(totals(source(40000, 80, { ...ACCEPT, ...tcp }))).toEqual(forward);
    expect(decodeRecord(source(40000, 80, { ...ACCEPT, ...tcp })).server.tcp?.rttMs).toBe(0.5);
  });
});
