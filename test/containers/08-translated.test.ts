/** What docker's rules translate is one conversation: a published port, and the name server that every container has. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Flow } from '@packetless/model';
import { Cleanup } from '../harness/cleanup.js';
import { Traffic } from '../harness/traffic.js';
import { describeWithRuntimes } from './requirements.js';
import { callOf, SERVE, Stage } from './stage.js';

/** The first address of docker's own bridge, see docker.ts. */
const HOST = '10.88.6.1';

describeWithRuntimes('addresses that docker translates', () => {
  const cleanup = new Cleanup();
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.start(cleanup, ['docker']);
    const { docker } = stage.host;
    await docker.command('network', 'create', 'shop');
    await docker.start({
      name: 'web',
      command: SERVE,
      options: ['--network', 'shop', '--publish', '8081:80'],
    });
    await docker.start({ name: 'caller', command: ['sleep', '3600'], options: ['--network', 'shop'] });
  });
  afterAll(() => cleanup.run());

  test('a published port: client → port of the host → container', async () => {
    const traffic = new Traffic(cleanup);
    const made = callOf(await stage.host.run([traffic.exe, 'call', 'tcp', HOST, '8081', '5000']));
    const flow = await stage.flow(
      `clientport:${made.port} serverport:8081`,
      ({ state, server }) => state === 'CLOSE' && server.container?.name === 'web',
    );
    const web = await stage.host.docker.address('web');
    expect(flow).toMatchObject({
      client: { port: made.port, process: { exe: traffic.exe }, container: null },
      server: { address: HOST, port: 8081, process: { exe: '/bin/traffic' } },
      translation: { server: { address: web, port: 80 } },
      bytes: { sent: 5000, received: 5000 },
    });
    expect((await stage.collector.flows({ filter: `backend:${web} port:${made.port}` })).total).toBe(1);
    expect((await stage.collector.flows({ filter: `server:${web}` })).total).toBe(0);
  });

  test("docker's name server, which it reaches by rules inside of the container", async () => {
    const { docker } = stage.host;
    const address = await docker.address('web');
    expect(await docker.command('exec', 'caller', 'nslookup', '-type=a', 'web')).toContain(address);
    // The container's namespace is a new one: it is found within a few seconds, and what it translates with it.
    const isAnswered = ({ client, server, translation }: Flow) =>
      client.container?.name === 'caller' && server.process?.name === 'dockerd' && translation !== null;
    const flow = await stage.flow('server:127.0.0.11 proto:udp', isAnswered);
    expect(flow).toMatchObject({
      client: { process: { name: 'busybox' } },
      server: {
        address: '127.0.0.11',
        port: 53,
        container: null,
        process: { role: expect.stringMatching(/DNS/) },
      },
      translation: { client: { port: flow.client.port }, server: { address: '127.0.0.11' } },
    });
    expect(flow.translation!.server.port).not.toBe(53);
    expect((await stage.collector.flows({ filter: 'host:127.0.0.11 proto:udp' })).total).toBe(1);
  });
});
