/**
 * Texts of 16-byte fields. Names of tasks, interfaces and addresses repeat from record to record, and making a
 * string of bytes costs ten times as much as recognising them. Direct-mapped, so it never grows.
 */
export class FieldCache {
  readonly #words = new Uint32Array(SLOTS * 4);
  readonly #texts: (string | undefined)[] = new Array(SLOTS).fill(undefined);
  readonly #decode: (bytes: Buffer, at: number) => string;

  constructor(decode: (bytes: Buffer, at: number) => string) {
    this.#decode = decode;
  }

  /** `view` and `bytes` show the same memory, of which 16 bytes from `at` are the field. */
  get(view: DataView, bytes: Buffer, at: number): string {
    const a = view.getUint32(at, true);
    const b = view.getUint32(at + 4, true);
    const c = view.getUint32(at + 8, true);
    const d = view.getUint32(at + 12, true);
    const slot = Math.imul(a ^ Math.imul(b, 3) ^ Math.imul(c, 5) ^ Math.imul(d, 7), GOLDEN) >>> SHIFT;
    const words = this.#words;
    const known = this.#texts[slot];
    const word = slot * 4;
    if (
      known !== undefined &&
      words[word] === a &&
      words[word + 1] === b &&
      words[word + 2] === c &&
      words[word + 3] === d
    ) {
      return known;
    }
    const text = this.#decode(bytes, at);
    words[word] = a;
    words[word + 1] = b;
    words[word + 2] = c;
    words[word + 3] = d;
    this.#texts[slot] = text;
    return text;
  }
}

const SLOTS = 1024;
const SHIFT = 32 - Math.log2(SLOTS);
/** 2^32 divided by the golden ratio: spreads neighbouring values (Knuth, volume 3, 6.4). */
const GOLDEN = 0x9e3779b1;
