/** Which container a cgroup belongs to, by the cgroup's id; those of removed cgroups stay for a while. */
import type { Entry } from './entry.js';

/** A container may make cgroups of its own, as many as it likes. */
const MAX_OF_ONE = 1024;
const MAX_OF_ALL = 65_536;

export class Cgroups {
  readonly #entries = new Map<number, Entry>();
  /** When they were removed, the earliest first. */
  readonly #removed = new Map<number, number>();

  get size(): number {
    return this.#entries.size;
  }

  get(cgroupId: number): Entry | undefined {
    return this.#entries.get(cgroupId);
  }

  /** False when there is no room for it. */
  add(cgroupId: number, entry: Entry): boolean {
    this.delete(cgroupId);
    if (entry.cgroups.size >= MAX_OF_ONE || this.#entries.size >= MAX_OF_ALL) return false;
    this.#entries.set(cgroupId, entry);
    entry.cgroups.add(cgroupId);
    return true;
  }

  /** Its processes are gone; their last events may be still to come. */
  removed(cgroupId: number, now: number): Entry | undefined {
    const entry = this.#entries.get(cgroupId);
    if (entry === undefined || !entry.cgroups.delete(cgroupId)) return undefined;
    this.#removed.set(cgroupId, now);
    return entry;
  }

  delete(cgroupId: number): void {
    this.#entries.get(cgroupId)?.cgroups.delete(cgroupId);
    this.#entries.delete(cgroupId);
    this.#removed.delete(cgroupId);
  }

  /** The entry was taken out of the directory. */
  deleteAllOf(entry: Entry): void {
    for (const cgroupId of entry.cgroups) this.delete(cgroupId);
  }

  expire(before: number): void {
    for (const [cgroupId, since] of this.#removed) {
      if (since > before) return;
      this.delete(cgroupId);
    }
  }
}
