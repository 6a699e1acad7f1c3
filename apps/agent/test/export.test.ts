/** What a subscriber that knows nothing of us gets over ZeroMQ. */
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { Subscriber } from 'zeromq';
import { AgentProgram, hasKernelEvents, waitFor } from './program.js';
import { oneShot, pongServer } from './traffic.js';

const withKernel = (await hasKernelEvents()) ? test : test.skip;

interface Message {
  readonly topic: string;
  readonly version: number;
  readonly sourceId: number;
  readonly size: number;
  readonly messageId: number;
  readonly text: string;
  readonly json: { readonly [key: string]: unknown };
}

/** A plain SUB socket that binds, as a collector does. */
class Listener {
  readonly messages: Message[] = [];
  readonly #socket = new Subscriber();

  async listen(address: string): Promise<string> {
    this.#socket.subscribe();
    await this.#socket.bind(address);
    void this.#read();
    return this.#socket.lastEndpoint!;
  }

  close(): void {
    this.#socket.close();
  }

  of(topic: string): Message[] {
    return this.messages.filter((message) => message.topic === topic);
  }

  async #read(): Promise<void> {
    for await (const frames of this.#socket) {
      expect(frames).toHaveLength(2);
      const [header, payload] = frames as [Buffer, Buffer];
      expect(header).toHaveLength(24);
      const text = payload.toString('utf8');
      this.messages.push({
        topic: header.toString('latin1', 0, 16).replace(/\0+$/, ''),
        version: header.readUInt8(16),
        sourceId: header.readUInt8(17),
        size: header.readUInt16LE(18),
        messageId: header.readUInt32BE(20),
        text,
        json: JSON.parse(text),
      });
      expect(this.messages.at(-1)!.size).toBe(payload.length & 0xffff);
    }
  }
}

let port: number;
let server: Awaited<ReturnType<typeof pongServer>>['server'];
beforeAll(async () => {
  ({ port, server } = await pongServer('127.0.0.1'));
});
afterAll(() => {
  server.close();
});

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const resource of open.splice(0).reverse()) await resource.close();
});

async function listener(address = 'tcp://127.0.0.1:*'): Promise<[Listener, string]> {
  const made = new Listener();
  open.push(made);
  return [made, await made.listen(address)];
}

async function agent(...args: string[]): Promise<AgentProgram> {
  const program = new AgentProgram(args);
  open.push({ close: () => program.stop() });
  return program.ready();
}

/** Types that a real ntopng reads without checking them; docs/wire.md §3. */
const TYPES: readonly [RegExp, 'string' | 'number' | 'object'][] = [
  [/^timestamp$/, 'string'],
  [/^IPV[46]_(LOCAL|REMOTE|SRC|DST)_ADDR$/, 'string'],
  [/^L4_(LOCAL|REMOTE|SRC|DST)_PORT$/, 'number'],
  [/^(TCP|UDP)_EVENT_TYPE$/, 'string'],
  [/^(PROTOCOL|IP_PROTOCOL_VERSION)$/, 'number'],
  [/^(IF_NAME|EXPORTER_IPV[46]_ADDRESS)$/, 'string'],
  [/^LOCAL_(FATHER_)?PROCESS$/, 'object'],
  [/^TCP$/, 'object'],
  [/^(PID|TID|UID|GID)$/, 'number'],
  [/^(UID_NAME|GID_NAME|PROCESS_PATH|PROCESS_CMDLINE)$/, 'string'],
];

function checkTypes(json: { readonly [key: string]: unknown }): void {
  for (const [key, value] of Object.entries(json)) {
    expect(value).not.toBeNull();
    const type = TYPES.find(([name]) => name.test(key))?.[1];
    if (type !== undefined) expect([key, typeof value]).toEqual([key, type]);
    if (typeof value === 'object') checkTypes(value as { [key: string]: unknown });
  }
}

withKernel('flow and status events come with header v1 and ids 1, 2, 3 …', async () => {
  const [collector, address] = await listener();
  const program = await agent('--zmq', `${address}c`, '--interval', '0.2', '--name', 'web-1');
  await once(oneShot('export-token', '127.0.0.1', port), 'exit');
  const mine = () => collector.of('flow').filter(({ text }) => text.includes('export-token'));
  await waitFor('the close', () => mine().some(({ json }) => json.TCP_EVENT_TYPE === 'CLOSE'));
  await waitFor('the status', () => collector.of('event').length >= 2);

  expect(collector.messages.map(({ messageId }) => messageId)).toEqual(
    collector.messages.map((_, index) => index + 1),
  );
  expect(new Set(collector.messages.map(({ version }) => version))).toEqual(new Set([2]));
  const sources = new Set(collector.messages.map(({ sourceId }) => sourceId));
  expect(sources.size).toBe(1);
  expect([...sources][0]).toBeGreaterThan(0);

  for (const { json } of collector.messages) checkTypes(json);
  const connect = mine().find(({ json }) => json.TCP_EVENT_TYPE === 'CONNECT')!.json;
  expect(connect).toMatchObject({
    IP_PROTOCOL_VERSION: 4,
    PROTOCOL: 6,
    IF_NAME: 'lo',
    IPV4_LOCAL_ADDR: '127.0.0.1',
    IPV4_REMOTE_ADDR: '127.0.0.1',
    L4_REMOTE_PORT: port,
    X_SIDE: 'client',
    LOCAL_PROCESS: { UID: 0, UID_NAME: 'root', GID: 0, GID_NAME: 'root' },
    LOCAL_FATHER_PROCESS: { PID: process.pid, UID_NAME: 'root' },
  });
  expect(connect.timestamp).toMatch(/^\d+\.\d{6}$/);
  expect(connect).not.toHaveProperty('INTERFACE_NAME');
  const accept = collector
    .of('flow')
    .find(({ json }) => json.TCP_EVENT_TYPE === 'ACCEPT' && json.L4_DST_PORT === port)!.json;
  expect(accept).toMatchObject({ IPV4_SRC_ADDR: '127.0.0.1', L4_SRC_PORT: connect.L4_LOCAL_PORT });

  expect(program.stdout).toBe('');
  expect(program.stderr.split('\n')).toHaveLength(2);
  expect(await program.stop()).toBe(0);
});

withKernel('what happened before the collector came is not lost', async () => {
  const [reserved, address] = await listener();
  reserved.close();
  const program = await agent('--zmq', `${address}c`);
  await once(oneShot('early-token', '127.0.0.1', port), 'exit');
  await waitFor('the user to be told', () => program.stderr.includes('no collector answers'));
  const [collector] = await listener(address);
  await waitFor('the early event', () =>
    collector.of('flow').some(({ text }) => text.includes('early-token')),
  );
  expect(collector.messages[0]?.messageId).toBe(1);
  await waitFor('the user to be told', () => program.stderr.includes(`connected to ${address}c`));
});

withKernel('an agent without c listens, and -v prints besides', async () => {
  const [reserved, address] = await listener();
  reserved.close();
  const program = await agent('-v', '--zmq', address);
  const collector = new Subscriber();
  open.push(collector);
  collector.subscribe('flow');
  collector.connect(address);
  await once(oneShot('bound-token', '127.0.0.1', port), 'exit');
  for await (const [, payload] of collector) if (payload!.toString().includes('bound-token')) break;
  expect(program.stdout).toMatch(/CONNECT +tcp +bash\(\d+\) +root/);
});

withKernel('every hop of the account balances', async () => {
  const [collector, address] = await listener();
  await agent('--zmq', `${address}c`, '--interval', '0.1', '-t');
  for (let count = 0; count < 20; count += 1) {
    await once(oneShot(`ledger-${count}`, '127.0.0.1', port), 'exit');
  }
  await waitFor('the connects', () => collector.of('flow').some(({ text }) => text.includes('ledger-19')));
  const before = collector.of('event').length;
  const status = await waitFor('a later account', () => collector.of('event')[before + 1]);
  const own = Object.values(status.json).find(
    (value): value is { ledgers: Hop[] } => typeof value === 'object' && value !== null && 'ledgers' in value,
  )!;
  const hops = new Map(own.ledgers.map((hop) => [hop.hop, hop]));
  for (const { seen, delivered, dropped, inFlight } of own.ledgers) {
    expect(delivered + Object.values(dropped).reduce((sum, count) => sum + count, 0) + inFlight).toBe(seen);
    expect(inFlight).toBeGreaterThanOrEqual(0);
  }
  expect(hops.get('records')?.seen).toBe(hops.get('kernel')?.delivered);
  expect(hops.get('selection')?.dropped['not selected']).toBeGreaterThanOrEqual(20);
});

interface Hop {
  readonly hop: string;
  readonly seen: number;
  readonly delivered: number;
  readonly dropped: { readonly [reason: string]: number };
  readonly inFlight: number;
}
