/** Which containers, pods, namespaces or workloads, in which order, which part of them. */
import type { ContainerGroupKind, ContainerSortField, ContainersQuery } from '@packetless/live';
import { compileEventFilter, FilterError, parseFilter } from '@packetless/model';
import { compareKeys, type SortKey } from '../flows/sort-key.js';
import type { Interface } from '../interfaces/interface.js';
import type { ContainerGroup } from './container-group.js';
import { cpuMilliseconds, type GroupCounts, took } from './group-counts.js';

export interface CompiledContainersQuery {
  readonly kind: ContainerGroupKind;
  readonly wants: ((group: ContainerGroup) => boolean) | null;
  readonly keyOf: (group: ContainerGroup) => SortKey;
  readonly direction: 1 | -1;
  readonly offset: number;
  readonly limit: number;
}

/** Throws a FilterError that says where the filter is wrong. */
export function compileContainersQuery(
  kind: ContainerGroupKind,
  query: ContainersQuery,
): CompiledContainersQuery {
  const node = parseFilter(query.filter ?? '');
  const descending = query.sort.startsWith('-');
  return {
    kind,
    wants: node === null ? null : compileEventFilter(node, NO_EVENTS).group,
    keyOf: keyOf((descending ? query.sort.slice(1) : query.sort) as ContainerSortField),
    direction: descending ? -1 : 1,
    offset: query.offset,
    limit: query.limit,
  };
}

const NO_EVENTS = { isLocal: () => false, witnessName: () => null, durationOf: () => null };

/** Nothing else happens while a filter is worked out. */
const FILTER_MS = 2000;
/** Groups between two looks at the clock. */
const STRIDE = 64;

/**
 * Those of the window, in order, and how many match. Equal ones are in an order of their own.
 * Throws a FilterError when the filter takes too long.
 */
export function runContainersQuery(
  counts: GroupCounts,
  interfaces: readonly Interface[],
  query: CompiledContainersQuery,
  now: number,
): { total: number; groups: ContainerGroup[] } {
  const found: { readonly key: SortKey; readonly group: ContainerGroup }[] = [];
  const counted = counts.read(query.kind, interfaces, now);
  const start = cpuMilliseconds();
  const deadline = performance.now() + FILTER_MS;
  let looked = 0;
  for (const group of counted.groups) {
    if (++looked % STRIDE === 0 && performance.now() > deadline) {
      throw new FilterError(
        `This filter takes too long over ${looked} ${query.kind}; use fewer or simpler terms.`,
        0,
      );
    }
    if (query.wants === null || query.wants(group)) found.push({ key: query.keyOf(group), group });
  }
  found.sort((a, b) => compareKeys(a.key, b.key, query.direction) || compareGroups(a.group, b.group));
  const window = found.slice(query.offset, query.offset + query.limit);
  took(counted, cpuMilliseconds() - start);
  return { total: found.length, groups: window.map(({ group }) => group) };
}

function keyOf(field: ContainerSortField): (group: ContainerGroup) => SortKey {
  switch (field) {
    case 'name':
    case 'pod':
    case 'namespace':
    case 'workload':
    case 'containers':
      return ({ summary }) => summary[field];
    case 'image':
      return ({ summary }) => summary.images[0] ?? null;
    case 'runtime':
      return ({ summary }) => summary.runtimes[0] ?? null;
    case 'host':
      return ({ summary }) => summary.hosts[0]?.name ?? null;
    case 'flows':
    case 'failed':
      return ({ tally }) => tally[field];
    case 'client':
      return ({ tally }) => tally.asClient;
    case 'server':
      return ({ tally }) => tally.asServer;
    case 'bytes':
    case 'sent':
    case 'received':
    case 'retransmits':
    case 'lastSeen':
      return numeric(({ tally }) => tally[field]);
    case 'rtt':
      return numeric((group) => group.roundTrip);
  }
}

function numeric(read: (group: ContainerGroup) => number): (group: ContainerGroup) => SortKey {
  return (group) => {
    const value = read(group);
    return Number.isNaN(value) ? null : value;
  };
}

/** By name, namespace and pod. */
function compareGroups(a: ContainerGroup, b: ContainerGroup): number {
  const [x, y] = [a.summary, b.summary];
  return (
    compareKeys(x.name, y.name, 1) ||
    compareKeys(x.namespace, y.namespace, 1) ||
    compareKeys(x.pod, y.pod, 1) ||
    compareKeys(a.key, b.key, 1)
  );
}
