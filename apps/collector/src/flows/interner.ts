/** Values that many flows share, kept once and counted, so that they go when the last flow that has them goes. */

export class Interner<Value> {
  readonly #references = new Map<string, number>();
  readonly #keys: string[] = [''];
  readonly #values: (Value | undefined)[] = [undefined];
  readonly #uses: number[] = [0];
  readonly #free: number[] = [];

  /** @param limit how many different values there may be at once */
  constructor(readonly limit: number) {}

  /** The reference of `key`, used once more; 0 when there are too many already. */
  acquire(key: string, value: Value): number {
    const known = this.#references.get(key);
    if (known !== undefined) {
      this.#uses[known]!++;
      return known;
    }
    if (this.#references.size >= this.limit) return 0;
    const reference = this.#free.pop() ?? this.#values.length;
    this.#references.set(key, reference);
    this.#keys[reference] = key;
    this.#values[reference] = value;
    this.#uses[reference] = 1;
    return reference;
  }

  /** The reference of `key` without using it; 0 when it has none. */
  find(key: string): number {
    return this.#references.get(key) ?? 0;
  }

  /** One use less; 0 is ignored. */
  release(reference: number): void {
    if (reference === 0 || --this.#uses[reference]! > 0) return;
    this.#references.delete(this.#keys[reference]!);
    this.#keys[reference] = '';
    this.#values[reference] = undefined;
    this.#free.push(reference);
  }

  get(reference: number): Value | null {
    return this.#values[reference] ?? null;
  }

  /** The newest wording of a value, e.g. a host that was renamed. */
  replace(reference: number, value: Value): void {
    this.#values[reference] = value;
  }

  get size(): number {
    return this.#references.size;
  }

  /** One more than the greatest reference ever given. */
  get end(): number {
    return this.#values.length;
  }
}
