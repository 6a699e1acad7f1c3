/** Who talked most while the agent ran, for the account at its end. */
import type { Change } from './conversations.js';

export interface Talker {
  /** Name of a program, of all processes that ran it; null: not known. Not inert. */
  readonly name: string | null;
  /** The one process it was, null when there were several. */
  readonly pid: number | null;
  readonly conversations: number;
  readonly failed: number;
  readonly bytesOut: number;
  readonly bytesIn: number;
}

interface Sum {
  name: string | null;
  pid: number | null;
  conversations: number;
  failed: number;
  bytesOut: number;
  bytesIn: number;
}

/** Different programs that are told apart; the others are one. */
const MAX_PROGRAMS = 1000;
const OTHERS = 'other programs';

export class Talkers {
  readonly #sums = new Map<string | null, Sum>();

  add({ conversation, ...change }: Change): void {
    const { process } = conversation;
    const sum = this.#sum(process?.name ?? null, process?.pid ?? null);
    if (process !== null && sum.pid !== process.pid) sum.pid = null;
    if (change.isNew) sum.conversations += 1;
    sum.failed += change.failed;
    sum.bytesOut += change.bytesOut;
    sum.bytesIn += change.bytesIn;
  }

  /** Those with the most bytes, then with the most conversations. */
  most(count: number): readonly Talker[] {
    const bytes = ({ bytesOut, bytesIn }: Sum) => bytesOut + bytesIn;
    return [...this.#sums.values()]
      .filter((sum) => bytes(sum) > 0 || sum.conversations > 0 || sum.failed > 0)
      .sort((a, b) => bytes(b) - bytes(a) || b.conversations - a.conversations || b.failed - a.failed)
      .slice(0, count);
  }

  #sum(name: string | null, pid: number | null): Sum {
    const full = this.#sums.size >= MAX_PROGRAMS && !this.#sums.has(name);
    const key = full ? OTHERS : name;
    let sum = this.#sums.get(key);
    if (sum === undefined) {
      sum = { name: key, pid, conversations: 0, failed: 0, bytesOut: 0, bytesIn: 0 };
      this.#sums.set(key, sum);
    }
    return sum;
  }
}
