/** Counts how often a text occurs in a stream, whichever way it is cut into chunks. */
export class Occurrences {
  count = 0;
  readonly #what: Buffer;
  #rest: Buffer = Buffer.alloc(0);

  constructor(what: string) {
    this.#what = Buffer.from(what);
  }

  /** The next piece. What a piece before ended with may go on here. */
  add(piece: Buffer): void {
    this.#countIn(Buffer.concat([this.#rest, piece.subarray(0, this.#what.length - 1)]));
    this.#countIn(piece);
    this.#rest = Buffer.from(piece.subarray(Math.max(0, piece.length - this.#what.length + 1)));
  }

  /** A piece that stands by itself. */
  addWhole(piece: Buffer): void {
    this.#countIn(piece);
  }

  #countIn(bytes: Buffer): void {
    const what = this.#what;
    for (let at = bytes.indexOf(what); at >= 0; at = bytes.indexOf(what, at + what.length)) this.count += 1;
  }
}
