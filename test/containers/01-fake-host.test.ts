/** The fake host itself, by what the runtimes' own tools say: what the other suites here stand on. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Cleanup } from '../harness/cleanup.js';
import { waitFor } from '../harness/wait.js';
import { FakeHost } from './fake-host.js';
import { describeWithRuntimes } from './requirements.js';

const ID = /^[0-9a-f]{64}$/;

describeWithRuntimes('a fake host', () => {
  const cleanup = new Cleanup();
  let host: FakeHost;

  beforeAll(async () => {
    host = await FakeHost.start(cleanup, ['docker', 'containerd', 'podman']);
  });
  afterAll(() => cleanup.run());

  test('runs docker containers that reach each other by name', async () => {
    await host.docker.command('network', 'create', 'net');
    const options = ['--network', 'net'];
    const id = await host.docker.start({
      name: 'web',
      command: ['traffic', 'serve', 'tcp', '0.0.0.0', '80'],
      options,
    });
    expect(id).toMatch(ID);
    const found = await host.docker.run({ command: ['nslookup', 'web'], options });
    expect(found).toContain(await host.docker.address('web'));
    expect(groupsOf(host)).toContain(`docker/${id}`);
  });

  test('runs pods as a kubelet does, which reach each other', async () => {
    const server = await host.containerd.runPod({
      name: 'server',
      containers: [{ name: 'web', command: ['traffic', 'serve', 'tcp', '0.0.0.0', '80'] }],
    });
    const client = await host.containerd.runPod({
      name: 'client',
      containers: [{ name: 'shell', command: ['sleep', '3600'] }],
    });
    const call = ['traffic', 'call', 'tcp', server.address, '80', '1000'];
    const { exitCode, stdout } = await client.exec('shell', call);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ sent: 1000, received: 1000 });
    expect(groupsOf(host)).toContain(`kubepods/besteffort/pod${server.uid}/${server.containers.get('web')}`);
    await client.remove();
    await server.remove();
  });

  test('runs podman containers and pods', async () => {
    const pod = await host.podman.makePod('pod');
    const [alone, inPod] = [
      await host.podman.start({ command: ['sleep', '3600'] }),
      await host.podman.start({ command: ['sleep', '3600'], options: ['--pod', 'pod'] }),
    ];
    const groups = groupsOf(host);
    expect(groups).toContain(`libpod_parent/libpod-${alone}`);
    expect(groups).toContain(`libpod_parent/${pod}/libpod-${inPod}`);
  });

  test.each(['docker', 'containerd', 'podman'] as const)(
    'a killed %s leaves its containers running and comes back',
    async (name) => {
      const { daemon } = host[name];
      const before = groupsOf(host);
      await daemon.kill();
      await daemon.start();
      expect(groupsOf(host)).toEqual(before);
    },
  );

  test("writes nothing to the machine's own folders", async () => {
    for (const folder of ['/etc', '/var/lib', '/run']) {
      const file = `${folder}/${basename(host.folder)}`;
      await host.run(['touch', file]);
      expect(existsSync(file)).toBe(false);
    }
    await expect(host.run(['touch', '/usr/packetless'])).rejects.toThrow(/Read-only/);
  });

  test('leaves nothing', async () => {
    const pids = host.groups.pids();
    expect(pids.length).toBeGreaterThan(10);
    await cleanup.run();
    await waitFor('the end of all processes', () => pids.every((pid) => hasEnded(pid)));
    expect([host.folder, ...host.groups.folders].filter((path) => existsSync(path))).toEqual([]);
    expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(host.folder);
  });
});

/** Control groups of the version that the kernel names sockets by, below the fake host's. */
function groupsOf(host: FakeHost): string[] {
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '));
  const unified = mounts.find(([, , type]) => type === 'cgroup2')![1]!;
  const root = host.groups.folders.find((folder) => folder.startsWith(`${unified}/`))!;
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(root.length + 1))
    .sort();
}

/** A zombie, which its parent has not looked after yet, has ended as well. */
function hasEnded(pid: number): boolean {
  try {
    return /^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return true;
  }
}
