/** How many may do something at once, and how many may wait for it. */
export class Slots {
  #free: number;
  readonly #urgent: (() => void)[] = [];
  readonly #patient: (() => void)[] = [];

  constructor(
    atOnce: number,
    readonly mayWait: number,
  ) {
    this.#free = atOnce;
  }

  /** Resolves when it is one's turn, the urgent first; null at once when too many wait already. */
  take(isUrgent: boolean): Promise<void> | null {
    if (this.#free > 0) {
      this.#free--;
      return Promise.resolve();
    }
    const waiting = isUrgent ? this.#urgent : this.#patient;
    if (waiting.length >= this.mayWait) return null;
    return new Promise((resolve) => waiting.push(resolve));
  }

  release(): void {
    const next = this.#urgent.shift() ?? this.#patient.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}
