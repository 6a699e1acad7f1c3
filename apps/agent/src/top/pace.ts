/**
 * When a span of time is over. Counters come with each look at all sockets, so a span is best cut there: cut between
 * two looks it would now hold none and then two. Where no looks are seen the clock decides.
 */
export class Pace {
  #tickedAt: number;
  #lookedAt: number | null = null;
  #gapMs: number;

  /** `now`: milliseconds that only grow. */
  constructor(
    private readonly intervalMs: number,
    now: number,
  ) {
    this.#tickedAt = now;
    this.#gapMs = intervalMs;
  }

  /** A new span begins. */
  begin(now: number): void {
    this.#tickedAt = now;
  }

  /** A look at all sockets is over. The length of the span that it ends, null when it is too short to tell anything. */
  look(now: number): number | null {
    if (this.#lookedAt !== null)
      this.#gapMs = Math.max(this.intervalMs, Math.min(now - this.#lookedAt, LONGEST_MS));
    this.#lookedAt = now;
    return now - this.#tickedAt < this.intervalMs / 2 ? null : this.#tick(now);
  }

  /** Some time has passed. The length of the span when no look will end it any more, else null. */
  pass(now: number): number | null {
    return now - this.#tickedAt < this.#gapMs * PATIENCE ? null : this.#tick(now);
  }

  #tick(now: number): number {
    const span = now - this.#tickedAt;
    this.#tickedAt = now;
    return span;
  }
}

const PATIENCE = 1.5;
const LONGEST_MS = 60_000;
