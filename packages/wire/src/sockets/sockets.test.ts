/** Publisher and subscriber over real sockets of this host. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, connect as netConnect, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import type {
  ConversationEvent,
  Event,
  InterfaceCountersEvent,
  ListeningEvent,
  StatusEvent,
} from '@packetless/model';
import { Publisher, Subscriber } from 'zeromq';
import { MAX_EVENT_BYTES } from '../encode/conversation.js';
import { parseEndpoints } from '../endpoint.js';
import { decodeHeader, encodeHeader } from '../header.js';
import { decodeMessage } from '../message.js';
import { conversation, RECEIVED_AT } from '../testing/fixtures.js';
import { SocketError } from './open.js';
import { EventPublisher, type PublisherOptions } from './publisher.js';
import { EventSubscriber, type SubscriberOptions } from './subscriber.js';

/** What a test opened, closed after it. */
const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

/** A subscriber with all that it received. */
class Collector {
  readonly messages: Uint8Array[][] = [];
  readonly subscriber: EventSubscriber;

  constructor(endpoints: string, options: Partial<SubscriberOptions> = {}) {
    this.subscriber = new EventSubscriber({ ...options, endpoints: parseEndpoints(endpoints, 'collector') });
    opened.push(() => this.subscriber.close());
  }

  async start(): Promise<this> {
    await this.subscriber.start((frames) => this.messages.push(frames));
    return this;
  }

  get port(): number {
    return this.subscriber.boundPorts[0]!.port!;
  }

  get events(): Event[] {
    return this.messages.flatMap((frames) => [...decodeMessage(frames, RECEIVED_AT).events]);
  }

  get messageIds(): number[] {
    return this.messages.map((frames) => decodeHeader(frames[0]!)!.messageId);
  }

  get clientPorts(): number[] {
    return this.events.flatMap((event) => ('client' in event ? [event.client.port] : []));
  }

  get peers(): number {
    return this.subscriber.peers().reduce((sum, { peers }) => sum + peers, 0);
  }
}

async function startPublisher(
  endpoints: string,
  options: Partial<PublisherOptions> = {},
): Promise<EventPublisher> {
  const publisher = new EventPublisher({
    sourceId: 0x107,
    ...options,
    endpoints: parseEndpoints(endpoints, 'agent'),
  });
  opened.push(() => publisher.close(0));
  await publisher.start();
  return publisher;
}

async function until(condition: () => boolean, timeoutMs = 5000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${condition}`);
    await delay(5);
  }
}

/** Events of one turn share a message; this ends the turn. */
async function publishApart(publisher: EventPublisher, ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    publisher.publish(event(port));
    await Promise.resolve();
  }
}

/** Told apart by the client's port. */
function event(port: number): ConversationEvent {
  return conversation({
    name: 'CONNECT',
    client: { address: '10.0.0.1', port },
    server: { address: '10.0.0.2', port: 443 },
    side: 'client',
    oriented: true,
  });
}

const status: StatusEvent = {
  type: 'status',
  time: RECEIVED_AT,
  agent: 'a'.repeat(40),
  name: 'web-1',
  address: '10.0.0.1',
  version: '0.1.0',
  system: 'Debian 12',
  kernel: '6.1.0',
  source: 'ebpf',
  tier: 'A',
  cpuSeconds: 1.5,
  memoryBytes: 50_000_000,
  lost: [],
  ledgers: [{ hop: 'kernel', seen: 10, delivered: 8, dropped: { 'ring buffer full': 2 }, inFlight: 0 }],
};

const listening: ListeningEvent = {
  type: 'listening',
  time: RECEIVED_AT,
  agent: 'a'.repeat(16),
  exporter: '10.0.0.1',
  addresses: ['10.0.0.1'],
  location: null,
  part: 0,
  parts: 1,
  sockets: [],
};

const counters: InterfaceCountersEvent = {
  type: 'counters',
  time: RECEIVED_AT,
  agent: 'a'.repeat(16),
  exporter: '10.0.0.1',
  location: null,
  namespace: null,
  container: null,
  index: 1,
  name: 'lo',
  ifType: 24,
  speedBps: null,
  duplex: null,
  adminUp: true,
  operUp: true,
  promiscuous: false,
  mtu: 65536,
  bytesReceived: 1,
  packetsReceived: 1,
  errorsReceived: 0,
  dropsReceived: 0,
  bytesSent: 1,
  packetsSent: 1,
  errorsSent: 0,
  dropsSent: 0,
};

/** A port nobody listens on now. */
async function freePort(): Promise<number> {
  const server = await listen(0);
  const port = portOfServer(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function listen(port: number): Promise<Server> {
  const server = createServer();
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(server)));
}

function portOfServer(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

describe('events', () => {
  test('reach a collector that binds, numbered from 1 over all topics', async () => {
    const collector = await new Collector('tcp://127.0.0.1:*c').start();
    const publisher = await startPublisher(`tcp://127.0.0.1:${collector.port}c`);
    const sent = [event(1), status, listening, counters, event(2)];
    for (const each of sent) publisher.publish(each);
    await until(() => collector.messages.length === 5);
    expect(collector.events).toEqual(sent);
    expect(collector.messageIds).toEqual([1, 2, 3, 4, 5]);
    expect(decodeHeader(collector.messages[0]![0]!)).toMatchObject({
      layout: 'v1',
      topic: 'flow',
      version: 2,
      sourceId: 7,
      size: collector.messages[0]![1]!.length,
    });
    expect(collector.messages.map(([header]) => decodeHeader(header!)?.topic)).toEqual([
      'flow',
      'event',
      'listening-ports',
      'counter',
      'flow',
    ]);
    expect(collector.peers).toBe(1);
    expect(publisher.ledger.snapshot()).toMatchObject({ seen: 5, delivered: 5, dropped: {}, inFlight: 0 });
  });

  test('reach a collector that connects', async () => {
    const publisher = await startPublisher('tcp://127.0.0.1:*');
    const [link] = publisher.state;
    expect(link).toMatchObject({ connection: 'listening', subscribed: false });
    publisher.publish(event(1));
    const collector = await new Collector(link!.address).start();
    await until(() => collector.clientPorts.length === 1);
    expect(publisher.state[0]).toMatchObject({ connection: 'connected', subscribed: true, queuedBytes: 0 });
  });

  test('reach a collector over a Unix socket', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'wire-'));
    opened.push(() => rmSync(directory, { recursive: true }));
    const endpoint = `ipc://${join(directory, 'events')}c`;
    const collector = await new Collector(endpoint).start();
    const publisher = await startPublisher(endpoint);
    publisher.publish(event(1));
    await until(() => collector.clientPorts.length === 1);
    expect(collector.subscriber.boundPorts[0]?.port).toBe(null);
  });

  test('reach two collectors, each numbered without gaps', async () => {
    const one = await new Collector('tcp://127.0.0.1:*c').start();
    const two = await new Collector('tcp://127.0.0.1:*c').start();
    const publisher = await startPublisher(`tcp://127.0.0.1:${one.port}c,tcp://127.0.0.1:${two.port}c`);
    await publishApart(publisher, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    await until(() => one.messages.length === 10 && two.messages.length === 10);
    expect(one.messageIds).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(two.messageIds).toEqual(one.messageIds);
    expect(publisher.ledger.snapshot()).toMatchObject({ seen: 20, delivered: 20 });
  });

  test('wait for a collector that comes late: it gets the first one', async () => {
    const port = await freePort();
    const states: string[] = [];
    const publisher = await startPublisher(`tcp://127.0.0.1:${port}c`, {
      onState: ([link]) => states.push(`${link!.connection} ${link!.subscribed}`),
    });
    await publishApart(publisher, [1, 2, 3, 4, 5]);
    await delay(200);
    expect(publisher.state[0]).toMatchObject({ connection: 'connecting', subscribed: false });
    expect(publisher.ledger.inFlight).toBe(5);
    const collector = await new Collector(`tcp://127.0.0.1:${port}c`).start();
    await until(() => collector.messages.length === 5);
    expect(collector.clientPorts).toEqual([1, 2, 3, 4, 5]);
    expect(states.at(-1)).toBe('connected true');
  });

  test('wait again while the collector restarts, and none is lost', async () => {
    const first = await new Collector('tcp://127.0.0.1:*c').start();
    const { port } = first;
    const publisher = await startPublisher(`tcp://127.0.0.1:${port}c`);
    publisher.publish(event(1));
    await until(() => first.messages.length === 1);
    await first.subscriber.close();
    await until(() => publisher.state[0]!.connection === 'connecting');
    await publishApart(publisher, [2, 3]);
    await delay(100);
    expect(publisher.state[0]!.queuedBytes).toBeGreaterThan(0);
    const second = await new Collector(`tcp://127.0.0.1:${port}c`).start();
    await until(() => second.messages.length === 2);
    expect(second.clientPorts).toEqual([2, 3]);
    expect(second.messageIds).toEqual([2, 3]);
  });

  test('wait again when the last subscriber of a bound agent leaves', async () => {
    const publisher = await startPublisher('tcp://127.0.0.1:*');
    const { address } = publisher.state[0]!;
    const first = await new Collector(address).start();
    await until(() => publisher.state[0]!.subscribed);
    await first.subscriber.close();
    await until(() => !publisher.state[0]!.subscribed);
    publisher.publish(event(1));
    await delay(50);
    expect(publisher.state[0]).toMatchObject({ connection: 'listening' });
    expect(publisher.ledger.inFlight).toBe(1);
    const second = await new Collector(address).start();
    await until(() => second.messages.length === 1);
  });

  test('of an agent that restarts are numbered from 1 again', async () => {
    const collector = await new Collector('tcp://127.0.0.1:*c').start();
    for (const run of [1, 2]) {
      const publisher = await startPublisher(`tcp://127.0.0.1:${collector.port}c`);
      await publishApart(publisher, [run, run]);
      await publisher.close();
      await until(() => collector.peers === 0);
    }
    expect(collector.messageIds).toEqual([1, 2, 1, 2]);
    expect(collector.clientPorts).toEqual([1, 1, 2, 2]);
  });

  test('by the ten thousand arrive in order, whole, without a gap', async () => {
    const collector = await new Collector('tcp://127.0.0.1:*c').start();
    const publisher = await startPublisher(`tcp://127.0.0.1:${collector.port}c`);
    for (let port = 0; port < 10_000; port++) publisher.publish(event(port));
    await until(() => collector.clientPorts.length === 10_000);
    expect(collector.messageIds.every((id, index) => id === index + 1)).toBe(true);
    expect(collector.clientPorts.every((port, index) => port === index)).toBe(true);
  });

  test('are dropped, the oldest first, when the queue is full, and counted', async () => {
    const publisher = await startPublisher(`tcp://127.0.0.1:${await freePort()}c`, { queueBytes: 4096 });
    await publishApart(
      publisher,
      Array.from({ length: 100 }, (_, index) => index + 1),
    );
    const account = publisher.ledger.snapshot();
    expect(account.seen).toBe(100);
    expect(account.dropped['queue full']).toBe(100 - account.inFlight);
    expect(account.inFlight).toBeGreaterThan(5);
    expect(publisher.state[0]!.queuedBytes).toBeLessThanOrEqual(4096);
    await publisher.close(0);
    publisher.publish(event(101));
    const after = publisher.ledger.snapshot();
    expect(after.inFlight).toBe(0);
    expect(after.dropped.closed).toBe(account.inFlight + 1);
  });

  test('that wait are told by how full they make their queue', async () => {
    const port = await freePort();
    const publisher = await startPublisher(`tcp://127.0.0.1:${port}c`, { queueBytes: 16_384 });
    expect(publisher.load).toBe(0);
    await publishApart(publisher, [1]);
    expect(publisher.load).toBeGreaterThan(0);
    expect(publisher.load).toBeLessThan(0.2);
    await publishApart(
      publisher,
      Array.from({ length: 100 }, (_, index) => index + 2),
    );
    expect(publisher.load).toBeGreaterThan(0.9);
    await new Collector(`tcp://127.0.0.1:${port}c`).start();
    await until(() => publisher.load === 0);
  });

  test('are held back, not lost, by a subscriber that does not read', async () => {
    const slow = new Subscriber({ receiveHighWaterMark: 10, receiveBufferSize: 4096 });
    slow.subscribe('');
    opened.push(() => slow.close());
    await slow.bind('tcp://127.0.0.1:*');
    const publisher = await startPublisher(`${slow.lastEndpoint}c`);
    publisher.publish(event(0));
    // A socket sends its subscription when it is first read.
    await slow.receive();
    const padded = (port: number) => ({ ...event(port), agent: 'x'.repeat(120) });
    const total = 30_000;
    for (let port = 1; port < total; port++) publisher.publish(padded(port));
    await delay(300);
    expect(publisher.ledger.inFlight).toBeGreaterThan(0);
    const ids = [1];
    for (let events = 1; events < total; ) {
      const message = await slow.receive();
      ids.push(decodeHeader(message[0]!)!.messageId);
      events += decodeMessage(message, RECEIVED_AT).events.length;
    }
    expect(ids.every((id, index) => id === index + 1)).toBe(true);
    expect(publisher.ledger.snapshot()).toMatchObject({ delivered: total, dropped: {} });
  }, 20_000);
});

describe('events of one turn', () => {
  const events = (count: number) => Array.from({ length: count }, (_, index) => event(index + 1));

  test('travel together, as many as a message holds, and each is accounted for', async () => {
    const collector = await new Collector('tcp://127.0.0.1:*c').start();
    const publisher = await startPublisher(`tcp://127.0.0.1:${collector.port}c`);
    for (const each of events(1000)) publisher.publish(each);
    expect(publisher.ledger.snapshot()).toMatchObject({ seen: 1000, inFlight: 1000 });
    await until(() => collector.clientPorts.length === 1000);
    expect(collector.events).toEqual(events(1000));
    expect(collector.messageIds).toEqual(collector.messages.map((_, index) => index + 1));
    const sizes = collector.messages.map(([, payload]) => payload!.length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(MAX_EVENT_BYTES);
    expect(Math.min(...sizes.slice(0, -1))).toBeGreaterThan(MAX_EVENT_BYTES / 2);
    expect(publisher.ledger.snapshot()).toMatchObject({ delivered: 1000, dropped: {}, inFlight: 0 });
  });

  test('do not wait for another turn', async () => {
    const collector = await new Collector('tcp://127.0.0.1:*c').start();
    const publisher = await startPublisher(`tcp://127.0.0.1:${collector.port}c`);
    publisher.publish(event(1));
    await until(() => collector.messages.length === 1);
    expect(JSON.parse(Buffer.from(collector.messages[0]![1]!).toString())).toMatchObject({
      L4_LOCAL_PORT: 1,
    });
  });

  test('stay before a message of another topic that was published after them', async () => {
    const collector = await new Collector('tcp://127.0.0.1:*c').start();
    const publisher = await startPublisher(`tcp://127.0.0.1:${collector.port}c`);
    for (const each of [event(1), event(2), status, event(3)]) publisher.publish(each);
    await until(() => collector.messages.length === 3);
    expect(collector.events).toEqual([event(1), event(2), status, event(3)]);
  });

  test('give way together when the queue is full, each counted', async () => {
    const publisher = await startPublisher(`tcp://127.0.0.1:${await freePort()}c`, { queueBytes: 30_000 });
    for (const each of events(1000)) publisher.publish(each);
    await Promise.resolve();
    const { seen, dropped, inFlight } = publisher.ledger.snapshot();
    expect(seen).toBe(1000);
    expect(dropped['queue full']! + inFlight).toBe(1000);
    expect(inFlight).toBeGreaterThan(50);
    await publisher.close(0);
    expect(publisher.ledger.snapshot()).toMatchObject({ dropped: { closed: inFlight }, inFlight: 0 });
  });

  test('that were published just before the end are sent', async () => {
    const collector = await new Collector('tcp://127.0.0.1:*c').start();
    const publisher = await startPublisher(`tcp://127.0.0.1:${collector.port}c`);
    await until(() => publisher.state[0]!.subscribed);
    for (const each of events(3)) publisher.publish(each);
    await publisher.close();
    await until(() => collector.clientPorts.length === 3);
  });
});

describe('a subscriber', () => {
  test('hands over whatever number of frames there is', async () => {
    const collector = await new Collector('tcp://127.0.0.1:*c').start();
    const sender = new Publisher({ linger: 0 });
    opened.push(() => sender.close());
    sender.connect(`tcp://127.0.0.1:${collector.port}`);
    await until(() => collector.peers === 1);
    const header = encodeHeader({
      layout: 'v1',
      topic: 'flow',
      version: 2,
      sourceId: 1,
      messageId: 1,
      size: 2,
    });
    // The subscription takes a moment longer than the handshake.
    while (collector.messages.length === 0) {
      await sender.send(['x']);
      await delay(10);
    }
    await sender.send([header, '{}', 'more']);
    await sender.send([header, '{}']);
    await until(() => collector.messages.at(-1)?.length === 2);
    const reasons = collector.messages.map(
      (frames) => decodeMessage(frames, RECEIVED_AT).rejected[0]?.reason,
    );
    expect(new Set(reasons.slice(0, -2))).toEqual(new Set(['wrong number of frames']));
    expect(reasons.slice(-2)).toEqual(['wrong number of frames', 'missing field']);
  });

  test('is not disturbed by garbage on its port, and does not take it for a peer', async () => {
    const collector = await new Collector('tcp://127.0.0.1:*c').start();
    const publisher = await startPublisher(`tcp://127.0.0.1:${collector.port}c`);
    publisher.publish(event(1));
    await until(() => collector.messages.length === 1);
    const junk = [
      Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
      Buffer.alloc(100_000, 0xff),
      Buffer.from([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0]),
      // A proper greeting, then a frame of 2^63 bytes.
      Buffer.concat([
        Buffer.from([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0]),
        Buffer.concat([Buffer.from('NULL'), Buffer.alloc(16 + 32)]),
        Buffer.from([0x02, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
      ]),
      Buffer.alloc(0),
    ];
    await Promise.all(
      junk.map(async (bytes) => {
        const socket = netConnect(collector.port, '127.0.0.1');
        socket.on('error', () => {});
        socket.write(bytes);
        await delay(150);
        socket.destroy();
      }),
    );
    publisher.publish(event(2));
    await until(() => collector.messages.length === 2);
    await delay(50);
    expect(collector.clientPorts).toEqual([1, 2]);
    expect(collector.peers).toBe(1);
  });

  test('loses a peer that sends too much, and no other', async () => {
    const collector = await new Collector('tcp://127.0.0.1:*c', { maxMessageBytes: 1000 }).start();
    const publisher = await startPublisher(`tcp://127.0.0.1:${collector.port}c`);
    const sender = new Publisher({ linger: 0, reconnectInterval: -1 });
    opened.push(() => sender.close());
    sender.connect(`tcp://127.0.0.1:${collector.port}`);
    await until(() => collector.peers === 2);
    await delay(50);
    await sender.send(['x'.repeat(2000), 'y']);
    await until(() => collector.peers === 1);
    publisher.publish(event(1));
    await until(() => collector.messages.length === 1);
  });

  test('shows by the numbers what was lost', async () => {
    const collector = await new Collector('tcp://127.0.0.1:*c').start();
    const sender = new Publisher({ linger: 0 });
    opened.push(() => sender.close());
    sender.connect(`tcp://127.0.0.1:${collector.port}`);
    await until(() => collector.peers === 1);
    await delay(50);
    for (const messageId of [5, 10, 3]) {
      await sender.send([
        encodeHeader({ layout: 'v1', topic: 'flow', version: 2, sourceId: 1, messageId, size: 2 }),
        '{}',
      ]);
    }
    await until(() => collector.messages.length === 3);
    expect(collector.messageIds).toEqual([5, 10, 3]);
  });
});

describe('an endpoint that cannot be opened', () => {
  test('because it is in use says so, on either side, and opens nothing', async () => {
    const server = await listen(0);
    opened.push(() => server.close());
    const port = portOfServer(server);
    const collector = new Collector(`tcp://127.0.0.1:*c,tcp://127.0.0.1:${port}c`);
    await expect(collector.start()).rejects.toThrow(SocketError);
    await expect(startPublisher(`tcp://127.0.0.1:${port}`)).rejects.toThrow(
      `cannot listen on tcp://127.0.0.1:${port}: the address is in use by another program`,
    );
    expect(collector.subscriber.boundPorts).toEqual([]);
  });

  test('because the address is not this host’s says so', async () => {
    await expect(new Collector('tcp://192.0.2.1:*c').start()).rejects.toMatchObject({
      code: 'EADDRNOTAVAIL',
      message: expect.stringContaining('this host has no such address'),
    });
  });

  test('because the directory is not there says so', async () => {
    await expect(new Collector('ipc:///nonexistent/directory/xc').start()).rejects.toThrow(SocketError);
  });
});
