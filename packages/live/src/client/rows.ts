/** The rows of one view, kept up to date from snapshots and deltas. Rows that did not change stay the same object. */
import type { UpdateMessage } from '../messages.js';
import { type RowOf, rowIds, type ViewKind } from './row-id.js';

export type Applied =
  /** `changed`: how many rows are new or changed. */
  | { readonly outcome: 'applied'; readonly changed: number }
  /** An update is missing before this one, so only a snapshot can help. */
  | { readonly outcome: 'gap' };

export class ViewRows<Kind extends ViewKind> {
  readonly #rows = new Map<string, RowOf<Kind>>();
  #order: readonly string[] = [];
  #sequence: number | null = null;

  constructor(readonly kind: Kind) {}

  /** A fresh array, in the view's order. */
  list(): RowOf<Kind>[] {
    const list: RowOf<Kind>[] = [];
    for (const id of this.#order) {
      const row = this.#rows.get(id);
      if (row !== undefined) list.push(row);
    }
    return list;
  }

  apply(message: UpdateMessage): Applied {
    const { kind, rows: content } = message.content;
    const ids = kind === this.kind ? rowIds(kind, content) : null;
    if (ids === null) return { outcome: 'gap' };
    // TypeScript does not narrow a type parameter by the comparison above.
    const rows = content as unknown as readonly RowOf<Kind>[];
    if (message.type === 'snapshot') {
      this.#rows.clear();
      this.#order = ids;
    } else {
      if (this.#sequence === null || message.sequence !== this.#sequence + 1) return { outcome: 'gap' };
      if (message.order !== null) this.#order = message.order;
    }
    this.#sequence = message.sequence;
    for (const [index, id] of ids.entries()) this.#rows.set(id, rows[index]!);
    if (message.type === 'delta' && message.order !== null) this.#forgetAllBut(message.order);
    return { outcome: 'applied', changed: rows.length };
  }

  #forgetAllBut(order: readonly string[]): void {
    const kept = new Set(order);
    for (const id of this.#rows.keys()) if (!kept.has(id)) this.#rows.delete(id);
  }
}
