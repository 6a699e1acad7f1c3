/** Whatever reaches the ZeroMQ port: no crash, no desync, everything counted. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { encodeHeader } from '@packetless/wire';
import fc from 'fast-check';
import { Publisher } from 'zeromq';
import { Cleanup } from '../harness/cleanup.js';
import { Collector } from '../harness/packetless.js';
import { waitFor } from '../harness/wait.js';

const RUNS = 300;

function sample(port: number): Buffer {
  return Buffer.from(
    JSON.stringify({
      timestamp: '1795311000.000001',
      TCP_EVENT_TYPE: 'CONNECT',
      IF_NAME: 'eth0',
      IP_PROTOCOL_VERSION: 4,
      PROTOCOL: 6,
      IPV4_LOCAL_ADDR: '10.1.1.1',
      L4_LOCAL_PORT: port,
      IPV4_REMOTE_ADDR: '10.1.1.2',
      L4_REMOTE_PORT: 443,
      LOCAL_PROCESS: {
        PID: 7,
        UID: 0,
        UID_NAME: 'root',
        GID: 0,
        GID_NAME: 'root',
        PROCESS_PATH: '/usr/bin/curl',
      },
    }),
  );
}

function header(topic: string, messageId: number, size: number): Buffer {
  return Buffer.from(encodeHeader({ layout: 'v1', topic, version: 2, sourceId: 9, messageId, size }));
}

/** Frames from pure noise to messages that are wrong in one byte only. */
const mutated = fc
  .tuple(
    fc.integer({ min: 1, max: 60_000 }),
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
  )
  .map(([port, changes]) => {
    const payload = sample(port);
    for (const [at, value] of changes) payload[at % payload.length] = value;
    return [header('flow', 0, payload.length), payload];
  });
const frames = fc.oneof(
  fc.array(fc.uint8Array({ maxLength: 200 }), { minLength: 1, maxLength: 5 }),
  fc.tuple(fc.constant(header('flow', 0, 10)), fc.uint8Array({ maxLength: 500 })),
  fc.tuple(
    fc.constant(header('flow', 0, 10)),
    fc.json({ maxDepth: 12 }).map((text) => Buffer.from(text)),
  ),
  fc.tuple(
    fc.constantFrom('event', 'counter', 'hello', 'nonsense').map((topic) => header(topic, 0, 3)),
    fc.uint8Array(),
  ),
  mutated,
);

describe('garbage on the ZeroMQ port', () => {
  const cleanup = new Cleanup();
  let collector: Collector;
  let publisher: Publisher;

  beforeAll(async () => {
    collector = await Collector.start(cleanup);
    publisher = new Publisher({ sendHighWaterMark: 0 });
    cleanup.add(() => publisher.close());
    publisher.connect(`tcp://127.0.0.1:${collector.zmqPort}`);
    // A subscription is not announced to a plain publisher: ask until something arrives.
    await waitFor('the subscription', async () => {
      await publisher.send([header('flow', 0, 1), sample(1)]);
      return (await collector.flows()).total === 1;
    });
  });
  afterAll(() => cleanup.run());

  async function inputLedger() {
    const { interfaces } = (await collector.get('interfaces')) as {
      interfaces: {
        messages: number;
        ledgers: {
          hop: string;
          seen: number;
          delivered: number;
          inFlight: number;
          dropped: Record<string, number>;
        }[];
      }[];
    };
    return interfaces[0]!;
  }

  test('is counted by reason, harms nobody, and what follows is understood', async () => {
    const before = (await inputLedger()).messages;
    let sent = 0;
    await fc.assert(
      fc.asyncProperty(frames, async (message) => {
        await publisher.send(message.map((frame) => Buffer.from(frame)));
        sent += 1;
      }),
      { numRuns: RUNS },
    );
    await publisher.send([header('flow', 0, 1), sample(61_234)]);
    await collector.flow('clientport:61234 and process:curl');
    const after = await inputLedger();
    expect(after.messages - before).toBe(sent + 1);
    for (const ledger of after.ledgers) {
      const dropped = Object.values(ledger.dropped).reduce((sum, count) => sum + count, 0);
      expect(ledger.seen).toBe(ledger.delivered + dropped + ledger.inFlight);
      expect(ledger.inFlight).toBe(0);
    }
    expect(after.ledgers.some((ledger) => Object.keys(ledger.dropped).length > 0)).toBe(true);
    expect(collector.program.exit).toBeNull();
  });

  test('below ZeroMQ disturbs no other peer', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 2000 }), async (noise) => {
        const socket = connect(collector.zmqPort, '127.0.0.1');
        socket.on('error', () => undefined);
        await once(socket, 'connect');
        socket.end(noise);
        socket.resume();
        await once(socket, 'close');
      }),
      { numRuns: 30, interruptAfterTimeLimit: 20_000 },
    );
    await publisher.send([header('flow', 0, 1), sample(61_235)]);
    await collector.flow('clientport:61235 and process:curl');
  });
});
