/** The directory and what speaks gRPC: Kubernetes's runtimes, containerd by itself, and what only pretends. */
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Container } from '@packetless/model';
import { ID, OUTER, POD_UID } from '../cgroup/cases.sample.js';
import { temporaryFolder } from '../testing/folder.js';
import { CONTAINERS, CRI, EVENTS, GrpcDouble, NAMESPACES, VERSION } from '../testing/grpc-double.js';
import { until } from '../testing/wait.js';
import { ContainerDirectory } from './directory.js';

const PATH = `/kubepods/besteffort/pod${POD_UID}/${ID}`;
const SANDBOX_PATH = `/kubepods/besteffort/pod${POD_UID}/${OUTER}`;

let folder: ReturnType<typeof temporaryFolder>;
let socket: string;
let learnt: Container[];
const closing: (() => void)[] = [];

beforeEach(() => {
  folder = temporaryFolder();
  socket = join(folder.path, 'runtime.sock');
  learnt = [];
});

afterEach(() => {
  for (const close of closing.splice(0)) close();
  folder.remove();
});

function directory(): ContainerDirectory {
  const made = new ContainerDirectory({
    sockets: { docker: [], cri: [socket], podman: [] },
    onLearnt: (container) => learnt.push(container),
  });
  closing.push(() => made.close());
  made.start();
  return made;
}

function runtime(): GrpcDouble {
  const double = new GrpcDouble(socket);
  closing.push(() => double.stop());
  return double;
}

const METADATA = { name: 'kube-dns-6bfbdd666c-jjt75', uid: POD_UID, namespace: 'kube-system' };

/** A pod with one container. `labelled`: as a kubelet does; other clients leave the labels out. */
function pod(name: string, labelled: boolean) {
  const labels = labelled
    ? {
        'io.kubernetes.pod.name': METADATA.name,
        'io.kubernetes.pod.namespace': METADATA.namespace,
        'io.kubernetes.pod.uid': METADATA.uid,
      }
    : {};
  return {
    Version: () => ({ runtime_name: name, runtime_version: '1.28.1' }),
    ContainerStatus: ({ container_id }: { container_id?: unknown }) =>
      container_id !== ID
        ? null
        : {
            status: {
              id: ID,
              metadata: { name: 'dnsmasq' },
              image: { image: 'registry.example/dnsmasq:2' },
              labels: labelled ? { ...labels, 'io.kubernetes.container.name': 'dnsmasq' } : {},
            },
          },
    ListContainers: () => ({ containers: [{ id: ID, pod_sandbox_id: OUTER }] }),
    PodSandboxStatus: ({ pod_sandbox_id }: { pod_sandbox_id?: unknown }) =>
      pod_sandbox_id !== OUTER
        ? null
        : { status: { id: OUTER, metadata: METADATA, labels: { ...labels, 'k8s-app': 'kube-dns' } } },
  };
}

const POD = { pod: METADATA.name, namespace: 'kube-system', podUid: POD_UID };

describe('a runtime of Kubernetes', () => {
  test.each([
    ['as a kubelet asks for it', true],
    ['as another client asks for it', false],
  ])('names container and pod, %s', async (_what, labelled) => {
    await runtime().offer(CRI, pod('cri-o', labelled)).start();
    const known = directory();
    known.cgroupMade(7, PATH);
    expect(known.containerOf(7)).toMatchObject({ id: ID, podUid: POD_UID, name: null });
    await until('the name', () => known.containerOf(7)?.name === 'dnsmasq');
    expect(known.containerOf(7)).toMatchObject({
      ...POD,
      runtime: 'cri-o',
      image: 'registry.example/dnsmasq:2',
      isSandbox: false,
      labels: { 'k8s-app': 'kube-dns' },
    });
    expect(known.status()).toMatchObject([{ state: 'answers', runtime: 'cri-o', version: '1.28.1' }]);
  });

  test('tells the pod itself from its containers', async () => {
    await runtime().offer(CRI, pod('cri-o', true)).start();
    const known = directory();
    known.cgroupMade(8, SANDBOX_PATH);
    await until('the pod', () => known.containerOf(8)?.pod === METADATA.name);
    expect(known.containerOf(8)).toMatchObject({ ...POD, isSandbox: true, name: null });
  });

  test('of the time when the interface was called alpha', async () => {
    const rename = (path: string) => path.replace('runtime.v1.', 'runtime.v1alpha2.');
    await runtime().offer(CRI, pod('cri-o', true), rename).start();
    const known = directory();
    known.cgroupMade(7, PATH);
    await until('the name', () => known.containerOf(7)?.name === 'dnsmasq');
  });

  test('that tells of containers before their cgroups are made', async () => {
    const double = runtime().offer(CRI, pod('cri-o', true)).offerEvents(CRI, 'GetContainerEvents');
    await double.start();
    const known = directory();
    await until('a watcher', () => double.streams.size === 1);
    // Of an enumeration the first, CREATED, is not on the wire.
    double.tell({ container_id: ID });
    await until('the name', () => known.ledger.delivered === 1);
    expect(known.all()).toEqual([]);
    expect(learnt).toEqual([]);
    known.cgroupMade(7, PATH);
    expect(known.containerOf(7)?.name).toBe('dnsmasq');
  });

  test('starts anew: it is found again', async () => {
    const first = await runtime().offer(CRI, pod('cri-o', true)).start();
    const known = directory();
    await until('it to answer', () => known.status()[0]!.state === 'answers');
    first.stop();
    known.cgroupMade(7, PATH);
    expect(known.containerOf(7)?.id).toBe(ID);
    await until('its end to be seen', () => known.status()[0]!.state !== 'answers');
    await runtime().offer(CRI, pod('cri-o', true)).start();
    await until('the name', () => known.containerOf(7)?.name === 'dnsmasq');
  });
});

describe('containerd by itself', () => {
  const plain = (containers: { readonly [inNamespace: string]: object }) => (): GrpcDouble =>
    runtime()
      .offer(VERSION, { Version: () => ({ version: '1.7.2' }) })
      .offer(NAMESPACES, {
        List: () => ({ namespaces: [{ name: 'moby' }, { name: 'ci' }, { name: 'k8s.io' }] }),
      })
      .offer(CONTAINERS, {
        Get: ({ id }, namespace) => {
          const container = containers[`${namespace}/${id}`];
          return container === undefined ? null : { container: { id, ...container } };
        },
      });

  test('names what ctr started, in any namespace', async () => {
    await plain({
      'default/web': { image: 'shop:1', labels: { tier: 'front' } },
      'ci/runner': { image: 'ci:1' },
    })().start();
    const known = directory();
    known.cgroupMade(1, '/default/web');
    known.cgroupMade(2, '/ci/runner');
    known.cgroupMade(3, '/ci/no-container');
    await until('the names', () => known.containerOf(1)?.name === 'web' && known.containerOf(2) !== null);
    expect(known.containerOf(1)).toMatchObject({
      runtime: 'containerd',
      image: 'shop:1',
      labels: { tier: 'front' },
    });
    expect(known.containerOf(2)).toMatchObject({ id: 'runner', name: 'runner', image: 'ci:1' });
    expect(known.containerOf(3)).toBeNull();
    expect(known.all().map(({ id }) => id)).toEqual(['web', 'runner']);
  });

  test('names what nerdctl started by its label, whose path tells no namespace', async () => {
    await plain({ [`ci/${ID}`]: { image: 'shop:1', labels: { 'nerdctl/name': 'web' } } })().start();
    const known = directory();
    known.cgroupMade(1, `/system.slice/nerdctl-${ID}.scope`);
    await until('the name', () => known.containerOf(1)?.name === 'web');
  });

  test('knows pods by their labels where the CRI is switched off, or does not tell yet', async () => {
    const labels = {
      'io.cri-containerd.kind': 'sandbox',
      'io.kubernetes.pod.name': METADATA.name,
      'io.kubernetes.pod.namespace': METADATA.namespace,
      'io.kubernetes.pod.uid': POD_UID,
    };
    await plain({ [`k8s.io/${OUTER}`]: { image: 'pause:1', labels } })().start();
    const known = directory();
    known.cgroupMade(8, SANDBOX_PATH);
    await until('the pod', () => known.containerOf(8)?.pod === METADATA.name);
    expect(known.containerOf(8)).toMatchObject({ ...POD, isSandbox: true });
  });

  test('leaves docker’s containers to docker', async () => {
    await plain({ [`moby/${ID}`]: { labels: { 'com.docker/engine.bundle.path': '/x' } } })().start();
    const known = directory();
    known.cgroupMade(1, `/any/${ID}`);
    await until('the end of the questions', () => known.ledger.seen > 0 && known.ledger.inFlight === 0);
    expect(known.containerOf(1)).toMatchObject({ id: ID, name: null });
  });

  test('tells what is made, in all namespaces but docker’s', async () => {
    const double = plain({ 'ci/runner': { image: 'ci:1' } })().offerEvents(EVENTS, 'Subscribe');
    await double.start();
    const known = directory();
    await until('a watcher', () => double.streams.size === 1);
    const event = (namespace: string, value: Buffer) =>
      double.tell({ namespace, topic: '/containers/create', event: { type_url: 'x', value } });
    event('moby', Buffer.from(`\x0a\x40${ID}`));
    event('ci', Buffer.from('\x0a\x0a../../etc/'));
    event('ci', Buffer.from([0x0a, 0x7f, 0x61]));
    event('ci', Buffer.from([0x0a, 0xff, 0xff]));
    event('ci', Buffer.alloc(0));
    event('ci', Buffer.from('\x0a\x06runner'));
    await until('the name', () => known.ledger.delivered === 1);
    known.cgroupMade(7, '/ci/runner');
    expect(known.containerOf(7)?.name).toBe('runner');
    await until('it to be told', () => learnt.length === 1);
    expect(known.ledger.seen).toBe(1);
  });
});

describe('what is no runtime, or a hostile one', () => {
  const never = () => undefined;
  const base = pod('cri-o', true);
  const lies: readonly (readonly [what: string, status: object])[] = [
    ['another container', { status: { id: OUTER, metadata: { name: 'x' } } }],
    ['nothing', {}],
    ['an answer without end', { status: { id: ID, metadata: { name: 'x'.repeat(5_000_000) } } }],
  ];

  test.each(lies)('%s: the id stays, nothing else is believed', async (_what, status) => {
    const ContainerStatus = ({ container_id }: { container_id?: unknown }) =>
      container_id === ID ? status : null;
    const double = await runtime()
      .offer(CRI, { ...base, ContainerStatus })
      .start();
    const known = directory();
    known.cgroupMade(7, PATH);
    await until('questions', () => double.called.filter((method) => method === 'ContainerStatus').length > 2);
    expect(known.containerOf(7)).toMatchObject({ id: ID, podUid: POD_UID, name: null, pod: null });
    // And others are named.
    known.cgroupMade(8, SANDBOX_PATH);
    await until('the pod', () => known.containerOf(8)?.pod === METADATA.name);
  });

  test('a pod that is another’s is not its container’s', async () => {
    const methods = {
      ...base,
      ListContainers: () => ({ containers: [{ id: OUTER, pod_sandbox_id: OUTER }] }),
    };
    await runtime()
      .offer(CRI, { ...methods, ...{ ContainerStatus: pod('cri-o', false).ContainerStatus } })
      .start();
    const known = directory();
    known.cgroupMade(7, PATH);
    await until('the name', () => known.containerOf(7)?.name === 'dnsmasq');
    expect(known.containerOf(7)?.pod).toBeNull();
  });

  test('labels of 64 KB, by the hundred: cut or left out', async () => {
    const labels: { [key: string]: string } = {
      ['k'.repeat(65_536)]: 'x',
      long: '<b>\x1b[31m'.repeat(8_192),
    };
    for (let n = 0; n < 100; n++) labels[`label-${n}`] = 'x'.repeat(1_000);
    const status = { id: ID, metadata: { name: 'n'.repeat(65_536) }, labels };
    await runtime()
      .offer(CRI, { ...base, ContainerStatus: () => ({ status }) })
      .start();
    const known = directory();
    known.cgroupMade(7, PATH);
    await until('the name', () => known.containerOf(7)?.name === 'n'.repeat(256));
    const kept = known.containerOf(7)!.labels;
    expect(Object.keys(kept)).toHaveLength(32);
    for (const key of Object.keys(kept)) expect(key.length + kept[key]!.length).toBeLessThanOrEqual(512);
  });

  test('silence within an answer is given up in time', async () => {
    let isSilent = true;
    const methods = {
      ...base,
      ContainerStatus: (request: object) => (isSilent ? undefined : base.ContainerStatus(request)),
    };
    await runtime()
      .offer(CRI, methods as never)
      .start();
    const known = directory();
    known.cgroupMade(7, PATH);
    await until('its state', () => known.status()[0]!.state === 'silent');
    expect(known.containerOf(7)?.id).toBe(ID);
    isSilent = false;
    await until('the name', () => known.containerOf(7)?.name === 'dnsmasq');
  });

  test('silence from the first moment', async () => {
    await runtime().offer(CRI, { Version: never }).start();
    const known = directory();
    await until('its state', () => known.status()[0]!.state === 'silent');
  });

  test.each([
    ['accepts and says nothing', () => {}, 'silent'],
    [
      'speaks something else',
      (connection: Socket) => connection.end('220 mail.example ESMTP\r\n'),
      'refused',
    ],
    ['hangs up', (connection: Socket) => connection.destroy(), 'refused'],
  ] as const)('a server that %s', async (_what, answer, state) => {
    const connections = new Set<Socket>();
    const server = createServer((connection) => {
      connections.add(connection);
      connection.on('error', () => {}).resume();
      answer(connection);
    });
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    closing.push(() => {
      server.close();
      for (const connection of connections) connection.destroy();
    });
    const known = directory();
    await until('its state', () => known.status()[0]!.state === state);
    expect(known.status()[0]!.problem).not.toBeNull();
  });

  test('a service that is none of a runtime’s', async () => {
    await runtime()
      .offer(NAMESPACES, { List: () => ({ namespaces: [] }) })
      .start();
    const known = directory();
    await until('its state', () => known.status()[0]!.state === 'not understood');
  });
});
