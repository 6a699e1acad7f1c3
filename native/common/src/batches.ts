/** Batches on their way from the addon, each in a turn of the event loop of its own. */

/** What an addon's session has for batches. */
export interface BatchSource {
  /**
   * Copies the next batch, a batch_header and records after it, to `memory`, and gives its size in bytes. 0: there is
   * none. Negative: it stays where it is, since it needs so many bytes.
   */
  take(memory: Uint8Array): number;
}

/** More than most batches have; there is one of this size for all. */
const MEMORY_BYTES = 320 * 1024;

/**
 * Takes batches as they come. While more come than can be worked off, timers, streams and others of this process still
 * get their turns between two.
 */
export class Batches {
  #memory = new Uint8Array(MEMORY_BYTES);
  #session: BatchSource | null = null;
  #taking = false;

  /** `use` may keep nothing of the memory that it gets. `onNone` is called when all were taken. */
  constructor(
    private readonly use: (batch: Uint8Array) => void,
    private readonly onNone: () => void = () => {},
  ) {}

  /** From now on they come from here; the first ones in the next turn of the event loop. */
  open(session: BatchSource): void {
    this.#session = session;
    setImmediate(() => this.waiting());
  }

  /** There is something to take, or somebody wants to know that there is nothing. */
  waiting(): void {
    if (this.#taking || this.#session === null) return;
    this.#taking = true;
    this.#takeOne(this.#session);
  }

  /** No more are taken. */
  close(): void {
    this.#session = null;
  }

  #takeOne(session: BatchSource): void {
    if (this.#session === null) return;
    let size = session.take(this.#memory);
    if (size < 0) {
      this.#memory = new Uint8Array(-size);
      size = session.take(this.#memory);
    }
    if (size === 0) {
      this.#taking = false;
      this.onNone();
      return;
    }
    // Before it is used: if that fails, the next ones come nevertheless.
    setImmediate(() => this.#takeOne(session));
    this.use(this.#memory.subarray(0, size));
  }
}
