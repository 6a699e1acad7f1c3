/** What a subscriber that knows nothing of us gets over ZeroMQ. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { AgentProgram, hasKernelEvents, waitFor } from './program.js';
import { oneShot, pongServer } from './traffic.js';

const withKernel = (await hasKernelEvents()) ? test : test.skip;

interface Message {
  readonly topic: string;
  readonly version: number;
  readonly sourceId: number;
  readonly size: number;
  readonly messageId: number;
  /** One event; a message may hold several. */
  readonly events: readonly SentEvent[];
}

interface SentEvent {
  readonly text: string;
  readonly json: { readonly [key: string]: unknown };
}

const SUBSCRIBER = fileURLToPath(new URL('./subscriber.mjs', import.meta.url));

/** What a plain subscriber got. */
class Listener {
  readonly messages: Message[] = [];
  address: string | null = null;
  readonly #child;
  readonly #lines;

  constructor(mode: 'bind' | 'connect', address: string) {
    this.#child = spawn(process.execPath, [SUBSCRIBER, mode, address], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#lines = createInterface(this.#child.stdout).on('line', (line) => this.#read(JSON.parse(line)));
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    // What it was just printing has no end.
    this.#lines.close();
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }

  /** Every event of a topic, in whichever message it came. */
  of(topic: string): SentEvent[] {
    return this.messages.filter((message) => message.topic === topic).flatMap(({ events }) => events);
  }

  #read(line: { listening?: string; frames?: string[] }): void {
    if (line.listening !== undefined) this.address = line.listening;
    if (line.frames !== undefined) this.messages.push(parseMessage(line.frames));
  }
}

/** Header v1 and JSON; docs/wire.md §2. */
function parseMessage(frames: readonly string[]): Message {
  expect(frames).toHaveLength(2);
  const [header, payload] = frames.map((frame) => Buffer.from(frame, 'hex')) as [Buffer, Buffer];
  expect(header).toHaveLength(24);
  const content = JSON.parse(payload.toString('utf8')) as SentEvent['json'] | SentEvent['json'][];
  const size = header.readUInt16LE(18);
  expect(size).toBe(payload.length);
  return {
    topic: header.toString('latin1', 0, 16).replace(/\0+$/, ''),
    version: header.readUInt8(16),
    sourceId: header.readUInt8(17),
    size,
    messageId: header.readUInt32BE(20),
    events: [content].flat().map((json) => ({ text: JSON.stringify(json), json })),
  };
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
  const made = new Listener('bind', address);
  open.push(made);
  return [made, await waitFor('the subscriber to listen', () => made.address)];
}

/** An address where nobody listens now. */
async function freeAddress(): Promise<string> {
  const [reserved, address] = await listener();
  await reserved.close();
  return address;
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

  for (const { events } of collector.messages) for (const { json } of events) checkTypes(json);
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
  // A busy machine may take longer to connect than the agent is silent about it.
  const said = program.stderr.split('\n').filter((line) => !/ (no collector answers|connected) /.test(line));
  expect(said).toHaveLength(2);
  expect(await program.stop()).toBe(0);
});

withKernel('what happened before the collector came is not lost', async () => {
  const address = await freeAddress();
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
  const address = await freeAddress();
  const program = await agent('-v', '--zmq', address);
  const collector = new Listener('connect', address);
  open.push(collector);
  await once(oneShot('bound-token', '127.0.0.1', port), 'exit');
  await waitFor('the event', () => collector.of('flow').some(({ text }) => text.includes('bound-token')));
  expect(program.stdout).toMatch(/CONNECT +tcp +bash\(\d+\) +root/);
});

withKernel(
  'a collector that is killed and comes back is told of, and gets what happened meanwhile',
  async () => {
    const [first, address] = await listener();
    const program = await agent('--zmq', `${address}c`);
    await waitFor('the first status', () => first.of('event').length > 0);
    await first.close();
    await waitFor('the user to be told', () => program.stderr.includes('went away'));
    await once(oneShot('meanwhile-token', '127.0.0.1', port), 'exit');
    const [second] = await listener(address);
    await waitFor('the event', () => second.of('flow').some(({ text }) => text.includes('meanwhile-token')));
    expect(program.stderr).toContain(`connected to ${address}c`);
  },
);

withKernel('what no collector came for is said to be lost at the end', async () => {
  const program = await agent('-z', `${await freeAddress()}c`);
  await once(oneShot('lost-token', '127.0.0.1', port), 'exit');
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(await program.stop()).toBe(0);
  expect(program.stderr).toMatch(/lost: \d+ \(agent queue: closed\)\n$/);
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

withKernel('its own connection to the collector is shown like any other and feeds nothing back', async () => {
  const address = await freeAddress();
  const program = await agent('--zmq', `${address}c`, '--interval', '0.1');
  await waitFor('the user to be told', () => program.stderr.includes('no collector answers'));
  const [collector] = await listener(address);
  await waitFor('many accounts', () => collector.of('event').length >= 40);
  const accounts = collector.of('event').length;
  const own = collector
    .of('flow')
    .map(({ json }) => json)
    .filter(({ L4_REMOTE_PORT }) => L4_REMOTE_PORT === Number(address.split(':').at(-1)))
    .map(({ TCP_EVENT_TYPE, LOCAL_PROCESS }) => [TCP_EVENT_TYPE, (LOCAL_PROCESS as { PID: number }).PID]);
  // Its counters are told once in each look at all sockets, however much is sent.
  expect(own.filter(([name]) => name === undefined).length).toBeLessThanOrEqual(accounts + 2);
  expect(own.filter(([name]) => name !== undefined && name !== 'CONNECT_FAILED')).toEqual([
    ['CONNECT', program.child.pid],
  ]);
});

interface Hop {
  readonly hop: string;
  readonly seen: number;
  readonly delivered: number;
  readonly dropped: { readonly [reason: string]: number };
  readonly inFlight: number;
}
