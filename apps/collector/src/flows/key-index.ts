/** Open addressing with linear probing over one Uint32Array: from a hash to the places of flows that may have it. */

/**
 * An entry holds a place + 1 in its lower bits and, above them, the upper bits of the hash, so that most other
 * entries are passed over without a look at their flow. 0 is empty. At most every second entry is used.
 * Allocated once for the table's capacity: 8 bytes a flow, and no pause to grow.
 */
export class KeyIndex {
  readonly #entries: Uint32Array;
  readonly #mask: number;
  readonly #placeMask: number;

  constructor(capacity: number) {
    const size = 2 ** Math.max(4, Math.ceil(Math.log2(capacity * 2)));
    this.#entries = new Uint32Array(size);
    this.#mask = size - 1;
    this.#placeMask = 2 ** Math.ceil(Math.log2(capacity + 2)) - 1;
  }

  /** Writes places whose hash looks like this one, at most as many as fit; returns how many. */
  find(hash: number, into: Int32Array): number {
    const tag = (hash & ~this.#placeMask) >>> 0;
    let count = 0;
    for (
      let at = this.#home(hash);
      this.#entries[at] !== 0 && count < into.length;
      at = (at + 1) & this.#mask
    ) {
      const entry = this.#entries[at]!;
      if ((entry & ~this.#placeMask) >>> 0 === tag) into[count++] = (entry & this.#placeMask) - 1;
    }
    return count;
  }

  insert(hash: number, place: number): void {
    let at = this.#home(hash);
    while (this.#entries[at] !== 0) at = (at + 1) & this.#mask;
    this.#entries[at] = (hash & ~this.#placeMask) | (place + 1);
  }

  /** Takes a place out and moves later entries of its chain up. `hashOf` gives the hash of a place. */
  remove(hash: number, place: number, hashOf: (place: number) => number): void {
    let hole = this.#home(hash);
    while ((this.#entries[hole]! & this.#placeMask) !== place + 1) {
      if (this.#entries[hole] === 0) throw new Error(`flow ${place} is not in the index`);
      hole = (hole + 1) & this.#mask;
    }
    for (let at = (hole + 1) & this.#mask; this.#entries[at] !== 0; at = (at + 1) & this.#mask) {
      const home = this.#home(hashOf((this.#entries[at]! & this.#placeMask) - 1));
      // An entry may move to the hole only if the hole is not before its home.
      if (((at - home) & this.#mask) >= ((at - hole) & this.#mask)) {
        this.#entries[hole] = this.#entries[at]!;
        hole = at;
      }
    }
    this.#entries[hole] = 0;
  }

  get retainedBytes(): number {
    return this.#entries.byteLength;
  }

  /** From the lower bits; the upper ones are the tag. */
  #home(hash: number): number {
    return hash & this.#mask;
  }
}
