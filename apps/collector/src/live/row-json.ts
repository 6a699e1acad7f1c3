/** Rows as JSON text, written once per revision however many clients, views and requests want them. */

/** Another one whenever a row has changed. */
export type Revision = number | string;

/** A row that is written only when its text is wanted. */
export interface Row {
  readonly id: string;
  readonly revision: Revision;
  json(): string;
}

/** Enough for several full views; beyond that rows are written again. */
const MAX_ROWS = 20_000;
/** Rows that senders made long fill it earlier. */
const MAX_CHARACTERS = 1 << 25;

/**
 * Two generations: rows of the younger one were wanted since the last turn, rows of the older one are
 * forgotten at the next.
 */
export class RowJsonCache {
  #young = new Map<string, { readonly revision: Revision; readonly text: string }>();
  #old = new Map<string, { readonly revision: Revision; readonly text: string }>();

  /** Of the younger generation. */
  #characters = 0;

  constructor(
    private readonly capacity = MAX_ROWS,
    private readonly maxCharacters = MAX_CHARACTERS,
  ) {}

  /** The text of a row; `write` makes it when it is not known at this revision. */
  get(id: string, revision: Revision, write: () => string): string {
    const known = this.#young.get(id);
    if (known?.revision === revision) return known.text;
    const older = this.#old.get(id);
    const entry = older?.revision === revision ? older : { revision, text: write() };
    this.#old.delete(id);
    this.#young.set(id, entry);
    this.#characters += entry.text.length - (known?.text.length ?? 0);
    if (this.#young.size >= this.capacity / 2 || this.#characters >= this.maxCharacters / 2) this.turn();
    return entry.text;
  }

  /** Forgets rows that nobody has wanted since the turn before. */
  turn(): void {
    this.#old = this.#young;
    this.#young = new Map();
    this.#characters = 0;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }
}
