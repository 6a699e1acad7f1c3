/** Kernel → agent → ZeroMQ → collector → REST: one conversation, both of its ends, by name and by number. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Flow, Side } from '@packetless/model';
import { makeCgroup } from '../harness/cgroup.js';
import { Cleanup } from '../harness/cleanup.js';
import { connectNamespaces, makeNamespace } from '../harness/namespace.js';
import { Collector, startAgent } from '../harness/packetless.js';
import { describeAsRoot } from '../harness/privilege.js';
import type { Place } from '../harness/program.js';
import { type Call, type Server, Traffic } from '../harness/traffic.js';

/** Debian's system users that exist everywhere. */
const DAEMON = { uid: 1, gid: 1, name: 'daemon' };
const BYTES = 250_000;
const WITHIN_MS = 2_000;

describeAsRoot('a program that lives a few milliseconds', () => {
  const cleanup = new Cleanup();
  let collector: Collector;
  let traffic: Traffic;
  let cgroup: string;
  let left: string;
  let right: string;

  beforeAll(async () => {
    cgroup = makeCgroup(cleanup);
    traffic = new Traffic(cleanup);
    collector = await Collector.start(cleanup);
    await startAgent(cleanup, collector, { args: ['--cgroup', cgroup] });
    left = makeNamespace(cleanup);
    right = makeNamespace(cleanup);
    connectNamespaces(
      { namespace: left, device: 'left', addresses: ['10.77.0.1/24', 'fd77::1/64'] },
      { namespace: right, device: 'right', addresses: ['10.77.0.2/24', 'fd77::2/64'] },
    );
  });
  afterAll(() => cleanup.run());

  function expectEnd(flow: Flow, side: Side, pid: number, cmdline: string, user: string): void {
    const { process: known } = flow[side];
    expect(known).not.toBeNull();
    expect(known).toMatchObject({ pid, exe: traffic.exe, name: 'traffic', cmdline, user });
    expect(known!.parent).toMatchObject({ pid: process.pid, exe: process.execPath, user: 'root' });
  }

  async function converse(transport: 'tcp' | 'udp', address: string, here: Place, there: Place) {
    const server = await traffic.serve(transport, address, { cgroup, ...there });
    const call = await traffic.call(transport, address, server.port, BYTES, {
      cgroup,
      user: DAEMON,
      ...here,
    });
    return { server, call };
  }

  async function expectFlow(
    { server, call }: { server: Server; call: Call },
    transport: 'tcp' | 'udp',
    address: string,
    interfaceName: string,
  ): Promise<Flow> {
    const filter = `proto:${transport} and clientport:${call.port} and serverport:${server.port}`;
    const named = await collector.flow(
      filter,
      ({ client, server }) => !!(client.process && server.process),
      WITHIN_MS,
    );
    expect(named.server.address).toBe(address);
    expectEnd(
      named,
      'client',
      call.pid,
      `${traffic.exe} call ${transport} ${address} ${server.port} ${BYTES} token`,
      'daemon',
    );
    expectEnd(named, 'server', server.program.pid, `${traffic.exe} serve ${transport} ${address} 0`, 'root');

    const full = await collector.flow(filter, ({ bytes }) => bytes.sent === call.sent, WITHIN_MS * 2);
    expect(full.bytes).toEqual({ sent: call.sent, received: call.received });
    expect(full.interface).toBe(collector.interfaceName);
    expect(full.interfaceName).toBe(interfaceName);
    expect(full.witnesses.map(({ side }) => side).sort()).toEqual(['client', 'server']);
    return full;
  }

  test.each(['127.0.0.1', '::1'])(
    'connects to %s: one flow, both ends named, exact bytes, a latency',
    async (address) => {
      const talk = await converse('tcp', address, {}, {});
      const flow = await expectFlow(talk, 'tcp', address, 'lo');
      await collector.flow(`clientport:${talk.call.port}`, ({ state }) => state === 'CLOSE', WITHIN_MS);
      expect(flow.tcp!.connectLatencyMs).toBeGreaterThan(0);
      expect(flow.ipVersion).toBe(address.includes(':') ? 6 : 4);
    },
  );

  test.each(['10.77.0.2', 'fd77::2'])(
    'connects from one network namespace into another, %s',
    async (address) => {
      const talk = await converse('tcp', address, { namespace: left }, { namespace: right });
      const flow = await expectFlow(talk, 'tcp', address, 'left');
      expect(flow.tcp!.connectLatencyMs).toBeGreaterThan(0);
      expect(flow.tcp!.client!.rttMs).toBeGreaterThan(0);
      expect(flow.tcp!.server!.rttMs).toBeGreaterThan(0);
    },
  );

  test.each(['127.0.0.1', '::1'])(
    'sends datagrams to %s: one flow, both ends named, exact bytes',
    async (address) => {
      const talk = await converse('udp', address, {}, {});
      const flow = await expectFlow(talk, 'udp', address, 'lo');
      expect(flow.packets).toEqual({ sent: BYTES / 1000, received: BYTES / 1000 });
    },
  );

  test('sends datagrams from one network namespace into another', async () => {
    const talk = await converse('udp', '10.77.0.2', { namespace: left }, { namespace: right });
    await expectFlow(talk, 'udp', '10.77.0.2', 'left');
  });

  test('is told why its connection was refused', async () => {
    const server = await traffic.serve('tcp', '127.0.0.1', { cgroup });
    await server.program.stop();
    await expect(traffic.call('tcp', '127.0.0.1', server.port, 1, { cgroup })).rejects.toThrow('refused');
    const flow = await collector.flow(`serverport:${server.port} and failed`);
    expect(flow.state).toBe('FAILED');
    expect(flow.tcp!.failure).toBe('refused');
    expect(flow.client.process).toMatchObject({ exe: traffic.exe, user: 'root' });
    expect(flow.server.process).toBeNull();
  });
});
