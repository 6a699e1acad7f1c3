/** Members that are the same in most events: written once, and copied from then on. */
import { type JsonWriter, Piece } from './json-writer.js';
import { AMPLE, type Room } from './room.js';

/** What members were written from, and what was written. */
interface Kept {
  facts: readonly [unknown, unknown, unknown, unknown];
  readonly piece: Piece;
}

/** Direct-mapped, so it never grows. */
const SLOTS = 64;

export class RepeatedMembers<A, B, C, D> {
  readonly #kept: (Kept | undefined)[] = new Array(SLOTS).fill(undefined);

  /** `writeAnew` makes the members of the four facts, and of nothing else but those and the room. */
  constructor(
    private readonly writer: JsonWriter,
    private readonly writeAnew: (writer: JsonWriter, a: A, b: B, c: C, d: D, room: Room) => void,
  ) {}

  /** `likely`: any number; facts that come by turns should bring different ones. */
  write(likely: number, a: A, b: B, c: C, d: D, room: Room): void {
    const slot = likely & (SLOTS - 1);
    const kept = room === AMPLE ? this.#kept[slot] : undefined;
    if (kept !== undefined) {
      const { facts } = kept;
      if (facts[0] === a && facts[1] === b && facts[2] === c && facts[3] === d) {
        this.writer.piece(kept.piece);
        return;
      }
    }
    const { writer } = this;
    const start = writer.length;
    this.writeAnew(writer, a, b, c, d, room);
    if (room !== AMPLE || writer.overflowed) return;
    const taken = kept ?? { facts: NOTHING, piece: new Piece() };
    taken.facts = [a, b, c, d];
    writer.keep(taken.piece, start, writer.length);
    this.#kept[slot] = taken;
  }
}

const NOTHING = [undefined, undefined, undefined, undefined] as const;
