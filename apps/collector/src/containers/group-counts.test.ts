import { describe, expect, test } from '@jest/globals';
import { type ContainerGroup, type ContainerGroupKind, containerGroupSchema } from '@packetless/live';
import type { Observation } from '@packetless/model';
import fc from 'fast-check';
import { FlowTable } from '../flows/flow-table.js';
import { T0 } from '../observation.sample.js';
import { ContainerRegistry } from './container-registry.js';
import { countGroups } from './group-counts.js';
import { bytes, container, HOST_A, HOST_B, health, seen } from './observations.sample.js';

function world(...observations: Observation[]) {
  const containers = new ContainerRegistry({}, T0);
  const options = { interfaceName: 'i', capacity: 1000, idleMs: 60_000, endedMs: 60_000, now: () => T0 };
  const table = new FlowTable({ ...options, containers, isLocal: () => false });
  for (const observation of observations) table.apply(observation);
  return { containers, table };
}

function count(
  kind: ContainerGroupKind,
  where: ReturnType<typeof world>,
): Map<string | null, ContainerGroup> {
  const infos = countGroups(kind, [where]).map((group) => containerGroupSchema.parse(group.info()));
  expect(new Set(infos.map(({ id }) => id)).size).toBe(infos.length);
  return new Map(infos.map((info) => [info.name, info]));
}

const WEB = container('web', {
  image: 'nginx:1',
  pod: 'web-1',
  namespace: 'shop',
  workload: 'Deployment/web',
});
const SIDECAR = container('sidecar', {
  image: 'envoy',
  pod: 'web-1',
  namespace: 'shop',
  workload: 'Deployment/web',
});
const WORKER = container('worker', { pod: 'job-1', namespace: 'shop', workload: 'CronJob/worker' });
const DNS = container('dns', { pod: 'dns-1', namespace: 'kube-system', workload: 'Deployment/dns' });

describe('a flow between two containers', () => {
  const both = world(
    seen(
      1,
      'client',
      { container: WORKER, tcp: health({ rttMs: 2, rttVarMs: 1, retransmits: 3 }) },
      { counters: bytes(100, 1000) },
    ),
    seen(
      1,
      'server',
      { container: WEB, tcp: health({ rttMs: 4, retransmits: 5 }) },
      { counters: bytes(100, 1000), failure: 'reset' },
    ),
  );

  test('counts once for each, from its side, and no byte twice though both ends tell', () => {
    const groups = count('containers', both);
    expect([...groups.keys()].sort()).toEqual(['web', 'worker']);
    expect(groups.get('worker')).toMatchObject({
      containerId: 'worker',
      flows: { total: 1, living: 1, asClient: 1, asServer: 0 },
      bytes: { sent: 100, received: 1000, total: 1100 },
      retransmits: 3,
      failed: 1,
      rttMs: { asClient: 2, asServer: null },
      rttVarMs: { asClient: 1, asServer: null },
      lastSeen: T0,
      hosts: [{ id: 'a', name: 'host-a' }],
    });
    expect(groups.get('web')).toMatchObject({
      flows: { total: 1, asClient: 0, asServer: 1 },
      bytes: { sent: 1000, received: 100, total: 1100 },
      retransmits: 5,
      rttMs: { asClient: null, asServer: 4 },
      images: ['nginx:1'],
      hosts: [{ id: 'b', name: 'host-b' }],
    });
  });

  test('of one namespace counts once for it, as client and as server', () => {
    const groups = count('namespaces', both);
    expect([...groups.keys()]).toEqual(['shop']);
    expect(groups.get('shop')).toMatchObject({
      flows: { total: 1, asClient: 1, asServer: 1 },
      failed: 1,
      bytes: { sent: 1100, received: 1100, total: 1100 },
      retransmits: 8,
      rttMs: { asClient: 2, asServer: 4 },
      containers: 2,
      pods: 2,
      pod: null,
      workload: null,
      labels: {},
    });
  });
});

test('containers of one pod, and pods of one workload, are together', () => {
  const where = world(
    seen(1, 'client', { container: WEB }),
    seen(2, 'client', { container: SIDECAR }),
    seen(3, 'client', { container: DNS }),
  );
  expect(count('pods', where).get('web-1')).toMatchObject({
    flows: { total: 2 },
    containers: 2,
    images: ['envoy', 'nginx:1'],
    namespace: 'shop',
    workload: 'Deployment/web',
  });
  expect([...count('workloads', where)].map(([name, { flows, pods }]) => [name, flows.total, pods])).toEqual([
    ['Deployment/web', 2, 1],
    ['Deployment/dns', 1, 1],
  ]);
});

describe('a pod', () => {
  test('of the same name in another namespace, or on another host, is another one', () => {
    const docker = { pod: 'web-1', namespace: null };
    const where = world(
      seen(1, 'client', { container: WEB }),
      seen(2, 'client', { container: container('x', { pod: 'web-1', namespace: 'other' }) }),
      seen(3, 'client', { container: container('y', docker) }),
      seen(4, 'client', { container: container('z', docker) }, { witness: HOST_B, location: 'bbbbbbbb/1' }),
    );
    expect(countGroups('pods', [where])).toHaveLength(4);
  });

  test('is one, whether its uid is told or not, unless there were two of its name', () => {
    const first = container('c1', { pod: 'db-0', namespace: 'shop', podUid: 'u1' });
    const unsaid = container('c2', { pod: 'db-0', namespace: 'shop' });
    const unnamed = container('c3', { name: null, podUid: 'u1' });
    const together = [first, unsaid, unnamed].map((each, port) =>
      seen(port + 1, 'client', { container: each }),
    );
    expect(count('pods', world(...together)).get('db-0')).toMatchObject({
      flows: { total: 3 },
      podUid: 'u1',
    });
    const again = container('c4', { pod: 'db-0', namespace: 'shop', podUid: 'u2' });
    expect(countGroups('pods', [world(...together, seen(9, 'client', { container: again }))])).toHaveLength(
      3,
    );
  });
});

test('what two agents tell of one container is one row', () => {
  const where = world(
    seen(1, 'client', { container: container('c', { name: null }) }),
    seen(2, 'server', { container: container('c', { name: 'web' }) }),
  );
  expect(count('containers', where).get('web')).toMatchObject({
    flows: { total: 2, asClient: 1, asServer: 1 },
    containers: 1,
    hosts: [{ name: 'host-a' }, { name: 'host-b' }],
  });
});

test('containers without flows are there with nothing counted; a sandbox only with flows of its own', () => {
  const where = world(seen(1, 'client', { container: WEB }));
  const pause = container('pause', { name: null, pod: 'web-1', namespace: 'shop', isSandbox: true });
  const quiet = container('quiet', { labels: { app: 'q' } });
  where.containers.hear({ type: 'containers', time: T0, agent: 'a', containers: [pause, quiet] }, HOST_A, T0);
  const groups = count('containers', where);
  expect([...groups.keys()].sort()).toEqual(['quiet', 'web']);
  expect(groups.get('quiet')).toMatchObject({
    flows: { total: 0 },
    bytes: { sent: null, received: null, total: null },
    retransmits: null,
    lastSeen: null,
    labels: { app: 'q' },
  });
  expect(count('pods', where).get('web-1')).toMatchObject({ containers: 1 });
  where.table.apply(seen(2, 'client', { container: pause }));
  expect(
    countGroups('containers', [where])
      .map(({ summary }) => summary.isSandbox)
      .sort(),
  ).toEqual([false, false, true]);
});

test('round-trip times are medians of the flows: one of them says little about the others', () => {
  const flows = [1, 2, 3, 4, 5000].map((rttMs, port) =>
    seen(port + 1, 'client', { container: WEB, tcp: health({ rttMs, rttVarMs: rttMs / 2 }) }),
  );
  expect(count('containers', world(...flows)).get('web')).toMatchObject({
    rttMs: { asClient: 3 },
    rttVarMs: { asClient: 1.5 },
  });
});

test('counts are what adding up the flows one by one gives', () => {
  const some = [WEB, SIDECAR, WORKER, DNS, undefined];
  const flow = fc.record({
    client: fc.constantFrom(...some),
    server: fc.constantFrom(...some),
    sent: fc.nat(1000),
    received: fc.nat(1000),
    ended: fc.boolean(),
  });
  const namespaceOf = (each: typeof WEB | undefined) => each?.namespace ?? null;
  fc.assert(
    fc.property(fc.array(flow, { maxLength: 30 }), (flows) => {
      const where = world(
        ...flows.flatMap(({ client, server, sent, received, ended }, index) => {
          const counters = bytes(sent, received);
          return [
            seen(index + 1, 'client', { container: client! ?? null }, { counters, ended }),
            seen(index + 1, 'server', { container: server! ?? null }, { counters, ended }),
          ];
        }),
      );
      for (const namespace of ['shop', 'kube-system']) {
        const info = count('namespaces', where).get(namespace);
        const asClient = flows.filter(({ client }) => namespaceOf(client) === namespace);
        const asServer = flows.filter(({ server }) => namespaceOf(server) === namespace);
        const either = flows.filter((each) => asClient.includes(each) || asServer.includes(each));
        expect(info?.flows ?? { total: 0, living: 0, asClient: 0, asServer: 0 }).toEqual({
          total: either.length,
          living: either.filter(({ ended }) => !ended).length,
          asClient: asClient.length,
          asServer: asServer.length,
        });
        const sum = (list: typeof flows, member: 'sent' | 'received') =>
          list.reduce((total, each) => total + each[member], 0);
        expect(info?.bytes.sent ?? 0).toBe(sum(asClient, 'sent') + sum(asServer, 'received'));
        expect(info?.bytes.received ?? 0).toBe(sum(asClient, 'received') + sum(asServer, 'sent'));
        expect(info?.bytes.total ?? 0).toBe(sum(either, 'sent') + sum(either, 'received'));
      }
    }),
    { numRuns: 50 },
  );
});
