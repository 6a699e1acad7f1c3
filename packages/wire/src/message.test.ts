/** What is tolerated, what is refused and why, and that nothing a peer sends can do harm. */
import { deflateSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import type { ListeningEvent } from '@packetless/model';
import fc from 'fast-check';
import { LEFT_OUT } from './dialect/additional.js';
import { MAX_ADDITIONAL_KEYS, MAX_PAYLOAD_BYTES } from './dialect/limits.js';
import { encodeHeader } from './header.js';
import { decodeMessage } from './message.js';
import { decodeRecord, decodeText, header, only, RECEIVED_AT, readFixture } from './testing/fixtures.js';

const connect = {
  timestamp: '1795311000.000001',
  PROTOCOL: 6,
  TCP_EVENT_TYPE: 'CONNECT',
  IPV4_LOCAL_ADDR: '10.0.0.1',
  L4_LOCAL_PORT: 40000,
  IPV4_REMOTE_ADDR: '10.0.0.2',
  L4_REMOTE_PORT: 443,
};
const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) });

describe('a message is refused', () => {
  const flow = header('flow');
  const payload = Buffer.from(JSON.stringify(connect));

  test.each([
    ['wrong number of frames', []],
    ['wrong number of frames', [flow]],
    ['wrong number of frames', [flow, payload, payload]],
    ['unknown header', [new Uint8Array(23), payload]],
    ['unknown topic', [header('flows'), payload]],
    ['unknown topic', [header(''), payload]],
    ['too large', [flow, Buffer.alloc(MAX_PAYLOAD_BYTES + 1, ' ')]],
    ['bad compression', [flow, Buffer.from([0, 1, 2, 3])]],
    ['bad compression', [flow, Buffer.concat([Buffer.from([0]), deflateSync(payload).subarray(0, 40)])]],
    ['too large', [flow, Buffer.concat([Buffer.from([0]), deflateSync(Buffer.alloc(5 << 20, ' '))])]],
    ['not JSON', [flow, Buffer.alloc(0)]],
    ['not JSON', [flow, payload.subarray(0, -1)]],
    ['not an object', [flow, Buffer.from('null')]],
    ['not an object', [flow, Buffer.from('[1]')]],
    ['not an object', [header('event'), Buffer.from('[]')]],
    ['not an object', [header('counter'), Buffer.from('[]')]],
    ['not an object', [header('listening-ports'), Buffer.from('7')]],
    ['missing field', [header('counter'), Buffer.from('{"ifIndex":1,"ifInOctets":1}')]],
    ['bad field', [header('counter'), Buffer.from('{"ifIndex":-1,"ifInOctets":1,"ifOutOctets":1}')]],
    ['missing field', [header('listening-ports'), Buffer.from('{"ip-addresses":[]}')]],
    [
      'bad field',
      [header('listening-ports'), Buffer.from('{"packetless":{"part":2,"parts":2,"sockets":[]}}')],
    ],
    ['bad TLV', [header('flow', 'v1', 3), payload]],
    ['bad TLV', [header('flow', 'v1', 3), readFixture('61_flat_both.tlv').subarray(0, 100)]],
  ] as const)('for %s', (reason, frames) => {
    const decoded = decodeMessage(frames, RECEIVED_AT);
    expect(decoded).toMatchObject({ events: [], rejected: [{ reason, count: 1 }], ignored: null });
  });

  test('for too many events', () => {
    const payload = `[${Array.from({ length: 10_001 }, () => '{}').join()}]`;
    expect(decodeText(payload).rejected).toEqual([{ reason: 'too many events', count: 10_001 }]);
  });
});

describe('an event is refused', () => {
  test.each([
    ['missing field', {}],
    ['missing field', { ...connect, IPV4_REMOTE_ADDR: undefined }],
    ['missing field', { ...connect, L4_LOCAL_PORT: undefined }],
    ['missing field', { ...connect, PROTOCOL: undefined }],
    ['bad field', { ...connect, IPV4_LOCAL_ADDR: 'localhost' }],
    ['bad field', { ...connect, IPV4_LOCAL_ADDR: null }],
    ['bad field', { ...connect, L4_LOCAL_PORT: 65536 }],
    ['bad field', { ...connect, L4_LOCAL_PORT: -1 }],
    ['bad field', { ...connect, L4_LOCAL_PORT: '80a' }],
    ['bad field', { ...connect, PROTOCOL: 256 }],
    ['bad field', { ...connect, IPV4_REMOTE_ADDR: '::1' }],
    ['too deep', { ...connect, x: nested(8) }],
  ])('for %s: %j', (reason, record) => {
    expect(decodeText(JSON.stringify(record))).toMatchObject({
      events: [],
      rejected: [{ reason, count: 1 }],
    });
  });

  test('alone: the others of its message are taken, and reasons are added up', () => {
    const listening = { ...connect, IPV4_REMOTE_ADDR: '0.0.0.0', L4_REMOTE_PORT: 0 };
    const decoded = decodeText(JSON.stringify([connect, {}, 7, {}, listening, connect]));
    expect(decoded.events).toHaveLength(2);
    expect(decoded.rejected).toEqual([
      { reason: 'missing field', count: 2 },
      { reason: 'not an object', count: 1 },
    ]);
    expect(decoded).toMatchObject({ ignored: 'listening socket', ignoredCount: 1 });
  });
});

describe('a list of listening sockets', () => {
  const list = (content: object) =>
    decodeMessage([header('listening-ports'), Buffer.from(JSON.stringify(content))], RECEIVED_AT);

  test('is taken without those that cannot be, which are counted', () => {
    const own = [
      { protocol: 6, address: '0.0.0.0', port: 80 },
      7,
      { protocol: 6, address: 'x', port: 1 },
      {},
    ];
    const ntopng = { tcp4: [{ port: 80 }, { port: 65536 }, { proc: 'x' }, null], udp4: {}, sctp: [1] };
    expect(list({ packetless: { sockets: own } })).toMatchObject({
      events: [{ sockets: [{ port: 80, process: null }] }],
      rejected: [{ reason: 'bad field', count: 3 }],
    });
    expect(list({ 'listening-ports': ntopng })).toMatchObject({
      events: [{ sockets: [{ port: 80, process: null }] }],
      rejected: [{ reason: 'bad field', count: 3 }],
    });
  });

  test('has at most 10,000', () => {
    const sockets = Array.from({ length: 10_001 }, () => 1);
    for (const content of [{ packetless: { sockets } }, { 'listening-ports': { tcp4: sockets } }]) {
      expect(list(content)).toMatchObject({
        events: [],
        rejected: [{ reason: 'too many events', count: 10_001 }],
      });
    }
  });

  test('is of the host by the address that others reach it at', () => {
    const exporter = (addresses: unknown) =>
      (list({ 'ip-addresses': addresses, 'listening-ports': {} }).events[0] as ListeningEvent).exporter;
    expect(exporter(['127.0.0.1', 'fe80::1', '10.0.0.7', '10.0.0.8'])).toBe('10.0.0.7');
    expect(exporter(['127.0.0.1', '::1'])).toBe('127.0.0.1');
    expect(exporter(['nowhere', {}])).toBe(null);
    expect(exporter('10.0.0.7')).toBe(null);
  });
});

describe('payloads', () => {
  const payload = Buffer.from(JSON.stringify(connect));
  const plain = only(decodeText(payload));

  test('behind a NUL are inflated', () => {
    expect(only(decodeText(Buffer.concat([Buffer.from([0]), deflateSync(payload)])))).toEqual(plain);
  });

  test('of v3 are inflated when the flag says so', () => {
    const frame = new Uint8Array(36);
    frame.set(Buffer.from('flow'));
    frame[16] = 4;
    expect(only(decodeMessage([frame, payload], RECEIVED_AT))).toEqual(plain);
    frame[17] = 0x04;
    expect(only(decodeMessage([frame, deflateSync(payload)], RECEIVED_AT))).toEqual(plain);
  });

  test('with v2, and with version 4 in 24 bytes, are JSON', () => {
    expect(only(decodeText(payload, 'v2'))).toEqual(plain);
    const frame = encodeHeader({
      layout: 'v1',
      topic: 'flow',
      version: 4,
      sourceId: 9,
      messageId: 9,
      size: 0,
    });
    expect(only(decodeMessage([frame, payload], RECEIVED_AT))).toEqual(plain);
  });
});

describe('tolerated', () => {
  test('numbers as texts', () => {
    const written = {
      ...connect,
      PROTOCOL: '6',
      L4_LOCAL_PORT: '40000',
      L4_REMOTE_PORT: '443',
      NW_LATENCY_MS: '0.177',
    };
    expect(decodeRecord(written)).toEqual(decodeRecord({ ...connect, NW_LATENCY_MS: 0.177 }));
  });

  test.each([
    ['1557135868.956831', 1557135868956.831],
    [1557135868.956831, 1557135868956.831],
    [1557135868, 1557135868000],
    ['1557135868', 1557135868000],
    ['1557135868.5', 1557135868500],
    ['yesterday', RECEIVED_AT],
    [null, RECEIVED_AT],
    [-5, RECEIVED_AT],
    ['99999999999999999999.0', RECEIVED_AT],
    [{}, RECEIVED_AT],
  ])('the time %j', (timestamp, time) => {
    expect(decodeRecord({ ...connect, timestamp }).time).toBe(time);
  });

  test.each([
    ['SYN-SENT', 'SYN_SENT'],
    ['FIN-WAIT-1', 'FIN_WAIT1'],
    ['FIN_WAIT_2', 'FIN_WAIT2'],
    ['FIN_WAIT2', 'FIN_WAIT2'],
    ['CLOSE-WAIT', 'CLOSE_WAIT'],
    ['TIME-WAIT', 'TIME_WAIT'],
    ['LAST-ACK', 'LAST_ACK'],
    ['CLOSING', 'CLOSING'],
    ['constructor', null],
  ])('the state %s', (written, state) => {
    expect(decodeRecord({ ...connect, TCP: { CONN_STATE: written } }).state).toBe(state);
  });

  test('elements by number, with and without the enterprise', () => {
    const byName = {
      IPV4_SRC_ADDR: '10.0.0.1',
      L4_SRC_PORT: 40000,
      IPV4_DST_ADDR: '10.0.0.2',
      L4_DST_PORT: 443,
      PROTOCOL: 6,
      EXPORTER_IPV4_ADDRESS: '10.0.0.9',
      SRC_PROC_PID: 5,
      SRC_PROC_NAME: '/bin/x',
      DST_PROC_PID: 6,
      DST_PROC_NAME: '/bin/y',
      DST_FATHER_PROC_PID: 1,
    };
    const byNumber = {
      8: 167772161,
      7: 40000,
      12: '10.0.0.2',
      11: 443,
      4: 6,
      130: '10.0.0.9',
      57640: 5,
      '35632.169': '/bin/x',
      '35632.375': 6,
      '35632.57848': '/bin/y',
      57850: 1,
    };
    expect(decodeRecord(byNumber)).toEqual(decodeRecord(byName));
    expect(decodeRecord(byNumber).server.process).toMatchObject({ pid: 6, name: 'y', parent: { pid: 1 } });
  });

  test('an unspecified second address', () => {
    const event = decodeRecord({ ...connect, IPV6_LOCAL_ADDR: '::', IPV6_REMOTE_ADDR: '::' });
    expect([event.client.address, event.server.address]).toEqual(['10.0.0.1', '10.0.0.2']);
  });

  test('IPv4-mapped and unusually written IPv6 addresses', () => {
    const address = (written: string) =>
      decodeRecord({
        ...connect,
        IPV4_LOCAL_ADDR: undefined,
        IPV4_REMOTE_ADDR: undefined,
        IPV6_LOCAL_ADDR: written,
        IPV6_REMOTE_ADDR: written,
      }).client.address;
    expect(address('::ffff:10.1.2.3')).toBe('10.1.2.3');
    expect(address('2001:DB8:0:0::1')).toBe('2001:db8::1');
  });

  test('LOCAL and SRC names mixed', () => {
    const { L4_LOCAL_PORT, L4_REMOTE_PORT, ...rest } = connect;
    expect(decodeRecord({ ...rest, L4_SRC_PORT: L4_LOCAL_PORT, L4_DST_PORT: L4_REMOTE_PORT })).toEqual(
      decodeRecord(connect),
    );
  });

  test('ports of ICMP, which has none', () => {
    const event = decodeRecord({ ...connect, PROTOCOL: 1, L4_LOCAL_PORT: 8, L4_REMOTE_PORT: 0 });
    expect([event.client.port, event.server.port]).toEqual([0, 0]);
  });

  test('the pod under its old name, and containers named by one half of the shapes', () => {
    const container = (value: object) =>
      decodeRecord({ ...connect, LOCAL_CONTAINER: value }).client.container;
    expect(container({ KUBE: { ID: 'a', NAME: 'n', POD: 'p', NS: 's' } })).toMatchObject({
      id: 'a',
      name: 'n',
      pod: 'p',
      namespace: 's',
    });
    expect(container({ ID: 'a' })).toMatchObject({ id: 'a', runtime: null });
    expect(container({ DOCKER: {} })).toBe(null);
  });
});

describe('a process', () => {
  const process = (fields: object, layout: 'v0' | 'v1' = 'v1') =>
    decodeRecord({ ...connect, LOCAL_PROCESS: { PID: 5, ...fields } }, layout);

  test('of uid 0 is root whatever its name, which is kept to be seen', () => {
    const event = process({ UID: 0, UID_NAME: 'daemon' });
    expect(event.client.process).toMatchObject({ uid: 0, user: 'root' });
    expect(event.additional).toEqual({ 'LOCAL_PROCESS.UID_NAME': 'daemon' });
    expect(process({ UID: 0 }).client.process).toMatchObject({ user: 'root' });
    expect(process({ UID: 0, UID_NAME: 'root' }).additional).toBe(null);
  });

  test('of another uid is called what its host calls it', () => {
    expect(process({ UID: 33, UID_NAME: 'www-data' }).client.process).toMatchObject({
      uid: 33,
      user: 'www-data',
    });
    expect(process({ UID: 33 }).client.process).toMatchObject({ uid: 33, user: null });
  });

  test('of pid 0 is none', () => {
    expect(process({ PID: 0, UID: 0 }).client.process).toBe(null);
  });

  test('may be known by the short name of the kernel only, or by a deleted file', () => {
    expect(process({ PROCESS_PATH: 'kworker' }).client.process).toMatchObject({ exe: null, name: 'kworker' });
    expect(process({ PROCESS_PATH: '/tmp/a b (deleted)' }).client.process).toMatchObject({
      exe: '/tmp/a b',
      name: 'a b',
      exeDeleted: true,
    });
    expect(process({ PROCESS_PATH: '/' }).client.process).toMatchObject({ exe: '/', name: '/' });
  });

  test('of ebpflowexport has pid and tid exchanged, which is put right', () => {
    const sent = {
      PROTOCOL: 6,
      TCP_EVENT_TYPE: 'CONNECT',
      INTERFACE_NAME: 'lo',
      IPV4_SRC_ADDR: '10.0.0.1',
      L4_SRC_PORT: 40000,
      IPV4_DST_ADDR: '10.0.0.2',
      L4_DST_PORT: 443,
      LOCAL_PROCESS: { PID: 777, TID: 700, UID: 0, PROCESS_PATH: '/bin/x' },
      LOCAL_FATHER_PROCESS: { PID: 1, TID: 0, UID: 0, PROCESS_PATH: '/sbin/init' },
    };
    expect(decodeRecord(sent, 'v0').client.process).toMatchObject({ pid: 700, tid: 777, parent: { pid: 1 } });
    // Nobody else does that: neither with another header, nor with other names, nor our agent.
    expect(decodeRecord(sent, 'v1').client.process).toMatchObject({ pid: 777, tid: 700 });
    expect(decodeRecord({ ...sent, X_AGENT: 'a' }, 'v0').client.process).toMatchObject({
      pid: 777,
      tid: 700,
    });
    expect(process({ PID: 777, TID: 700 }, 'v0').client.process).toMatchObject({ pid: 777, tid: 700 });
  });
});

describe('additional fields', () => {
  const additional = (fields: object) => decodeRecord({ ...connect, ...fields }).additional;

  test('are kept as they are', () => {
    expect(additional({ L7: 'x', N: 1, B: true, Z: null, O: { a: [1, { b: 2 }] } })).toEqual({
      L7: 'x',
      N: 1,
      B: true,
      Z: null,
      O: { a: [1, { b: 2 }] },
    });
  });

  test('are at most 32, and say how many there were more', () => {
    const fields = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`K${index}`, index]));
    const kept = additional(fields)!;
    expect(Object.keys(kept)).toHaveLength(MAX_ADDITIONAL_KEYS + 1);
    expect(kept[LEFT_OUT]).toBe(8);
  });

  test('have texts of at most 1 KiB, cut between characters', () => {
    const kept = additional({ T: `${'x'.repeat(1023)}😀😀` })!;
    expect(kept.T).toBe('x'.repeat(1023));
  });

  test('are at most four levels deep', () => {
    expect(additional({ x: nested(6) })).toEqual({ x: { a: { a: {} } } });
  });

  test('cannot reach a prototype', () => {
    const text = JSON.stringify(connect).replace(
      '{',
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"deep":{"__proto__":{"polluted":1}},',
    );
    const event = only(decodeText(text));
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(event.additional)).toBe(Object.prototype);
    expect(Object.hasOwn(event.additional!, '__proto__')).toBe(false);
    expect((event.additional as { polluted?: number }).polluted).toBeUndefined();
  });

  test('include what a known field cannot be', () => {
    expect(additional({ TCP_EVENT_TYPE: 'OWNER', NW_LATENCY_MS: 'soon', LOCAL_PROCESS: 7 })).toEqual({
      TCP_EVENT_TYPE: 'OWNER',
      NW_LATENCY_MS: 'soon',
      LOCAL_PROCESS: 7,
    });
  });
});

describe('whatever arrives', () => {
  const json = fc.jsonValue({ maxDepth: 10 });
  const knownKeys = [
    ...Object.keys(connect),
    'IPV4_SRC_ADDR',
    'LOCAL_PROCESS',
    'LOCAL_FATHER_PROCESS',
    'REMOTE_PROCESS',
    'CLIENT_PROCESS',
    'LOCAL_CONTAINER',
    'TCP',
    'json',
    'IN_BYTES',
    '57640',
    'X_SIDE',
    'X_SOCKET',
    'X_HANDSHAKE',
    '__proto__',
    'packetless',
    'probe',
    'ifIndex',
    'ifInOctets',
    'ifOutOctets',
    'deviceIP',
    'listening-ports',
    'ip-addresses',
  ];
  const record = fc
    .array(fc.tuple(fc.constantFrom(...knownKeys), json), { maxLength: 8 })
    .map((entries) => ({ ...connect, ...Object.fromEntries(entries) }));
  const payloads = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    json.map((value) => Buffer.from(JSON.stringify(value))),
    record.map((value) => Buffer.from(JSON.stringify(value))),
    fc.array(record, { maxLength: 4 }).map((value) => Buffer.from(JSON.stringify(value))),
    fc
      .tuple(fc.nat(400), fc.nat(255))
      .map(([at, byte]) => Buffer.from(readFixture('61_flat_both.tlv')).fill(byte, at, at + 1)),
  );
  const headers = fc.oneof(
    fc.uint8Array({ maxLength: 48 }),
    fc
      .tuple(
        fc.constantFrom('flow', 'event', 'counter', 'listening-ports', 'ebpf', 'x'),
        fc.constantFrom('v0', 'v1', 'v2'),
        fc.nat(5),
      )
      .map(([topic, layout, version]) => header(topic, layout, version)),
  );

  test('is decoded or refused, never thrown at the caller', () => {
    fc.assert(
      fc.property(headers, payloads, (frame, payload) => {
        const decoded = decodeMessage([frame, payload], RECEIVED_AT);
        for (const event of decoded.events) {
          expect(Number.isFinite(event.time)).toBe(true);
          if (event.type === 'status' || event.type === 'counters') continue;
          const ends = event.type === 'listening' ? event.sockets : [event.client, event.server];
          for (const end of ends) {
            expect(Number.isInteger(end.port) && end.port >= 0 && end.port <= 65535).toBe(true);
            expect(end.address).toMatch(/^[0-9a-f:.]+$/);
          }
        }
        // Everything refused is counted with a reason.
        expect(decoded.rejected.every(({ count }) => count > 0)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test('any list of frames', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 4 }), (frames) => {
        decodeMessage(frames, RECEIVED_AT);
      }),
    );
  });
});
