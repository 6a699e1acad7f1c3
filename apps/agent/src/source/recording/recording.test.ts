import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import {
  containerOfId,
  type Event,
  type InterfaceCountersEvent,
  type ListeningEvent,
  type StatusEvent,
} from '@packetless/model';
import fc from 'fast-check';
import { sampleEvent, sampleProcess } from '../../activity/events.sample.js';
import { jsonLine } from '../../sinks/json.js';
import { ReplayClock } from './clock.js';
import { readLines } from './lines.js';
import { MAX_LINE_BYTES, readEvent } from './read-event.js';

const LISTENING: ListeningEvent = {
  type: 'listening',
  time: 1_700_000_000_000.5,
  agent: 'a',
  exporter: '192.0.2.2',
  addresses: ['192.0.2.2', '2001:db8::1'],
  location: 'b/1',
  part: 0,
  parts: 1,
  sockets: [
    {
      protocol: 6,
      address: '::',
      port: 22,
      process: sampleProcess({ parent: null, script: '/x', exeDeleted: true }),
      container: { ...containerOfId('f00'), name: 'web', labels: { a: 'b' } },
      location: null,
      socket: 7,
      interfaceName: null,
      since: 1_700_000_000_000,
      backlog: 0,
      backlogLimit: 128,
    },
  ],
};

const COUNTERS: InterfaceCountersEvent = {
  type: 'counters',
  time: 1,
  agent: 'a',
  exporter: null,
  location: 'b/1',
  namespace: 'web',
  container: null,
  index: 2,
  name: 'eth0',
  ifType: 6,
  speedBps: 1e10,
  duplex: 'full',
  adminUp: true,
  operUp: true,
  promiscuous: false,
  mtu: 1500,
  bytesReceived: 1,
  packetsReceived: 2,
  errorsReceived: 3,
  dropsReceived: null,
  bytesSent: 5,
  packetsSent: 6,
  errorsSent: 7,
  dropsSent: 8,
};

const STATUS: StatusEvent = {
  type: 'status',
  time: 1_700_000_000_000,
  agent: 'a',
  name: 'web-1',
  address: '192.0.2.2',
  version: '0.1.0',
  system: null,
  kernel: '6.18.0',
  source: 'ebpf',
  tier: 'A',
  cpuSeconds: 0.5,
  memoryBytes: 1e8,
  lost: [{ what: 'retransmissions', why: 'not here' }],
  ledgers: [{ hop: 'kernel', seen: 3, delivered: 1, dropped: { 'ring buffer full': 1 }, inFlight: 1 }],
};

const TRANSLATIONS: TranslationsEvent = {
  type: 'translations',
  time: 1_700_000_000_000,
  agent: 'a1',
  location: 'deadbeef/1',
  translations: [
    {
      protocol: 6,
      before: { client: { address: '172.17.0.2', port: 5 }, server: { address: '10.96.0.10', port: 80 } },
      after: { client: { address: '172.17.0.2', port: 5 }, server: { address: '172.17.0.3', port: 8080 } },
      began: 1_699_999_999_999.5,
      ended: null,
    },
  ],
  toldSince: 1_699_999_999_000,
};

const EVENTS: readonly Event[] = [
  sampleEvent(),
  sampleEvent({ name: null, time: 1_700_000_000_123.4568, handshake: '00112233deadbeef' }),
  sampleEvent({ translated: TRANSLATIONS.translations[0]!.after }),
  sampleEvent({ name: 'CONNECT_FAILED', failure: 'no route', reason: 'peer reset', remote: '2001:db8::9' }),
  LISTENING,
  COUNTERS,
  TRANSLATIONS,
  STATUS,
];

describe('a line', () => {
  test.each(EVENTS.map((event) => [event.type, event] as const))(
    'of a %s event is read as what it was',
    (_, event) => {
      expect(readEvent(jsonLine(event))).toEqual(event);
    },
  );

  test('of an older agent, which did not know everything, is read with what it does not say as unknown', () => {
    const { reason, ...older } = sampleEvent();
    const { tcp, ...end } = older.client;
    expect(readEvent(JSON.stringify({ ...older, client: end }))).toEqual({
      ...older,
      reason: null,
      client: { ...end, tcp: null },
    });
    const { lost, ...status } = STATUS;
    expect(readEvent(JSON.stringify(status))).toEqual({ ...status, lost: [] });
  });

  test('keeps nothing that is not of an event', () => {
    const more = { ...sampleEvent(), evil: { deep: [] }, __proto__: { type: 'status' } };
    expect(readEvent(JSON.stringify(more))).toEqual(sampleEvent());
  });

  test.each<[unknown, string]>([
    [{ ...sampleEvent(), type: 'flaw' }, 'type'],
    [{ ...sampleEvent(), time: 1e300 }, 'time'],
    [{ ...sampleEvent(), time: null }, 'time'],
    [{ ...sampleEvent(), time: '1700000000000' }, 'time'],
    [{ ...sampleEvent(), name: 'EXPLODE' }, 'name'],
    [{ ...sampleEvent(), name: null }, 'name'],
    [{ ...sampleEvent({ name: null }), name: 'CLOSE' }, 'name'],
    [{ ...sampleEvent(), protocol: 256 }, 'protocol'],
    [{ ...sampleEvent(), client: { ...sampleEvent().client, port: -1 } }, 'client.port'],
    [{ ...sampleEvent(), client: { ...sampleEvent().client, address: '10.0.0.256' } }, 'client.address'],
    [{ ...sampleEvent(), client: [] }, 'client'],
    [{ ...sampleEvent(), handshake: '\u001b[2J0000000000' }, 'handshake'],
    [
      { ...sampleEvent(), counters: { kind: 'absolute', bytesSent: 2 ** 60, bytesReceived: 0 } },
      'counters.bytesSent',
    ],
    [{ ...sampleEvent(), interfaceName: 'x'.repeat(300) }, 'interfaceName'],
    [{ ...LISTENING, part: 3, parts: 2 }, 'part'],
    [{ ...LISTENING, sockets: {} }, 'sockets'],
    [
      { ...STATUS, ledgers: [{ ...STATUS.ledgers[0], dropped: { x: Number.MAX_VALUE } }] },
      'ledgers.0.dropped.x',
    ],
    [null, ''],
    [[], ''],
    [7, ''],
  ])('%j is refused, naming what is wrong', (value, member) => {
    const found = readEvent(JSON.stringify(value));
    expect(found).toMatchObject({ fault: 'not an event' });
    expect((found as { detail: string }).detail.startsWith(member)).toBe(true);
  });

  test.each([['{"type":"flow",'], ['NaN'], ['{"time":Infinity}'], ['\u0000'], ['[1e999'], ['']])(
    '%j is not JSON',
    (line) => expect(readEvent(line)).toMatchObject({ fault: 'not JSON' }),
  );

  test('of numbers beyond any number, or nested without end, is refused and breaks nothing', () => {
    const huge = JSON.stringify(sampleEvent()).replace('1700000000000', '1e999');
    expect(readEvent(huge)).toMatchObject({ fault: 'not an event' });
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    expect(readEvent(deep)).toHaveProperty('fault');
    expect(
      readEvent(JSON.stringify(sampleEvent()).replace('"additional":null', `"additional":{"a":${deep}}`)),
    ).toMatchObject({
      fault: 'not an event',
      detail: expect.stringContaining('additional'),
    });
    expect(readEvent(null)).toMatchObject({ fault: 'line too long' });
  });

  test('that was changed anywhere is an event or a fault, never an error', () => {
    const lines = EVENTS.map(jsonLine);
    fc.assert(
      fc.property(
        fc.constantFrom(...lines),
        fc.nat(2000),
        fc.nat(20),
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 10 }),
          fc.constantFrom('null', '-1', '1e999', '""', '{}', '[]'),
        ),
        (line, at, length, instead) => {
          const changed = line.slice(0, at) + instead + line.slice(at + length);
          const found = readEvent(changed);
          if ('fault' in found) return;
          // What was taken can be written and read again.
          expect(readEvent(JSON.stringify(found))).toEqual(found);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('lines', () => {
  async function linesOf(pieces: readonly string[], maxBytes = 100): Promise<(string | null)[]> {
    const lines: (string | null)[] = [];
    const bytes = Readable.from(pieces.map((piece) => Buffer.from(piece)));
    for await (const some of readLines(bytes, maxBytes)) lines.push(...some);
    return lines;
  }

  test('are the same however the bytes come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme' }).map((line) => line.replaceAll('\n', ''))),
        fc.integer({ min: 1, max: 20 }),
        async (lines, size) => {
          const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
          const pieces: Buffer[] = [];
          for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
          const read: (string | null)[] = [];
          for await (const some of readLines(Readable.from(pieces), 1000)) read.push(...some);
          expect(read).toEqual(lines);
        },
      ),
    );
  });

  test('need no end at the end', async () => {
    expect(await linesOf(['a\nb'])).toEqual(['a', 'b']);
    expect(await linesOf(['a\n'])).toEqual(['a']);
    expect(await linesOf([])).toEqual([]);
  });

  test('that are too long are told as such, without being kept, and the next one is read', async () => {
    const long = Array.from({ length: 50 }, () => 'x'.repeat(10));
    expect(await linesOf([...long, '\nnext\n', 'y'.repeat(101)])).toEqual([null, 'next', null]);
    expect(await linesOf([`${'z'.repeat(100)}\n`])).toEqual(['z'.repeat(100)]);
  });
});

describe('a list of listening sockets', () => {
  test('that is long becomes parts, each a line that can be read, together the same list', () => {
    const [socket] = LISTENING.sockets;
    const sockets = Array.from({ length: 3000 }, (_, port) => ({ ...socket!, port }));
    const lines = jsonLine({ ...LISTENING, sockets }).split('\n');
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines) expect(Buffer.byteLength(line)).toBeLessThan(MAX_LINE_BYTES);
    const parts = lines.map((line) => readEvent(line) as ListeningEvent);
    expect(parts.map(({ part }) => part)).toEqual(lines.map((_, index) => index));
    expect(new Set(parts.map(({ parts: count }) => count))).toEqual(new Set([lines.length]));
    expect(parts.flatMap((part) => part.sockets)).toEqual(sockets);
    expect(parts.map(jsonLine)).toEqual(lines);
  });

  test('that is empty is told, too', () => {
    expect(readEvent(jsonLine({ ...LISTENING, sockets: [] }))).toEqual({ ...LISTENING, sockets: [] });
  });
});

describe('time', () => {
  const T0 = 1_700_000_000_000;
  function clock(speed: number) {
    let now = 50;
    const replay = new ReplayClock(speed, () => now);
    return {
      until: (time: number) => replay.until(T0 + time),
      pass: (milliseconds: number) => {
        now += milliseconds;
      },
    };
  }

  test('passes as it did, or faster', () => {
    for (const speed of [1, 4]) {
      const { until, pass } = clock(speed);
      expect(until(0)).toBe(0);
      expect(until(1000)).toBe(1000 / speed);
      pass(600);
      expect(until(1000)).toBe(1000 / speed - 600);
    }
    expect(clock(Number.POSITIVE_INFINITY).until(1e9)).toBe(0);
  });

  test('of events in slight disorder holds up none', () => {
    const { until } = clock(1);
    until(0);
    until(1000);
    expect([until(950), until(1001)]).toEqual([950, 1001]);
  });

  test('that jumps, in a clock or from one recording to the next, is not waited for', () => {
    const { until } = clock(1);
    until(0);
    expect([until(1e9), until(1e9 + 5), until(-1e9), until(-1e9 + 7)]).toEqual([0, 5, 0, 7]);
  });
});
