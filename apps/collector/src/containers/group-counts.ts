/** What the flows of containers, pods, namespaces and workloads amount to, counted when somebody wants to know. */
import type { ContainerGroupKind } from '@packetless/live';
import type { FlowTable } from '../flows/flow-table.js';
import { FLAGS, IDENTITY, LIVE } from '../flows/record-layout.js';
import type { Interface } from '../interfaces/interface.js';
import type { ContainerGroup } from './container-group.js';
import { Grouping } from './grouping.js';

/** Counting looks at every flow, so it is done once in so long, whoever asks, and takes this part of the time at most. */
const FRESH_MS = 1000;
const MAX_LOAD = 0.05;
/** Kinds, by interface and together, that are counted at a time. */
const MAX_COUNTS = 64;

export interface Counted {
  readonly groups: readonly ContainerGroup[];
  readonly at: number;
  readonly revision: number;
  /** For so long it is not counted again. */
  freshMs: number;
}

export class GroupCounts {
  readonly #counted = new Map<string, Counted>();

  read(kind: ContainerGroupKind, interfaces: readonly Interface[], now: number): Counted {
    const key = [kind, ...interfaces.map(({ name }) => name)].join('\n');
    const known = this.#counted.get(key);
    const revision = interfaces.reduce((sum, { containers }) => sum + containers.revision, 0);
    if (known !== undefined && now >= known.at && now - known.at < known.freshMs) {
      // New names do not wait as long as new numbers, unless they come without end.
      if (known.revision === revision || now - known.at < known.freshMs / 4) return known;
    }
    const start = cpuMilliseconds();
    const groups = countGroups(kind, interfaces);
    const counted = { groups, at: now, revision, freshMs: FRESH_MS };
    took(counted, cpuMilliseconds() - start);
    if (this.#counted.size >= MAX_COUNTS) this.#counted.clear();
    this.#counted.set(key, counted);
    return counted;
  }
}

/** Of this process: what others do meanwhile costs us nothing. */
export function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** What was counted took so long to count, to choose from or to put in order: the longer, the less often. */
export function took(counted: Counted, milliseconds: number): void {
  counted.freshMs = Math.max(counted.freshMs, milliseconds / MAX_LOAD);
}

export function countGroups(
  kind: ContainerGroupKind,
  interfaces: readonly Pick<Interface, 'table' | 'containers'>[],
): readonly ContainerGroup[] {
  const grouping = new Grouping(
    kind,
    interfaces.flatMap(({ containers }) => [...containers.all()]),
  );
  // Each alone counts all that it shows; together none of it twice.
  const together = interfaces.length > 1;
  for (const { table } of interfaces) countFlows(table, grouping, together);
  return [...grouping.groups()];
}

/** A flow counts for the group of either end, and once for a group that has both. */
function countFlows(table: FlowTable, grouping: Grouping, together: boolean): void {
  const { store } = table;
  const known: (ContainerGroup | null | undefined)[] = [null];
  const groupOf = (reference: number): ContainerGroup | null => {
    const found = known[reference];
    if (found !== undefined) return found;
    const container = store.identities.get(reference)?.container ?? null;
    const group = container === null ? null : grouping.groupOf(container);
    known[reference] = group;
    return group;
  };
  for (let slot = 0; slot < store.end; slot++) {
    if (!(store.word(slot, FLAGS) & LIVE) || (together && table.isShownElsewhere(slot))) continue;
    const client = groupOf(store.word(slot, IDENTITY));
    const server = groupOf(store.word(slot, IDENTITY + 1));
    if (client !== null) client.count(store, slot, true, client === server);
    if (server !== null && server !== client) server.count(store, slot, false, true);
  }
}
