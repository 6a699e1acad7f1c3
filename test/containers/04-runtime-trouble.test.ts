/** Runtimes that die, hang and come back, while their containers go on. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Flow } from '@packetless/model';
import { Cleanup } from '../harness/cleanup.js';
import { waitFor } from '../harness/wait.js';
import { describeWithRuntimes } from './requirements.js';
import { SERVE, SOON_MS, Stage } from './stage.js';

/** One conversation after the other. */
const CALL_ON = 'while :; do traffic call tcp 127.0.0.1 80 10 "$0"; sleep 0.2; done';

describeWithRuntimes('while a runtime is in trouble', () => {
  const cleanup = new Cleanup();
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.start(cleanup, ['docker', 'containerd', 'podman']);
    await stage.host.containerd.runPod({
      name: 'shop',
      hostNetwork: true,
      containers: [{ name: 'server', command: SERVE }],
    });
  });
  afterAll(() => cleanup.run());

  /** A container that calls again and again, known by the last word of its command lines. */
  const caller = (name: string) => ({
    name,
    command: ['sh', '-c', CALL_ON, `by-${name}`],
    options: ['--network', 'host'],
  });

  /** A conversation of that caller that began after a time. */
  function flowOf(name: string, since: number, condition: (flow: Flow) => boolean): Promise<Flow> {
    return stage.flow(
      `cmdline:*by-${name} serverport:80`,
      (flow) => flow.firstSeen > since && flow.server.container?.name === 'server' && condition(flow),
    );
  }

  const isNamed =
    (name: string) =>
    ({ client }: Flow) =>
      client.container?.name === name;

  /** What the agent says that it cannot tell. */
  async function lost(): Promise<string> {
    const [agent] = (await stage.collector.agents()).agents;
    return agent!.lost.map(({ what, why }) => `${what}: ${why}`).join('\n');
  }

  test('containers of a killed dockerd keep their names, and those after its restart get theirs', async () => {
    const { docker } = stage.host;
    await docker.start(caller('old'));
    await flowOf('old', 0, isNamed('old'));
    await docker.daemon.kill();
    await flowOf('old', Date.now(), isNamed('old'));
    await waitFor('the agent to say so', async () => (await lost()).includes(docker.socket), SOON_MS);

    await docker.daemon.start();
    await docker.start(caller('new'));
    await flowOf('new', 0, isNamed('new'));
    await flowOf('old', Date.now(), isNamed('old'));
    await waitFor('the agent to see it', async () => !(await lost()).includes(docker.socket), SOON_MS);
  });

  test('containerd dies, and pods made after its restart are named', async () => {
    const { containerd } = stage.host;
    await containerd.daemon.kill();
    await containerd.daemon.start();
    const command = ['sh', '-c', CALL_ON, 'by-after'];
    const containers = [{ name: 'after', command }];
    await containerd.runPod({ name: 'later', hostNetwork: true, containers });
    const flow = await flowOf('after', 0, isNamed('after'));
    expect(flow.client.container).toMatchObject({ pod: 'later', namespace: 'default' });
  });

  test.each([
    ['hangs', 'SIGSTOP'],
    ['is dead', 'SIGKILL'],
  ] as const)(
    'events do not wait for a runtime that %s, and names come when it is back',
    async (_, signal) => {
      const { podman } = stage.host;
      const name = `made-meanwhile-${signal}`;
      if (signal === 'SIGKILL') await podman.daemon.kill();
      else process.kill(podman.daemon.pid, signal);
      const id = await podman.start(caller(name));
      const unnamed = await flowOf(name, 0, () => true);
      expect(unnamed.client).toMatchObject({
        process: { exe: '/bin/traffic' },
        container: { id, name: null, runtime: 'podman' },
      });
      await waitFor('the agent to say so', async () => (await lost()).includes(podman.socket), SOON_MS);

      if (signal === 'SIGKILL') await podman.daemon.start();
      else process.kill(podman.daemon.pid, 'SIGCONT');
      await flowOf(name, 0, isNamed(name));
      // Also the conversation that was told of before its name was known.
      const { flows } = await stage.collector.flows({
        filter: `clientport:${unnamed.client.port} serverport:80`,
      });
      expect(flows.map(({ client }) => client.container?.name)).toEqual([name]);
    },
  );
});
