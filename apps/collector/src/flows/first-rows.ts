/** Keeps the first few of many rows in an order, without sorting all: a heap whose top is the last of those kept. */
import { compareKeys, type SortKey } from './sort-key.js';

export interface RankedRow {
  readonly key: SortKey;
  readonly table: number;
  readonly slot: number;
}

export class FirstRows {
  readonly #heap: RankedRow[] = [];

  constructor(
    readonly limit: number,
    readonly direction: 1 | -1,
  ) {}

  offer(key: SortKey, table: number, slot: number): void {
    const heap = this.#heap;
    if (heap.length < this.limit) {
      heap.push({ key, table, slot });
      this.#rise(heap.length - 1);
    } else if (this.limit > 0 && this.#isBefore(key, table, slot, heap[0]!)) {
      heap[0] = { key, table, slot };
      this.#sink();
    }
  }

  /** The kept rows in order. */
  sorted(): RankedRow[] {
    return this.#heap.toSorted((a, b) => this.#compare(a, b));
  }

  #compare(a: RankedRow, b: RankedRow): number {
    return compareKeys(a.key, b.key, this.direction) || a.table - b.table || a.slot - b.slot;
  }

  #isBefore(key: SortKey, table: number, slot: number, other: RankedRow): boolean {
    const order = compareKeys(key, other.key, this.direction) || table - other.table || slot - other.slot;
    return order < 0;
  }

  #rise(start: number): void {
    const heap = this.#heap;
    let at = start;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#compare(heap[parent]!, heap[at]!) >= 0) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #sink(): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      const left = at * 2 + 1;
      if (left >= heap.length) return;
      const right = left + 1;
      const later = right < heap.length && this.#compare(heap[right]!, heap[left]!) > 0 ? right : left;
      if (this.#compare(heap[later]!, heap[at]!) <= 0) return;
      this.#swap(at, later);
      at = later;
    }
  }

  #swap(a: number, b: number): void {
    const row = this.#heap[a]!;
    this.#heap[a] = this.#heap[b]!;
    this.#heap[b] = row;
  }
}
