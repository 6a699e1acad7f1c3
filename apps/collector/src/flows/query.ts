/** Which flows, in which order, which part of them: the server does it so that only a window goes to a browser. */
import type { FlowQuery, FlowSortField } from '@packetless/live';
import { parseFilter } from '@packetless/model';
import { FirstRows } from './first-rows.js';
import { compilePredicate } from './flow-predicate.js';
import type { FlowRow, FlowTable } from './flow-table.js';
import type { BindPredicate } from './predicate.js';
import { FLAGS, LIVE } from './record-layout.js';
import { sortKeyOf } from './sort-key.js';

export interface CompiledQuery {
  /** Null: all interfaces. */
  readonly interfaceName: string | null;
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
    predicate: filter === null ? null : compilePredicate(filter),
    sortField: (descending ? query.sort.slice(1) : query.sort) as FlowSortField,
    direction: descending ? -1 : 1,
    offset: query.offset,
    limit: query.limit,
  };
}

/** Rows of the window, in order, and how many flows match. Equal ones keep their order from run to run. */
export function runQuery(
  tables: readonly FlowTable[],
  query: CompiledQuery,
): { total: number; rows: FlowRow[] } {
  const first = new FirstRows(query.limit === 0 ? 0 : query.offset + query.limit, query.direction);
  const keyOf = sortKeyOf(query.sortField);
  let total = 0;
  for (const [number, table] of tables.entries()) {
    if (query.interfaceName !== null && table.interfaceName !== query.interfaceName) continue;
    const wanted = query.predicate === null ? null : query.predicate(table);
    const { store } = table;
    for (let slot = 0; slot < store.end; slot++) {
      if (!(store.word(slot, FLAGS) & LIVE) || (wanted !== null && !wanted(slot))) continue;
      total++;
      first.offer(keyOf(store, slot), number, slot);
    }
  }
  const window = first.sorted().slice(query.offset, query.offset + query.limit);
  return { total, rows: window.map(({ table, slot }) => tables[table]!.row(slot)) };
}
