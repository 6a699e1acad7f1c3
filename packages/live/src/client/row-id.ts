/** The id by which `order` and deltas speak of a row: an interface's name, the one health's `health`, else its `id`. */
import type { Rows, Subscription } from '../messages.js';

export type ViewKind = Subscription['kind'];
/** A row of a view of that kind. */
export type RowOf<Kind extends ViewKind> = Extract<Rows, { kind: Kind }>['rows'][number];

export const HEALTH_ROW_ID = 'health';

/** The ids of all rows, in their order; null when one of them has none. */
export function rowIds(kind: ViewKind, rows: readonly unknown[]): string[] | null {
  const ids: string[] = [];
  for (const row of rows) {
    const id = rowId(kind, row);
    if (id === null) return null;
    ids.push(id);
  }
  return ids;
}

function rowId(kind: ViewKind, row: unknown): string | null {
  if (typeof row !== 'object' || row === null) return null;
  if (kind === 'health') return HEALTH_ROW_ID;
  const id: unknown = kind === 'interfaces' ? (row as { name?: unknown }).name : (row as { id?: unknown }).id;
  return typeof id === 'string' ? id : null;
}
