/** Open addressing with linear probing over one Uint32Array: from a hash to the places of flows that may have it. */

const MIN_ENTRIES = 16;

/**
 * An entry holds a place + 1 in its lower bits and, above them, bits that depend on the whole hash, so that most
 * other entries are passed over without a look at their flow. 0 is empty. At most every second entry is used.
 * Allocated once for the table's capacity: 8 bytes a flow, and no pause to grow.
 */
export class KeyIndex {
  readonly #entries: Uint32Array;
  readonly #size: number;
  /** Entries for each value of a hash. */
  readonly #share: number;
  readonly #placeMask: number;

  constructor(capacity: number) {
    this.#size = Math.max(MIN_ENTRIES, capacity * 2);
    this.#share = this.#size / 2 ** 32;
    this.#entries = new Uint32Array(this.#size);
    this.#placeMask = 2 ** Math.ceil(Math.log2(capacity + 2)) - 1;
  }

  /** Writes places whose hash looks like this one, at most as many as fit; returns how many. */
  find(hash: number, into: Int32Array): number {
    const entries = this.#entries;
    const tag = this.#tag(hash);
    let count = 0;
    for (let at = this.#home(hash); entries[at] !== 0 && count < into.length; at = this.#next(at)) {
      const entry = entries[at]!;
      if ((entry & ~this.#placeMask) === tag) into[count++] = (entry & this.#placeMask) - 1;
    }
    return count;
  }

  insert(hash: number, place: number): void {
    let at = this.#home(hash);
    while (this.#entries[at] !== 0) at = this.#next(at);
    this.#entries[at] = this.#tag(hash) | (place + 1);
  }

  /** Takes a place out and moves later entries of its chain up. `hashOf` gives the hash of a place. */
  remove(hash: number, place: number, hashOf: (place: number) => number): void {
    const entries = this.#entries;
    let hole = this.#home(hash);
    while ((entries[hole]! & this.#placeMask) !== place + 1) {
      if (entries[hole] === 0) throw new Error(`flow ${place} is not in the index`);
      hole = this.#next(hole);
    }
    for (let at = this.#next(hole); entries[at] !== 0; at = this.#next(at)) {
      const home = this.#home(hashOf((entries[at]! & this.#placeMask) - 1));
      // An entry may move to the hole only if the hole is not before its home.
      if (this.#distance(home, at) >= this.#distance(hole, at)) {
        entries[hole] = entries[at]!;
        hole = at;
      }
    }
    entries[hole] = 0;
  }

  get retainedBytes(): number {
    return this.#entries.byteLength;
  }

  /** Mostly from the upper bits. */
  #home(hash: number): number {
    return Math.floor(hash * this.#share);
  }

  /** Above the bits for places; entries that are near each other have the same upper bits, so all take part. */
  #tag(hash: number): number {
    return Math.imul(hash, 0x9e3779b1) & ~this.#placeMask;
  }

  #next(at: number): number {
    return at + 1 === this.#size ? 0 : at + 1;
  }

  /** How far it is on from one entry to another. */
  #distance(from: number, to: number): number {
    return to >= from ? to - from : to - from + this.#size;
  }
}
