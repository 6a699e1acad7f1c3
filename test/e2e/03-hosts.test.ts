/** Several agents, one collector: equal addresses do not mix, and either end may go away and come back. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Cleanup } from '../harness/cleanup.js';
import { connectNamespaces, fixSourcePort, makeNamespace } from '../harness/namespace.js';
import { Collector, startAgent } from '../harness/packetless.js';
import { describeAsRoot } from '../harness/privilege.js';
import { type Call, type Server, Traffic } from '../harness/traffic.js';
import { waitFor } from '../harness/wait.js';

const SERVER_PORT = 8080;
const CLIENT_PORT = 40_000;

interface Host {
  readonly client: string;
  readonly server: string;
}

describeAsRoot('agents and a collector', () => {
  let cleanup: Cleanup;
  let collector: Collector;
  let traffic: Traffic;

  beforeEach(async () => {
    cleanup = new Cleanup();
    traffic = new Traffic(cleanup);
    collector = await Collector.start(cleanup);
  });
  afterEach(() => cleanup.run());

  /** A host whose client and server are cabled to each other and to nobody else. */
  function makeHost(): Host {
    const [client, server] = [makeNamespace(cleanup), makeNamespace(cleanup)];
    connectNamespaces(
      { namespace: client, device: 'eth0', addresses: ['192.168.50.2/24'] },
      { namespace: server, device: 'eth0', addresses: ['192.168.50.1/24'] },
    );
    fixSourcePort(client, CLIENT_PORT);
    return { client, server };
  }

  async function expectTwo(calls: readonly Call[], servers: readonly Server[]): Promise<void> {
    let serverPort = 0;
    for (const [index, call] of calls.entries()) {
      const flow = await collector.flow(
        `cmdline:*token-${index} and state:CLOSE`,
        // Each agent tells in its own time.
        ({ client, server, witnesses }) =>
          client.process !== null &&
          server.process !== null &&
          new Set(witnesses.map(({ name }) => name)).size > 1,
      );
      serverPort = flow.server.port;
      expect(flow.client.port).toBe(CLIENT_PORT);
      expect(flow.client.process!.pid).toBe(call.pid);
      expect(flow.server.process!.pid).toBe(servers[index]!.program.pid);
      expect(flow.bytes).toEqual({ sent: 1000 + index, received: 1000 + index });
      // Both agents run on this one kernel and saw the same sockets: nothing is counted twice.
      expect(new Set(flow.witnesses.map(({ name }) => name))).toEqual(new Set(['host-0', 'host-1']));
    }
    // The host's other programs may have had the same port to others.
    const filter = `clientport:${CLIENT_PORT} and serverport:${serverPort}`;
    expect((await collector.flows({ filter })).total).toBe(2);
  }

  test.each([
    ['private addresses', '192.168.50.1'],
    ['loopback addresses', '127.0.0.1'],
  ])('two hosts with equal %s and ports are not mixed', async (_what, address) => {
    const hosts = [makeHost(), makeHost()];
    for (const [index, host] of hosts.entries()) {
      // Started inside the host's namespace; the collector is reached by a path that needs no network.
      await startAgent(cleanup, collector, {
        endpoint: collector.ipcEndpoint,
        place: { namespace: host.client },
        args: ['--name', `host-${index}`],
      });
    }
    const inside = (host: Host) => (address === '127.0.0.1' ? host.client : host.server);
    const servers: Server[] = [];
    for (const host of hosts) {
      servers.push(await traffic.serve('tcp', address, { namespace: inside(host) }, SERVER_PORT));
    }
    // At the same time, so that the events of both interleave.
    const calls = await Promise.all(
      hosts.map((host, index) =>
        traffic.call('tcp', address, SERVER_PORT, 1000 + index, { namespace: host.client }, `token-${index}`),
      ),
    );
    await expectTwo(calls, servers);
  });

  test('an agent that is killed and started again is the same agent, and goes on', async () => {
    const server = await traffic.serve('tcp', '127.0.0.1');
    const first = await startAgent(cleanup, collector);
    await traffic.call('tcp', '127.0.0.1', server.port, 10, {}, 'before');
    await collector.flow('cmdline:*before', ({ state }) => state === 'CLOSE');

    await first.stop('SIGKILL');
    await traffic.call('tcp', '127.0.0.1', server.port, 20, {}, 'between');
    await startAgent(cleanup, collector);
    await traffic.call('tcp', '127.0.0.1', server.port, 30, {}, 'after');
    const after = await collector.flow('cmdline:*after', ({ state }) => state === 'CLOSE');

    expect(after.server.process).toMatchObject({ pid: server.program.pid });
    expect((await collector.flows({ filter: 'cmdline:*between' })).total).toBe(0);
    const { agents } = await collector.agents();
    expect(agents).toHaveLength(1);
    expect(agents[0]).toMatchObject({ restarts: 1, missed: 0 });
  });

  test('a collector that is restarted gets the events of an agent that went on', async () => {
    const server = await traffic.serve('tcp', '127.0.0.1');
    const agent = await startAgent(cleanup, collector);
    await collector.program.stop();
    // What is handed to a connection that ends just then is lost with it: docs/operations.md.
    await waitFor('the agent to notice', () => agent.stderr.includes('went away; events wait'));
    await traffic.call('tcp', '127.0.0.1', server.port, 10, {}, 'meanwhile');
    await collector.start();
    await waitFor('the agent to be back', async () => (await collector.agents()).agents[0]?.online, 15_000);
    // What happened meanwhile waited in the agent's queue.
    await collector.flow('cmdline:*meanwhile', ({ state }) => state === 'CLOSE');
    await traffic.call('tcp', '127.0.0.1', server.port, 20, {}, 'afterwards');
    await collector.flow('cmdline:*afterwards', ({ state }) => state === 'CLOSE');
    expect(agent.exit).toBeNull();
  });
});
