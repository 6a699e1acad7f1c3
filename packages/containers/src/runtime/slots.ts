/** How many may do something at once, and how many may wait for it. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(
    atOnce: number,
    readonly mayWait: number,
  ) {
    this.#free = atOnce;
  }

  /** Resolves when it is one's turn; null at once when too many wait already. */
  take(): Promise<void> | null {
    if (this.#free > 0) {
      this.#free--;
      return Promise.resolve();
    }
    if (this.#waiting.length >= this.mayWait) return null;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}
