import type { Row } from '../activity/groups.js';
import type { SortKey } from './columns.js';

export interface Order {
  readonly key: SortKey;
  /** The other way round than usual: numbers from the smallest, names from the end. */
  readonly reversed: boolean;
}

/** A new list. What is not known comes last, whichever way round; equals keep the order of their traffic and name. */
export function sorted(rows: readonly Row[], { key, reversed }: Order): Row[] {
  const read = READ[key];
  const direction = reversed ? -1 : 1;
  return [...rows].sort((a, b) => compare(read(a), read(b), direction) || byTraffic(a, b));
}

type Value = number | string | null;

function compare(a: Value, b: Value, direction: 1 | -1): number {
  if (a === null || b === null) return (a === null ? 1 : 0) - (b === null ? 1 : 0);
  if (typeof a === 'number' && typeof b === 'number') return (b - a) * direction;
  return compareText(String(a), String(b)) * direction;
}

function byTraffic(a: Row, b: Row): number {
  return traffic(b) - traffic(a) || b.open - a.open || compareText(a.key, b.key);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function traffic({ outPerSecond, inPerSecond }: Row): number {
  return outPerSecond + inPerSecond;
}

const READ: { readonly [key in SortKey]: (row: Row) => Value } = {
  traffic,
  name: ({ name }) => name.toLowerCase(),
  pid: ({ process }) => (process === null ? null : -process.pid),
  user: ({ process }) => process?.user ?? null,
  out: ({ outPerSecond }) => outPerSecond,
  in: ({ inPerSecond }) => inPerSecond,
  rtt: ({ rttMs }) => rttMs,
  retransmits: ({ retransmitsPerSecond }) => retransmitsPerSecond,
  open: ({ open }) => open,
  new: ({ openedPerSecond }) => openedPerSecond,
  failed: ({ failedPerSecond }) => failedPerSecond,
  listening: ({ listening }) => listening,
  command: ({ process }) => process?.cmdline ?? null,
};
