/** When what was recorded is due again. */

/** Times of one recording are in order but for as much as a batch of kernel records holds. */
const DISORDER_MS = 60_000;
/** An agent gives account of itself at least so often (--interval), so a longer gap is a jump of some clock. */
const LONGEST_GAP_MS = 3_600_000;

export class ReplayClock {
  /** What is due at `#since`, and the latest that was asked for; epoch milliseconds. */
  #origin: number | null = null;
  #latest = 0;
  #since = 0;

  /** `speed`: 1 is real time, infinity at once. `now`: milliseconds that only grow. */
  constructor(
    private readonly speed: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Milliseconds until an event of that time is due; 0 or less: now. To be asked in the order of the recording. */
  until(time: number): number {
    if (this.speed === Number.POSITIVE_INFINITY) return 0;
    const step = time - this.#latest;
    if (this.#origin === null || step < -DISORDER_MS || step > LONGEST_GAP_MS) {
      this.#origin = time;
      this.#latest = time;
      this.#since = this.now();
      return 0;
    }
    this.#latest = Math.max(this.#latest, time);
    return (time - this.#origin) / this.speed - (this.now() - this.#since);
  }
}
