/** Which flows, in which order, which part of them: the server does it so that only a window goes to a browser. */
import type { FlowQuery, FlowSortField } from '@packetless/live';
import { FilterError, mentionedFields, parseFilter } from '@packetless/model';
import { FirstRows } from './first-rows.js';
import { compilePredicate } from './flow-predicate.js';
import type { FlowRow, FlowTable } from './flow-table.js';
import type { BindPredicate } from './predicate.js';
import { FLAGS, LIVE } from './record-layout.js';
import { sortKeyOf } from './sort-key.js';

export interface CompiledQuery {
  /** Null: all interfaces. */
  readonly interfaceName: string | null;
  /** All interfaces together: a conversation that several show is listed on the packet interface only. */
  readonly combined: boolean;
  /** Null: all flows. */
  readonly predicate: BindPredicate | null;
  readonly sortField: FlowSortField;
  readonly direction: 1 | -1;
  readonly offset: number;
  readonly limit: number;
}

/** Throws a FilterError that says where the filter is wrong. */
export function compileQuery(query: FlowQuery): CompiledQuery {
  const filter = parseFilter(query.filter ?? '');
  const descending = query.sort.startsWith('-');
  return {
    interfaceName: query.interface ?? null,
    combined: query.interface === undefined && !(filter !== null && mentionedFields(filter).has('interface')),
    predicate: filter === null ? null : compilePredicate(filter),
    sortField: (descending ? query.sort.slice(1) : query.sort) as FlowSortField,
    direction: descending ? -1 : 1,
    offset: query.offset,
    limit: query.limit,
  };
}

/** Nothing else happens while a filter is worked out, so it gets this long, and in large tables this long a flow. */
const FILTER_MS = 2000;
const FILTER_MS_PER_FLOW = 0.008;
/** Flows between two looks at the clock. */
const STRIDE = 256;

/**
 * Rows of the window, in order, and how many flows match. Equal ones keep their order from run to run.
 * Throws a FilterError when the filter takes too long.
 */
export function runQuery(
  tables: readonly FlowTable[],
  query: CompiledQuery,
): { total: number; rows: FlowRow[] } {
  const first = new FirstRows(query.limit === 0 ? 0 : query.offset + query.limit, query.direction);
  const keyOf = sortKeyOf(query.sortField);
  const deadline = query.predicate === null ? Infinity : deadlineFor(tables);
  let total = 0;
  for (const [number, table] of tables.entries()) {
    if (query.interfaceName !== null && table.interfaceName !== query.interfaceName) continue;
    const wanted = query.predicate === null ? null : query.predicate(table);
    const { store } = table;
    for (let slot = 0; slot < store.end; slot++) {
      if (slot % STRIDE === 0 && performance.now() > deadline) throw tooCostly(tables);
      if (!(store.word(slot, FLAGS) & LIVE) || (query.combined && table.isShownElsewhere(slot))) continue;
      if (wanted !== null && !wanted(slot)) continue;
      total++;
      first.offer(keyOf(store, slot), number, slot);
    }
  }
  const window = first.sorted().slice(query.offset, query.offset + query.limit);
  return { total, rows: window.map(({ table, slot }) => tables[table]!.row(slot)) };
}

/** On the clock of `performance.now()`. */
function deadlineFor(tables: readonly FlowTable[]): number {
  const places = tables.reduce((sum, { store }) => sum + store.end, 0);
  return performance.now() + Math.max(FILTER_MS, places * FILTER_MS_PER_FLOW);
}

function tooCostly(tables: readonly FlowTable[]): FilterError {
  const flows = tables.reduce((sum, { size }) => sum + size, 0);
  return new FilterError(`This filter takes too long over ${flows} flows; use fewer or simpler terms.`, 0);
}
