/** All containers that are kept: bounded in number and bytes, the oldest that is gone gives way first. */
import { bytesOf, type Entry } from './entry.js';

export interface Bounds {
  readonly containers: number;
  readonly bytes: number;
}

export class Entries {
  readonly #byKey = new Map<string, Entry>();
  /** Without a living cgroup, the one unused for longest first. */
  readonly #idle = new Map<string, Entry>();
  readonly #bytes = new Map<Entry, number>();
  #totalBytes = 0;

  /** `evicted` is told what had to give way, after it was taken out. */
  constructor(
    readonly bounds: Bounds,
    readonly evicted: (entry: Entry) => void,
  ) {}

  get size(): number {
    return this.#byKey.size;
  }

  get bytes(): number {
    return this.#totalBytes;
  }

  get(key: string): Entry | undefined {
    return this.#byKey.get(key);
  }

  values(): IterableIterator<Entry> {
    return this.#byKey.values();
  }

  add(entry: Entry): void {
    this.#byKey.set(entry.key, entry);
    this.changed(entry);
    this.used(entry, entry.usedAt);
  }

  /** To be called when the entry's container was replaced. */
  changed(entry: Entry): void {
    if (!this.has(entry)) return;
    const bytes = bytesOf(entry);
    this.#totalBytes += bytes - (this.#bytes.get(entry) ?? 0);
    this.#bytes.set(entry, bytes);
    while (this.#byKey.size > this.bounds.containers || this.#totalBytes > this.bounds.bytes) {
      const [oldest] = this.#idle.size > 0 ? this.#idle.values() : this.#byKey.values();
      if (oldest === undefined) return;
      this.remove(oldest);
      this.evicted(oldest);
    }
  }

  /** To be called when its cgroups changed or somebody asked for it. */
  used(entry: Entry, now: number): void {
    entry.usedAt = now;
    this.#idle.delete(entry.key);
    if (entry.cgroups.size === 0 && this.has(entry)) this.#idle.set(entry.key, entry);
  }

  has(entry: Entry): boolean {
    return this.#byKey.get(entry.key) === entry;
  }

  remove(entry: Entry): void {
    if (!this.has(entry)) return;
    this.#byKey.delete(entry.key);
    this.#idle.delete(entry.key);
    this.#totalBytes -= this.#bytes.get(entry) ?? 0;
    this.#bytes.delete(entry);
  }

  /** Takes out what was unused since `before`. */
  *expire(before: number): Generator<Entry> {
    for (const entry of this.#idle.values()) {
      if (entry.usedAt > before) return;
      this.remove(entry);
      yield entry;
    }
  }
}
