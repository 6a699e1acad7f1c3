/** JSON written by hand, member by member: several times faster than making objects for JSON.stringify. */

const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const DOT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;
const FIRST_BEYOND_ASCII = 0x80;

/** Bytes that a UTF-16 unit may need: `\u0001`. */
const MAX_UNIT_BYTES = 6;
/** For what is not text: keys, numbers, braces. */
const RESERVE = 4096;
const MAX_INT32 = 0x7fff_ffff;
const WORD = 4;
const FEW_WORDS = 32;

/** Bytes to write as they are, four at a time. */
export interface Literal {
  /** Little-endian; behind `length` bytes may stand anything. */
  readonly words: Uint32Array;
  readonly length: number;
}

/** Such as a key: `"KEY":`. ASCII only. */
export function literal(text: string): Literal {
  const bytes = Buffer.alloc(Math.ceil(text.length / WORD) * WORD);
  bytes.write(text, 'latin1');
  const words = Array.from({ length: bytes.length / WORD }, (_, index) => bytes.readUInt32LE(index * WORD));
  return { words: Uint32Array.from(words), length: text.length };
}

/** A text as it goes over the wire. */
export interface EncodedMessage {
  readonly text: string;
  /** Length of the text in UTF-8. */
  readonly size: number;
}

/** Room for members that are to be written again; used anew whenever others take their place. */
export class Piece {
  words = new Uint32Array(FEW_WORDS);
  length = 0;
  ascii = true;
}

/**
 * Writes one JSON text after another into the same memory. After every member stands a comma, which gives way
 * when its object is closed. A text for which there is no memory is left out, which `overflowed` tells.
 *
 *     const PID = literal('"PID":');
 *     writer.begin();
 *     writer.number(PID, 1);
 *     writer.end();
 *     writer.toString(); // {"PID":1}
 */
export class JsonWriter {
  readonly #memory: Buffer;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #textEnd: number;
  #start = 0;
  #at = 0;
  #ascii = true;
  #overflowed = false;

  constructor(capacity: number) {
    this.#memory = Buffer.allocUnsafeSlow(capacity);
    this.#bytes = new Uint8Array(this.#memory.buffer);
    this.#view = new DataView(this.#memory.buffer);
    this.#textEnd = capacity - RESERVE;
  }

  /** Bytes of the text so far. */
  get length(): number {
    return this.#at - this.#start;
  }

  get overflowed(): boolean {
    return this.#overflowed;
  }

  /** Starts a new text. What the memory holds before `at` stays. */
  begin(at = 0): void {
    this.#start = at;
    this.#at = at;
    this.#ascii = true;
    this.#overflowed = false;
    this.#bytes[this.#at++] = BRACE_OPEN;
  }

  /** Closes the outermost object. */
  end(): void {
    this.close();
    this.#at--;
  }

  /** What was written, of `length` bytes in UTF-8. */
  toString(): string {
    return this.#memory.toString(this.#ascii ? 'latin1' : 'utf8', this.#start, this.#at);
  }

  /** All that was written, and what stands between. */
  get memory(): Buffer {
    return this.#memory;
  }

  /** Every byte of the text is a character. */
  get ascii(): boolean {
    return this.#ascii;
  }

  /** Puts a byte between texts. */
  put(at: number, byte: number): void {
    this.#bytes[at] = byte;
  }

  /** Moves the text to another place in the memory. */
  move(to: number): void {
    this.#bytes.copyWithin(to, this.#start, this.#at);
    this.#at += to - this.#start;
    this.#start = to;
  }

  open(key: Literal): void {
    this.literal(key);
    this.#bytes[this.#at++] = BRACE_OPEN;
  }

  close(): void {
    const bytes = this.#bytes;
    if (bytes[this.#at - 1] === COMMA) this.#at--;
    bytes[this.#at++] = BRACE_CLOSE;
    bytes[this.#at++] = COMMA;
  }

  /** As `close`; an object without members is taken back, key and all. `start` is the `length` before `open`. */
  closeUnlessEmpty(start: number): void {
    if (this.#bytes[this.#at - 1] === BRACE_OPEN) this.#at = this.#start + start;
    else this.close();
  }

  /** What is written next takes the place of what the last word may have too much. */
  literal({ words, length }: Literal): void {
    const view = this.#view;
    const start = this.#at;
    for (let at = 0; at < length; at += WORD) view.setUint32(start + at, words[at >> 2]!, true);
    this.#at = start + length;
  }

  /** A number that no reader could make sense of is left out: JSON would turn NaN into null, which ends a peer. */
  number(key: Literal, value: number | null): void {
    if (value === null || !(value >= 0 && value < Number.POSITIVE_INFINITY)) return;
    this.literal(key);
    if ((value | 0) === value) this.#whole(value);
    else this.#fraction(value);
    this.#bytes[this.#at++] = COMMA;
  }

  /** Null: not known, so left out. */
  text(key: Literal, value: string | null): void {
    if (value === null) return;
    this.literal(key);
    this.#quoted(value);
    this.#bytes[this.#at++] = COMMA;
  }

  /** A member whose key is anybody's text. */
  textBy(key: string, value: string): void {
    this.#quoted(key);
    this.#bytes[this.#at++] = COLON;
    this.#quoted(value);
    this.#bytes[this.#at++] = COMMA;
  }

  /** Epoch milliseconds as `"sec.usec"`; a peer reads it with `%u.%u`, so always six digits after the point. */
  timestamp(key: Literal, time: number): void {
    this.literal(key);
    const microseconds = Math.max(0, Math.round(time * 1000));
    const seconds = Math.floor(microseconds / 1e6);
    this.#bytes[this.#at++] = QUOTE;
    if (seconds <= MAX_INT32) this.#whole(seconds);
    else this.#plain(String(seconds));
    this.#bytes[this.#at++] = DOT;
    this.#digits(microseconds - seconds * 1e6, 6);
    this.#bytes[this.#at++] = QUOTE;
    this.#bytes[this.#at++] = COMMA;
  }

  /** Writes again what `keep` took. */
  piece(piece: Piece): void {
    if (this.#at + piece.length > this.#textEnd) {
      this.#overflowed = true;
      return;
    }
    this.literal(piece);
    if (!piece.ascii) this.#ascii = false;
  }

  /** Takes a copy of what was written between two values of `length`. */
  keep(piece: Piece, start: number, end: number): void {
    const view = this.#view;
    const from = this.#start + start;
    const length = end - start;
    if (piece.words.length * WORD < length) piece.words = new Uint32Array(Math.ceil(length / WORD));
    for (let at = 0; at < length; at += WORD) piece.words[at >> 2] = view.getUint32(from + at, true);
    piece.length = length;
    piece.ascii = this.#ascii;
  }

  #quoted(value: string): void {
    if (this.#at + value.length * MAX_UNIT_BYTES + 2 > this.#textEnd) {
      this.#overflowed = true;
      return;
    }
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start;
    bytes[at++] = QUOTE;
    for (let index = 0; index < value.length; index++) {
      const code = value.charCodeAt(index);
      if (code < SPACE || code === QUOTE || code === BACKSLASH || code >= FIRST_BEYOND_ASCII) {
        this.#at = start + this.#memory.write(JSON.stringify(value), start);
        this.#ascii = false;
        return;
      }
      bytes[at++] = code;
    }
    bytes[at++] = QUOTE;
    this.#at = at;
  }

  /** A value that is not whole, or large. Most are times in milliseconds, which kernels count in microseconds. */
  #fraction(value: number): void {
    const thousandths = Math.round(value * 1000);
    // The shortest text that is read as `value` again is the one with these digits, or there is none so short.
    if (thousandths > MAX_INT32 || thousandths / 1000 !== value) {
      this.#plain(String(value));
      return;
    }
    const whole = Math.floor(thousandths / 1000);
    this.#whole(whole);
    this.#bytes[this.#at++] = DOT;
    this.#digits(thousandths - whole * 1000, 3);
    while (this.#bytes[this.#at - 1] === ZERO) this.#at--;
  }

  /** At most 2^31 - 1. */
  #whole(value: number): void {
    if (value < 10) {
      this.#bytes[this.#at++] = ZERO + value;
      return;
    }
    let digits = 2;
    for (let limit = 100; digits < 10 && value >= limit; limit *= 10) digits++;
    this.#digits(value, digits);
  }

  #digits(value: number, count: number): void {
    const bytes = this.#bytes;
    let rest = value | 0;
    for (let at = this.#at + count - 1; at >= this.#at; at--) {
      const tenth = (rest / 10) | 0;
      bytes[at] = ZERO + rest - tenth * 10;
      rest = tenth;
    }
    this.#at += count;
  }

  #plain(text: string): void {
    for (let index = 0; index < text.length; index++) this.#bytes[this.#at++] = text.charCodeAt(index);
  }
}
