/** An agent comes to a host whose containers have been talking for a while. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { Cleanup } from '../harness/cleanup.js';
import { waitFor } from '../harness/wait.js';
import { FakeHost } from './fake-host.js';
import type { Pod } from './pod.js';
import { describeWithRuntimes } from './requirements.js';
import { SERVE, Stage } from './stage.js';

const HOLD = ['traffic', 'hold', 'tcp', '127.0.0.1', '80', '10'];

describeWithRuntimes('what is older than the agent', () => {
  const cleanup = new Cleanup();
  const watching = new Cleanup();
  let host: FakeHost;
  let pod: Pod;

  beforeAll(async () => {
    host = await FakeHost.start(cleanup, ['docker', 'containerd', 'podman']);
    const containers = [{ name: 'server', command: SERVE }];
    pod = await host.containerd.runPod({ name: 'shop', hostNetwork: true, containers });
    for (const runtime of [host.docker, host.podman]) {
      const name = `old-${runtime.kind}`;
      await runtime.start({ name, command: HOLD, options: ['--network', 'host'] });
      await waitFor('its connection', async () => (await runtime.command('logs', name)).includes('port'));
    }
  });
  afterAll(() => cleanup.run());

  afterEach(() => watching.run());

  test.each(['ebpf', 'netlink'])('is named from the start: %s', async (source) => {
    const stage = await Stage.around(watching, host, ['--source', source]);
    for (const runtime of ['docker', 'podman']) {
      const flow = await stage.flow(
        `container:old-${runtime} serverport:80`,
        ({ server }) => server.container?.name === 'server',
      );
      expect(flow).toMatchObject({
        state: 'ESTABLISHED',
        client: { process: { exe: '/bin/traffic' }, container: { runtime, pod: null } },
        server: { container: { id: pod.containers.get('server'), pod: 'shop', namespace: 'default' } },
      });
    }
    const listener = await waitFor('the listening socket', async () => {
      const { listening } = await stage.collector.listening({ filter: 'port:80 container:server' });
      return listening[0];
    });
    expect(listener.container).toMatchObject({ pod: 'shop' });
  });
});
