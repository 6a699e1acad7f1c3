/** The name that was asked for last, held: observations come in runs from one witness, so most ask for it again. */
import type { Interner } from './interner.js';

export class LatestName<Value> {
  #key: string | null = null;
  #value: Value | null = null;
  #reference = 0;

  constructor(readonly names: Interner<Value>) {}

  /** The reference of `key`, valid until the next call; 0 when there are too many names. */
  refer(key: string, value: Value): number {
    if (key === this.#key && value === this.#value) return this.#reference;
    this.forget();
    this.#reference = this.names.acquire(key, value);
    if (this.#reference === 0) return 0;
    this.#key = key;
    this.#value = value;
    this.names.replace(this.#reference, value);
    return this.#reference;
  }

  /** Lets go of it. */
  forget(): void {
    this.names.release(this.#reference);
    this.#reference = 0;
    this.#key = null;
    this.#value = null;
  }
}
