/** How fast a growing count grows: the mean over the last seconds, from one sample a second. */
export class Rate {
  readonly #samples: { readonly time: number; readonly count: number }[] = [];

  constructor(
    private readonly read: () => number,
    private readonly seconds: number,
  ) {}

  sample(now: number): void {
    this.#samples.push({ time: now, count: this.read() });
    if (this.#samples.length > this.seconds + 1) this.#samples.shift();
  }

  get perSecond(): number {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.time <= first.time) return 0;
    return ((last.count - first.count) * 1000) / (last.time - first.time);
  }
}
