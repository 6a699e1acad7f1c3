import { describe, expect, test } from '@jest/globals';
import { CONTAINER_SORT_FIELDS, containersQuerySchema } from '@packetless/live';
import { FilterError } from '@packetless/model';
import { FlowTable } from '../flows/flow-table.js';
import type { Interface } from '../interfaces/interface.js';
import { T0 } from '../observation.sample.js';
import { ContainerRegistry } from './container-registry.js';
import { GroupCounts } from './group-counts.js';
import { compileContainersQuery, runContainersQuery } from './group-query.js';
import { bytes, container, HOST_A, health, seen } from './observations.sample.js';

const containers = new ContainerRegistry({}, T0);
const table = new FlowTable({
  interfaceName: 'i',
  capacity: 100,
  idleMs: 60_000,
  endedMs: 60_000,
  now: () => T0,
  containers,
  isLocal: () => false,
});
const here = { name: 'i', table, containers } as Interface;

const WEB = container('web', {
  image: 'registry.example/nginx:1.25',
  pod: 'web-1',
  namespace: 'shop',
  workload: 'Deployment/web',
  labels: { app: 'shop' },
});
const SIDECAR = container('sidecar', { image: 'envoy', pod: 'web-1', namespace: 'shop' });
const DNS = container('dns', { pod: 'dns-1', namespace: 'kube-system', runtime: 'docker' });
table.apply(
  seen(
    1,
    'client',
    { container: WEB, tcp: health({ rttMs: 80, retransmits: 2 }) },
    { counters: bytes(10, 20) },
  ),
);
table.apply(seen(2, 'client', { container: WEB }, { counters: bytes(10, 20) }));
table.apply(seen(3, 'server', { container: DNS, tcp: health({ rttMs: 1 }) }, { failure: 'reset' }));
table.apply(seen(4, 'client', { container: SIDECAR }, { counters: bytes(5000, 1) }));

function names(kind: 'containers' | 'pods', query: object = {}, counts = new GroupCounts(), now = T0) {
  const compiled = compileContainersQuery(kind, containersQuerySchema.parse(query));
  const { total, groups } = runContainersQuery(counts, [here], compiled, now);
  return { total, names: groups.map(({ summary }) => summary.name) };
}

describe('a filter chooses containers', () => {
  test.each([
    ['', ['dns', 'sidecar', 'web']],
    ['container:web', ['web']],
    ['pod:web-*', ['sidecar', 'web']],
    ['namespace:shop', ['sidecar', 'web']],
    ['image:nginx', ['web']],
    ['workload:web', ['web']],
    ['label.app:shop', ['web']],
    ['not label.app:*', ['dns', 'sidecar']],
    ['envoy', ['sidecar']],
    ['witness:host-b', ['dns']],
    ['bytes>1kB', ['sidecar']],
    ['sent<1kB', ['web']],
    ['rtt>50ms', ['web']],
    ['retransmits>0', ['web']],
    ['failed', ['dns']],
    ['port:80', []],
    ['process:*', []],
    ['closed', []],
  ])('%s', (filter, expected) => {
    expect(names('containers', { filter })).toEqual({ total: expected.length, names: expected });
  });

  test.each([
    ['image:envoy', ['web-1']],
    ['image:envoy image:nginx', ['web-1']],
    ['not image:envoy', ['dns-1']],
    ['container:dns', ['dns-1']],
  ])('and pods by what is in them: %s', (filter, expected) => {
    expect(names('pods', { filter }).names).toEqual(expected);
  });

  test('and a wrong one says where it is wrong', () => {
    expect(() => names('containers', { filter: 'rtt>5' })).toThrow(FilterError);
  });
});

test.each([
  ['name', ['dns', 'sidecar', 'web']],
  ['-name', ['web', 'sidecar', 'dns']],
  ['-bytes', ['sidecar', 'web', 'dns']],
  ['-client', ['web', 'sidecar', 'dns']],
  ['-server', ['dns', 'sidecar', 'web']],
  ['-rtt', ['web', 'dns', 'sidecar']],
  ['rtt', ['dns', 'web', 'sidecar']],
  ['runtime', ['sidecar', 'web', 'dns']],
  ['namespace', ['dns', 'sidecar', 'web']],
])('in the order of %s, what is not known last', (sort, expected) => {
  expect(names('containers', { sort }).names).toEqual(expected);
});

test('any order is one of all, cut to a window', () => {
  for (const field of CONTAINER_SORT_FIELDS) {
    for (const sort of [field, `-${field}`]) expect(names('containers', { sort }).names).toHaveLength(3);
  }
  expect(names('containers', { limit: 1, offset: 1 })).toEqual({ total: 3, names: ['sidecar'] });
});

test('flows are counted once a second, and new names are there sooner', () => {
  const counts = new GroupCounts();
  const bare = container('late', { name: null });
  expect(names('containers', { filter: 'late' }, counts).total).toBe(0);
  table.apply(seen(5, 'client', { container: bare }));
  expect(names('containers', { filter: 'late' }, counts, T0 + 100).total).toBe(0);
  expect(names('containers', { filter: 'container:late' }, counts, T0 + 300)).toEqual({
    total: 1,
    names: [null],
  });
  const learnt = { type: 'containers', time: T0, agent: 'a', containers: [container('late')] } as const;
  containers.hear(learnt, HOST_A, T0);
  expect(names('containers', { filter: 'container:late' }, counts, T0 + 600).names).toEqual(['late']);
});
