/**
 * Packets and events meet: the set-ups of both documents with real packets, agents and settings. Loopback as companion,
 * a mirror port that sees other hosts, and a bridge's device by name.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createApi } from '@packetless/live';
import type { Flow } from '@packetless/model';
import { Browser } from '../harness/browser.js';
import { Cleanup } from '../harness/cleanup.js';
import { connectNamespaces, makeNamespace } from '../harness/namespace.js';
import { Collector, startAgent } from '../harness/packetless.js';
import { describeAsRoot } from '../harness/privilege.js';
import { type Call, Traffic } from '../harness/traffic.js';
import { waitFor } from '../harness/wait.js';

/** No interface of this machine is called so. */
const MIRROR = `plm${process.pid % 100_000}`;
const BRIDGE = `plb${process.pid % 100_000}`;
const BYTES = 200_000;

describeAsRoot('packets and events', () => {
  const cleanup = new Cleanup();
  let collector: Collector;
  let traffic: Traffic;
  let client: string;
  let server: string;

  beforeAll(async () => {
    traffic = new Traffic(cleanup);
    [client, server] = [makeNamespace(cleanup), makeNamespace(cleanup)];
    plugIntoSwitch();
    plugBridgeInto(client);
    const directory = mkdtempSync(join(tmpdir(), 'packetless-packets-'));
    cleanup.add(() => rmSync(directory, { recursive: true, force: true }));
    const packets = ['lo', MIRROR, BRIDGE].flatMap((name) => ['-i', name]);
    collector = await Collector.start(cleanup, [...packets, '-d', directory, '-m', '10.77.0.0/16=lab']);
    await startAgent(cleanup, collector, { args: ['--interval', '1'] });
  });
  afterAll(() => cleanup.run());

  const api = () => createApi(collector.page);

  /** Both hosts on a switch, and a port of this one on its mirror port: what passes the client's port, in both directions. */
  function plugIntoSwitch(): void {
    const hub = makeNamespace(cleanup);
    ip('-n', hub, 'link', 'add', 'hub', 'type', 'bridge');
    ip('link', 'add', MIRROR, 'type', 'veth', 'peer', 'name', 'mirror', 'netns', hub);
    cleanup.add(() => ip('link', 'delete', MIRROR));
    ip('link', 'set', MIRROR, 'up');
    connectNamespaces(
      { namespace: client, device: 'eth0', addresses: ['10.77.1.1/24'] },
      { namespace: hub, device: 'port1', addresses: [] },
    );
    connectNamespaces(
      { namespace: server, device: 'eth0', addresses: ['10.77.1.2/24'] },
      { namespace: hub, device: 'port2', addresses: [] },
    );
    for (const port of ['port1', 'port2']) ip('-n', hub, 'link', 'set', port, 'master', 'hub', 'up');
    for (const link of ['hub', 'mirror']) ip('-n', hub, 'link', 'set', link, 'up');
    const tc = (words: string) => execFileSync('tc', ['-n', hub, ...words.split(' ')], { stdio: 'pipe' });
    tc('qdisc add dev port1 clsact');
    for (const direction of ['ingress', 'egress']) {
      tc(
        `filter add dev port1 ${direction} protocol all u32 match u32 0 0 action mirred egress mirror dev mirror`,
      );
    }
  }

  function plugBridgeInto(namespace: string): void {
    ip('link', 'add', BRIDGE, 'type', 'veth', 'peer', 'name', 'eth1', 'netns', namespace);
    cleanup.add(() => ip('link', 'delete', BRIDGE));
    ip('address', 'add', '10.77.2.1/24', 'dev', BRIDGE);
    ip('link', 'set', BRIDGE, 'up');
    ip('-n', namespace, 'address', 'add', '10.77.2.2/24', 'dev', 'eth1');
    ip('-n', namespace, 'link', 'set', 'eth1', 'up');
  }

  /** The conversation of that call on one interface, once it is as it should be. */
  function flowOn(name: string, call: Call, condition: (flow: Flow) => boolean): Promise<Flow> {
    return waitFor(
      `the conversation on ${name}`,
      async () => {
        const { flows } = await collector.flows({ interface: name, filter: `clientport:${call.port}` });
        return flows.length === 1 && condition(flows[0]!) ? flows[0]! : null;
      },
      20_000,
    );
  }

  /** Packets are told twice a second. */
  const isCounted = ({ state, bytes }: Flow) =>
    state === 'CLOSE' && bytes.sent! >= BYTES && bytes.received! >= BYTES;
  const witnessesOf = ({ witnesses }: Flow) => witnesses.map(({ kind, side }) => side ?? kind).sort();
  const isMerged = (flow: Flow) => isCounted(flow) && witnessesOf(flow).join() === 'client,packets,server';

  /** Payload and headers of IP (20 bytes) and TCP (20 to 60), once. */
  function expectWireCounts({ bytes, packets }: Flow, payload: number): void {
    for (const direction of ['sent', 'received'] as const) {
      const count = packets[direction]!;
      expect(bytes[direction]).toBeGreaterThanOrEqual(payload + 40 * count);
      expect(bytes[direction]).toBeLessThanOrEqual(payload + 80 * count);
    }
  }

  test('lo: packets count, events name, whether it is a companion or not', async () => {
    const { port } = await traffic.serve('tcp', '127.0.0.1');
    for (const companion of [null, collector.interfaceName]) {
      await api().changeInterface('lo', { companion });
      const call = await traffic.call('tcp', '127.0.0.1', port, BYTES);
      const flow = await flowOn('lo', call, isMerged);
      expect(flow.client.process).toMatchObject({ pid: call.pid, name: 'traffic' });
      expect(flow.server.process).toMatchObject({ name: 'traffic' });
      expectWireCounts(flow, BYTES);
      const events = await flowOn(collector.interfaceName, call, ({ state }) => state === 'CLOSE');
      expect(events.bytes).toEqual({ sent: BYTES, received: BYTES });
      expect(witnessesOf(events)).toEqual(['client', 'server']);
    }
  });

  test('lo sees nothing of loopback in another namespace, nor are its events taken for packets here', async () => {
    const inside = await traffic.serve('tcp', '127.0.0.1', { namespace: client });
    const call = await traffic.call('tcp', '127.0.0.1', inside.port, BYTES, { namespace: client });
    const flow = await flowOn('lo', call, ({ state }) => state === 'CLOSE');
    expect(witnessesOf(flow)).toEqual(['client', 'server']);
  });

  test('a device by name: the events that bear it', async () => {
    const { port } = await traffic.serve('tcp', '10.77.2.1');
    const call = await traffic.call('tcp', '10.77.2.1', port, BYTES, { namespace: client });
    const flow = await flowOn(BRIDGE, call, (found) => isCounted(found) && found.witnesses.length === 2);
    expect(witnessesOf(flow)).toEqual(['packets', 'server']);
    expect(flow.server).toMatchObject({ address: '10.77.2.1', local: true, network: 'lab' });
    expect(flow.server.process).toMatchObject({ name: 'traffic' });
    // That one went by eth1, as its host calls it.
    expect(flow.client.process).toBeNull();
    expectWireCounts(flow, BYTES);
  });

  test('a mirror port: its packets have no names until it is a companion that sees mirrored traffic', async () => {
    const { port } = await traffic.serve('tcp', '10.77.1.2', { namespace: server });
    const calling = () => traffic.call('tcp', '10.77.1.2', port, BYTES, { namespace: client });

    const unnamed = await flowOn(MIRROR, await calling(), isCounted);
    expect(witnessesOf(unnamed)).toEqual(['packets']);
    expectWireCounts(unnamed, BYTES);
    expect(unnamed).toMatchObject({
      client: { address: '10.77.1.1', process: null },
      server: { port, process: null },
    });

    await api().changeInterface(MIRROR, { mirrored: true });
    await api().changeInterface(collector.interfaceName, { companion: MIRROR });
    const call = await calling();
    const flow = await flowOn(MIRROR, call, isMerged);
    expect(flow.client.process).toMatchObject({ pid: call.pid });
    expect(flow.server.process).toMatchObject({ name: 'traffic' });
    expectWireCounts(flow, BYTES);
    // Of all interfaces together it is one conversation.
    const both = `clientport:${call.port} and direction:local-local`;
    expect((await collector.flows({ filter: both })).flows).toMatchObject([{ id: flow.id }]);
    expect((await collector.flows({ filter: `${both} and interface:*` })).total).toBe(2);
  });

  test('loopback never comes to a mirrored companion', async () => {
    const { port } = await traffic.serve('tcp', '127.0.0.1');
    const call = await traffic.call('tcp', '127.0.0.1', port, BYTES);
    await flowOn('lo', call, isMerged);
    expect((await collector.flows({ interface: MIRROR, filter: 'host:127.0.0.0/8' })).total).toBe(0);
  });

  test('the page sets both, on either interface', async () => {
    const browser = await Browser.start(cleanup);
    const page = await browser.open(`${collector.page}interfaces`, { width: 390, height: 844 });
    const card = (name: string) => page.locator(`[data-testid="interface-card"][data-name="${name}"]`);
    const settings = async (name: string) => {
      const found = (await api().interfaces()).interfaces.find((each) => each.name === name)!;
      return [found.mirrored, found.companions];
    };
    await card(BRIDGE).getByTestId('mirrored').check();
    await card(BRIDGE).getByTestId('companion').selectOption(collector.interfaceName);
    await waitFor('both', async () => String(await settings(BRIDGE)) === `true,${collector.interfaceName}`);
    await card(collector.interfaceName).getByText(`${BRIDGE} also gets all events`).waitFor();
    await card(BRIDGE).getByTestId('mirrored').uncheck();
    await card(BRIDGE).getByTestId('companion').selectOption('');
    await waitFor('neither', async () => String(await settings(BRIDGE)) === 'false,');
    await card(collector.interfaceName).getByTestId('companion').selectOption(MIRROR);
    await waitFor(
      'the other side',
      async () => (await settings(MIRROR))[1]?.toString() === collector.interfaceName,
    );
    expect(await card(collector.interfaceName).getByTestId('mirrored').count()).toBe(0);
    await page.close();
  });

  test('settings hold after a restart, and nothing was lost uncounted', async () => {
    for (const { name, ledgers } of (await api().interfaces()).interfaces) {
      for (const { hop, seen, delivered, dropped, inFlight } of ledgers) {
        const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
        expect({ name, hop, seen, isBalanced: inFlight >= 0 }).toEqual({
          name,
          hop,
          seen: delivered + lost + inFlight,
          isBalanced: true,
        });
      }
    }
    await collector.program.stop();
    await collector.start();
    const { interfaces } = await api().interfaces();
    expect(interfaces.map(({ mirrored, companions }) => [mirrored, companions])).toEqual([
      [null, [MIRROR]],
      [false, []],
      [true, [collector.interfaceName]],
      [false, []],
    ]);
  });
});

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
