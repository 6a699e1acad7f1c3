/** Packet interfaces that go away and come back, and all of a host's at once. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { InterfaceInfo } from '@packetless/live';
import type { Flow } from '@packetless/model';
import { Cleanup } from '../harness/cleanup.js';
import { makeNamespace } from '../harness/namespace.js';
import { Collector, startAgent } from '../harness/packetless.js';
import { describeAsRoot } from '../harness/privilege.js';
import { type Call, type Server, Traffic } from '../harness/traffic.js';
import { waitFor } from '../harness/wait.js';

/** No interface of this machine is called so. */
const DEVICE = `plh${process.pid % 100_000}`;
const HERE = '10.78.1.1';
const BYTES = 100_000;

const ip = (...args: string[]) => execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });

describeAsRoot('devices', () => {
  const cleanup = new Cleanup();
  let collector: Collector;
  let traffic: Traffic;
  let peer: string;
  let server: Server;

  beforeAll(async () => {
    traffic = new Traffic(cleanup);
    peer = makeNamespace(cleanup);
    plugIn();
    cleanup.add(() => {
      if (isPluggedIn) unplug();
    });
    const directory = mkdtempSync(join(tmpdir(), 'packetless-devices-'));
    cleanup.add(() => rmSync(directory, { recursive: true, force: true }));
    collector = await Collector.start(cleanup, ['-i', DEVICE, '-i', 'any', '-d', directory]);
    await startAgent(cleanup, collector);
    server = await traffic.serve('tcp', '0.0.0.0');
  });
  afterAll(() => cleanup.run());

  let isPluggedIn = false;

  function plugIn(): void {
    ip('link', 'add', DEVICE, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', peer);
    isPluggedIn = true;
    ip('address', 'add', `${HERE}/24`, 'dev', DEVICE);
    ip('link', 'set', DEVICE, 'up');
    ip('-n', peer, 'address', 'add', '10.78.1.2/24', 'dev', 'eth0');
    ip('-n', peer, 'link', 'set', 'eth0', 'up');
  }

  function unplug(): void {
    ip('link', 'delete', DEVICE);
    isPluggedIn = false;
  }

  const callFromPeer = () => traffic.call('tcp', HERE, server.port, BYTES, { namespace: peer });

  async function info(name: string): Promise<InterfaceInfo> {
    const { interfaces } = (await collector.get('interfaces')) as { interfaces: InterfaceInfo[] };
    return interfaces.find((each) => each.name === name)!;
  }

  function flowOn(name: string, call: Call, condition: (flow: Flow) => boolean): Promise<Flow> {
    let last: readonly Flow[] = [];
    return waitFor(
      `the conversation on ${name}`,
      async () => {
        last = (await collector.flows({ interface: name, filter: `clientport:${call.port}` })).flows;
        return last.length === 1 && condition(last[0]!) ? last[0]! : null;
      },
      20_000,
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}; last seen: ${JSON.stringify(last, null, 1)}`, { cause: error });
    });
  }

  const isWhole = ({ state, bytes, witnesses }: Flow) =>
    state === 'CLOSE' && bytes.sent! > BYTES && bytes.received! > BYTES && witnesses.length === 2;

  test('one that goes away is said to be gone, and goes on when it is back', async () => {
    const before = await callFromPeer();
    const flow = await flowOn(DEVICE, before, isWhole);
    expect(flow.server.process?.name).toBe('traffic');
    const { received } = (await info(DEVICE)).packets!;

    unplug();
    const gone = await waitFor('the collector to notice', async () => {
      const { packets } = await info(DEVICE);
      return packets!.interrupted === null ? null : packets!;
    });
    expect(gone.finished).toBe(false);
    const { problems } = await collector.health();
    expect(problems.join('\n')).toContain(`${DEVICE}: no packets`);
    // The other interfaces go on.
    const meanwhile = await traffic.call('tcp', '127.0.0.1', server.port, BYTES);
    await flowOn('any', meanwhile, ({ state }) => state === 'CLOSE');

    plugIn();
    await waitFor('the capture to go on', async () => (await info(DEVICE)).packets!.interrupted === null);
    const after = await callFromPeer();
    await flowOn(DEVICE, after, isWhole);
    expect((await info(DEVICE)).packets!.received).toBeGreaterThan(received);
    expect((await collector.health()).problems.join('\n')).not.toContain(DEVICE);
    for (const { hop, inFlight } of (await info(DEVICE)).ledgers) expect([hop, inFlight]).toEqual([hop, 0]);
  });

  test('any sees all of them, each packet once, and names the processes of this host', async () => {
    const inside = await traffic.call('tcp', '127.0.0.1', server.port, BYTES);
    const local = await flowOn('any', inside, isMerged);
    expect([local.client.process?.name, local.server.process?.name]).toEqual(['traffic', 'traffic']);
    expectOnce(local);
    const call = await callFromPeer();
    // Of a namespace beside this one, as a container's: its packets pass by here.
    const flow = await flowOn('any', call, isMerged);
    expect([flow.client.process?.name, flow.server.process?.name]).toEqual(['traffic', 'traffic']);
    expectOnce(flow);
  });

  const isMerged = ({ state, bytes, witnesses }: Flow) =>
    state === 'CLOSE' && bytes.sent! > BYTES && bytes.received! > BYTES && witnesses.length === 3;

  /** Payload and headers of IP (20 bytes) and TCP (20 to 60), once. */
  function expectOnce({ bytes, packets }: Flow): void {
    for (const direction of ['sent', 'received'] as const) {
      expect(bytes[direction]).toBeGreaterThanOrEqual(BYTES + 40 * packets[direction]!);
      expect(bytes[direction]).toBeLessThanOrEqual(BYTES + 80 * packets[direction]!);
    }
  }

  test('a datagram is one conversation, though its sender is gone when its packet is told', async () => {
    const udp = await traffic.serve('udp', '127.0.0.1');
    const call = await traffic.call('udp', '127.0.0.1', udp.port, 100);
    const flow = await flowOn('any', call, ({ witnesses }) => witnesses.length === 3);
    expect(flow.client.process).toMatchObject({ pid: call.pid, name: 'traffic' });
    expect(flow.server.process?.name).toBe('traffic');
  });
});
