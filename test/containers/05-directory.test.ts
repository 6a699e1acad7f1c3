/** What the directory of containers learns from real runtimes, by itself: no kernel programs, no agent. */
import { readdirSync, statSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { ContainerDirectory } from '@packetless/containers';
import type { Container } from '@packetless/model';
import { Cleanup } from '../harness/cleanup.js';
import { waitFor } from '../harness/wait.js';
import type { FakeHost as Host } from './fake-host.js';
import { FakeHost } from './fake-host.js';
import { describeWithRuntimes } from './requirements.js';

const IDLE = ['sleep', '3600'];

describeWithRuntimes('a directory of containers', () => {
  const cleanup = new Cleanup();
  let host: Host;
  let directory: ContainerDirectory;
  let learnt: Container[];

  beforeAll(async () => {
    host = await FakeHost.start(cleanup, ['docker', 'containerd', 'podman']);
  });
  afterAll(() => cleanup.run());

  beforeEach(async () => {
    learnt = [];
    directory = new ContainerDirectory({
      sockets: {
        docker: [host.docker.socket],
        cri: [host.containerd.socket],
        podman: [host.podman.socket],
      },
      onLearnt: (container) => learnt.push(container),
    });
    directory.start();
    await waitFor('all runtimes to answer', () =>
      directory.status().every(({ state }) => state === 'answers'),
    );
  });
  afterEach(() => directory.close());

  /** Tells the directory of all control groups, as the kernel does; gives the last container of this id. */
  const found = (id: string) => {
    for (const group of groupsOf(host)) {
      directory.cgroupMade(group.inode, group.path);
      const container = directory.containerOf(group.inode);
      if (container?.id === id) return container;
    }
    return null;
  };
  const named = (id: string) =>
    waitFor(`what is called ${id}`, () => {
      const container = found(id);
      return container?.name == null && container?.isSandbox !== true ? null : container;
    });

  test('knows who answers', () => {
    expect(directory.status().map(({ runtime, version }) => [runtime, typeof version])).toEqual([
      ['docker', 'string'],
      ['containerd', 'string'],
      ['podman', 'string'],
    ]);
  });

  test('names a docker container, follows its new name, and remembers it after its end', async () => {
    const labels = { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'web' };
    const id = await host.docker.start({ name: 'shop-web-1', command: IDLE, labels });
    expect(await named(id)).toMatchObject({ name: 'shop-web-1', runtime: 'docker', pod: null, labels });
    await host.docker.command('rename', id, 'shop-web-2');
    await waitFor('the new name', () => learnt.at(-1)?.name === 'shop-web-2');
    const { inode } = groupsOf(host).find(({ path }) => path.endsWith(id))!;
    await host.docker.command('rm', '--force', id);
    directory.cgroupRemoved(inode);
    expect(directory.containerOf(inode)).toMatchObject({ id, name: 'shop-web-2' });
  });

  test('names a podman container in its pod, and what holds the pod', async () => {
    await host.podman.makePod('directory-pod');
    const id = await host.podman.start({
      name: 'inside',
      command: IDLE,
      options: ['--pod', 'directory-pod'],
    });
    // Its name is in podman's news, its pod is looked up.
    await waitFor('its pod', () => found(id)?.pod === 'directory-pod');
    expect(found(id)).toMatchObject({ name: 'inside', runtime: 'podman', isSandbox: false });
    const format = '{{.InfraContainerID}}';
    const infra = await host.podman.command('pod', 'inspect', '--format', format, 'directory-pod');
    await waitFor('what holds the pod', () => found(infra)?.isSandbox === true);
    expect(found(infra)).toMatchObject({ runtime: 'podman', pod: 'directory-pod' });
    await host.podman.command('rename', 'inside', 'inside-anew');
    await waitFor('the new name', () => learnt.at(-1)?.name === 'inside-anew');
  });

  test('names the containers of a pod of Kubernetes with its labels, and what holds the pod', async () => {
    const pod = await host.containerd.runPod({
      name: 'kube-dns-6bfbdd666c-jjt75',
      namespace: 'kube-system',
      labels: { 'k8s-app': 'kube-dns' },
      containers: [{ name: 'dnsmasq', command: IDLE }],
    });
    const known = {
      runtime: 'containerd',
      pod: 'kube-dns-6bfbdd666c-jjt75',
      namespace: 'kube-system',
      podUid: pod.uid,
    };
    expect(await named(pod.containers.get('dnsmasq')!)).toMatchObject({
      ...known,
      name: 'dnsmasq',
      isSandbox: false,
      labels: { 'k8s-app': 'kube-dns' },
    });
    expect(await named(pod.id)).toMatchObject({ ...known, name: null, isSandbox: true });
    await pod.remove();
  });

  test('names what ctr runs, in any namespace of containerd', async () => {
    const { containerd, images } = host;
    for (const [namespace, id] of [
      ['default', 'plain'],
      ['ci', 'runner-7'],
    ] as const) {
      const ctr = (...args: string[]) => containerd.command('--namespace', namespace, ...args);
      await ctr('images', 'import', images.busybox.archive);
      await ctr('run', '--detach', '--label', 'tier=back', images.busybox.reference, id, ...IDLE);
      // On a host of its own it would lie there: from the root of the tree, namespace and name.
      const path = `/${namespace}/${id}`;
      await waitFor(`the name of ${id}`, () => directory.containerOfPath(path)?.name === id);
      expect(directory.containerOfPath(path)).toMatchObject({
        runtime: 'containerd',
        labels: { tier: 'back' },
      });
      await ctr('task', 'kill', '--signal', 'KILL', id);
    }
  });

  test('names containers that are gone before anybody asks', async () => {
    for (const name of ['moment-1', 'moment-2', 'moment-3']) {
      const id = await host.docker.command('create', '--name', name, host.images.busybox.reference, 'true');
      await host.docker.command('start', '--attach', id);
      await waitFor('its name', () => directory.ledger.delivered > 0 && directory.ledger.inFlight === 0);
      await host.docker.command('rm', '--force', id);
      expect(directory.containerOfPath(`/docker/${id}`)?.name).toBe(name);
    }
  });

  test.each(['docker', 'containerd', 'podman'] as const)(
    'outlives the death of %s: what is made afterwards is named',
    async (name) => {
      const { daemon } = host[name];
      await daemon.kill();
      await waitFor('its end to be seen', () => directory.status().some(({ state }) => state !== 'answers'));
      await daemon.start();
      if (name === 'containerd') {
        const pod = await host.containerd.runPod({
          name: 'after',
          containers: [{ name: 'shell', command: IDLE }],
        });
        expect(await named(pod.containers.get('shell')!)).toMatchObject({ name: 'shell', pod: 'after' });
        await pod.remove();
      } else {
        const id = await host[name].start({ name: 'after', command: IDLE });
        expect(await named(id)).toMatchObject({ name: 'after', runtime: name });
      }
      await waitFor('all to answer', () => directory.status().every(({ state }) => state === 'answers'));
    },
  );

  test('says no container where there is none', () => {
    for (const { inode, path } of groupsOf(host)) {
      directory.cgroupMade(inode, path);
      if (path.endsWith('/daemons')) expect(directory.containerOf(inode)).toBeNull();
    }
  });
});

/** Control groups of the version that the kernel names sockets by, below the fake host's: inode, path from the root. */
function groupsOf(host: Host): { readonly inode: number; readonly path: string }[] {
  const root = host.groups.folders.find((folder) => folder.includes('unified')) ?? host.groups.folders[0]!;
  const name = root.slice(root.lastIndexOf('/'));
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => {
      const folder = `${entry.parentPath}/${entry.name}`;
      const inode = statSync(folder, { throwIfNoEntry: false })?.ino;
      return inode === undefined ? [] : [{ inode, path: name + folder.slice(root.length) }];
    });
}
