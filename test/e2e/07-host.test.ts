/** What an agent tells of its host: what is there already, what it listens on, its interfaces, who has a connection now. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { HostInterfaceInfo, ListenerInfo } from '@packetless/live';
import { Cleanup } from '../harness/cleanup.js';
import { connectNamespaces, makeNamespace } from '../harness/namespace.js';
import { Collector, startAgent } from '../harness/packetless.js';
import { describeAsRoot } from '../harness/privilege.js';
import { Program } from '../harness/program.js';
import { type Server, Traffic } from '../harness/traffic.js';
import { waitFor } from '../harness/wait.js';

const DAEMON = { uid: 1, gid: 1 };
/** Between two looks of the agent at all sockets. */
const INTERVAL_S = 1;
const BYTES = 123_456;
/** A few looks, on a machine that has other things to do. */
const SOON_MS = 15_000;

describeAsRoot('an agent tells of its host', () => {
  const cleanup = new Cleanup();
  let collector: Collector;
  let traffic: Traffic;
  let older: Server;
  let held: Program;
  let startedAt: number;

  beforeAll(async () => {
    traffic = new Traffic(cleanup);
    collector = await Collector.start(cleanup);
    older = await traffic.serve('tcp', '127.0.0.1');
    held = new Program([traffic.exe, 'hold', 'tcp', '127.0.0.1', String(older.port), String(BYTES)], cleanup);
    await waitFor('the held connection', () => held.lines[0]);
    startedAt = Date.now();
    await startAgent(cleanup, collector, { args: ['--interval', String(INTERVAL_S)] });
  });
  afterAll(() => cleanup.run());

  /** The one listening socket that the filter chooses, once the condition holds. */
  function listener(
    filter: string,
    holds: (found: ListenerInfo) => boolean = () => true,
  ): Promise<ListenerInfo> {
    return waitFor(
      `one socket with ${filter}`,
      async () => {
        const { total, listening } = await collector.listening({ filter });
        return total === 1 && holds(listening[0]!) ? listening[0]! : null;
      },
      SOON_MS,
    );
  }

  test('a connection older than the agent is there, with both processes, and ends as one flow', async () => {
    const { port } = JSON.parse(held.lines[0]!) as { port: number };
    const filter = `clientport:${port} serverport:${older.port}`;
    const flow = await collector.flow(
      filter,
      ({ client, server }) => client.process !== null && server.process !== null,
      SOON_MS,
    );
    expect(flow).toMatchObject({
      state: 'ESTABLISHED',
      client: { process: { pid: held.pid, exe: traffic.exe, evidence: 'snapshot' } },
      server: { process: { pid: older.program.pid, exe: traffic.exe } },
      bytes: { sent: BYTES, received: BYTES },
    });
    expect(flow.firstSeen).toBeGreaterThanOrEqual(startedAt - 1000);
    expect(flow.tcp?.client?.congestionWindow).toBeGreaterThan(0);
    await held.stop();
    await collector.flow(filter, ({ state }) => state === 'CLOSE', SOON_MS);
    const { total } = await collector.flows({ filter });
    expect(total).toBe(1);
  });

  test('a server is listed with its process and user, since when, and how many are connected', async () => {
    const before = Date.now();
    const server = await traffic.serve('tcp', '127.0.0.1', { user: DAEMON });
    const found = await listener(`port:${server.port} proto:tcp`, ({ process }) => process !== null);
    expect(found).toMatchObject({
      protocol: 'tcp',
      address: '127.0.0.1',
      process: { pid: server.program.pid, exe: traffic.exe, user: 'daemon' },
      hostNamespace: true,
      connections: 0,
      backlog: 0,
      backlogLimit: 1024,
    });
    expect(found.since).toBeGreaterThan(before - 1000);
    expect(found.since).toBeLessThan(Date.now() + 1000);

    const callers = [1, 2, 3].map(
      () => new Program([traffic.exe, 'hold', 'tcp', '127.0.0.1', String(server.port), '10'], cleanup),
    );
    await listener(`port:${server.port} proto:tcp`, ({ connections }) => connections === 3);
    for (const caller of callers) await caller.stop();
    await listener(`port:${server.port} proto:tcp`, ({ connections }) => connections === 0);
    await server.program.stop();
    await waitFor(
      'its end',
      async () => (await collector.listening({ filter: `port:${server.port} proto:tcp` })).total === 0,
      SOON_MS,
    );
  });

  test('one that is older than the agent is listed too, and nobody says since when', async () => {
    const found = await listener(`port:${older.port} proto:tcp`);
    expect(found).toMatchObject({ process: { pid: older.program.pid }, since: null });
  });

  test('datagrams and other namespaces are told apart', async () => {
    const namespace = makeNamespace(cleanup);
    const server = await traffic.serve('udp', '127.0.0.1', { namespace }, 5353);
    const found = await listener(`pid:${server.program.pid}`);
    expect(found).toMatchObject({
      protocol: 'udp',
      port: 5353,
      process: { exe: traffic.exe },
      hostNamespace: false,
      backlog: null,
    });
  });

  test('interfaces are counted as the kernel does, those of other namespaces under their names', async () => {
    const [left, right] = [makeNamespace(cleanup), makeNamespace(cleanup)];
    connectNamespaces(
      { namespace: left, device: 'left', addresses: ['10.78.0.1/24'] },
      { namespace: right, device: 'right', addresses: ['10.78.0.2/24'] },
    );
    // A network namespace is seen where somebody lives in it.
    const server = await traffic.serve('tcp', '10.78.0.2', { namespace: right });
    const resident = await traffic.serve('tcp', '10.78.0.1', { namespace: left });
    await traffic.call('tcp', '10.78.0.2', server.port, BYTES, { namespace: left });
    const of = (counters: readonly HostInterfaceInfo[], namespace: string, name: string) =>
      counters.find((each) => each.namespace === namespace && each.name === name);
    const device = await waitFor(
      'the counters',
      async () => {
        const { counters } = await collector.counters();
        const found = of(counters, left, 'left');
        return found !== undefined && found.bytesSent > BYTES && found.rates.bytesSent !== null
          ? found
          : null;
      },
      SOON_MS,
    );
    // Interfaces speak now and then by themselves: what the kernel says next is at least what it said then.
    const [received, packetsReceived, sent, packetsSent] = deviceTotals(resident.program.pid, 'left');
    expect(device.bytesReceived).toBeGreaterThan(BYTES);
    for (const [told, now] of [
      [device.bytesReceived, received],
      [device.packetsReceived, packetsReceived],
      [device.bytesSent, sent],
      [device.packetsSent, packetsSent],
    ] as const) {
      expect(told).toBeLessThanOrEqual(now);
      expect(told).toBeGreaterThan(0.95 * now);
    }
    const own = (await collector.counters()).counters.filter(({ namespace }) => namespace === null);
    expect(own.find(({ name }) => name === 'lo')).toMatchObject({ ifType: 24, mtu: 65_536, operUp: true });
  });

  test.each(['inherited', 'passed'])('a connection is of the process that has it now: %s', async (how) => {
    const server = new Program([traffic.exe, 'handover', how, '127.0.0.1', '0'], cleanup);
    const { pid, port } = JSON.parse(await waitFor('the server', () => server.lines[0])) as {
      pid: number;
      port: number;
    };
    const caller = new Program([traffic.exe, 'hold', 'tcp', '127.0.0.1', String(port), '1000'], cleanup);
    const client = JSON.parse(await waitFor('its answer', () => caller.lines[0])) as { port: number };
    const filter = `clientport:${client.port} serverport:${port}`;
    const flow = await collector.flow(filter, ({ server }) => server.process?.pid === pid, SOON_MS);
    expect(flow).toMatchObject({
      client: { process: { pid: caller.pid } },
      server: { process: { exe: traffic.exe, parent: { pid: server.pid } } },
    });
    await caller.stop();
    const closed = await collector.flow(filter, ({ state }) => state === 'CLOSE', SOON_MS);
    expect(closed.server.process?.pid).toBe(pid);
    expect(closed.bytes).toEqual({ sent: 1000, received: 1000 });
  });

  test('every account of agent and collector balances', async () => {
    const [agent] = (await collector.agents()).agents;
    const { ledgers } = await collector.health();
    for (const { hop, seen, delivered, dropped, inFlight } of [...agent!.ledgers, ...ledgers]) {
      const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
      expect({ hop, seen }).toEqual({ hop, seen: delivered + lost + inFlight });
    }
    expect(agent!.tier).toMatch(/^[ABCD]\+?$/);
  });
});

/** Of a network device as the namespace of that process has it: bytes and packets received, sent (proc(5)). */
function deviceTotals(pid: number, device: string): [number, number, number, number] {
  const line = readFileSync(`/proc/${pid}/net/dev`, 'utf8')
    .split('\n')
    .find((each) => each.trim().startsWith(`${device}:`))!;
  const numbers = line
    .slice(line.indexOf(':') + 1)
    .trim()
    .split(/\s+/)
    .map(Number);
  return [numbers[0]!, numbers[1]!, numbers[8]!, numbers[9]!];
}
