/** Both addresses of each IPv6 flow, 32 bytes a pair, so that IPv4 flows need not carry room for them. */

export const PAIR_WORDS = 8;
const PAGE_PAIRS = 4096;

export class AddressPairs {
  readonly #pages: Uint32Array[] = [];
  readonly #free: number[] = [];
  #high = 0;

  /** Stores eight words, client's four first; returns their place. */
  add(words: Uint32Array): number {
    const pair = this.#free.pop() ?? this.#high++;
    const page = Math.floor(pair / PAGE_PAIRS);
    this.#pages[page] ??= new Uint32Array(PAGE_PAIRS * PAIR_WORDS);
    this.#pages[page].set(words, (pair % PAGE_PAIRS) * PAIR_WORDS);
    return pair;
  }

  word(pair: number, index: number): number {
    return this.#pages[Math.floor(pair / PAGE_PAIRS)]![(pair % PAGE_PAIRS) * PAIR_WORDS + index]!;
  }

  /** Client and server change places. */
  flip(pair: number): void {
    const page = this.#pages[Math.floor(pair / PAGE_PAIRS)]!;
    const at = (pair % PAGE_PAIRS) * PAIR_WORDS;
    for (let index = at; index < at + 4; index++) {
      const word = page[index]!;
      page[index] = page[index + 4]!;
      page[index + 4] = word;
    }
  }

  remove(pair: number): void {
    this.#free.push(pair);
  }

  get retainedBytes(): number {
    return this.#pages.length * PAGE_PAIRS * PAIR_WORDS * 4 + this.#free.length * 8;
  }
}
