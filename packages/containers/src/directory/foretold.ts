/** Containers that a runtime told of before any cgroup of theirs was seen; as many as are started at once, roughly. */
import type { Entry } from './entry.js';

const MAX_FORETOLD = 256;

export class Foretold {
  readonly #entries = new Map<string, Entry>();

  /** Gives back what has to make room for it. */
  add(entry: Entry): Entry | null {
    this.#entries.set(entry.key, entry);
    if (this.#entries.size <= MAX_FORETOLD) return null;
    const [oldest] = this.#entries.values();
    this.#entries.delete(oldest!.key);
    return oldest!;
  }

  has(entry: Entry): boolean {
    return this.#entries.has(entry.key);
  }

  /** It came true, or was forgotten. Whether it was foretold. */
  delete(entry: Entry): boolean {
    return this.#entries.delete(entry.key);
  }
}
