/** What was made in the system, undone in reverse order, also after a failure or a signal. */
type Undo = () => void | Promise<void>;

export class Cleanup {
  readonly #undo: Undo[] = [];
  #running: Promise<readonly Error[]> | null = null;

  /** Says how to undo what is about to be done. */
  add(undo: Undo): void {
    this.#undo.push(undo);
  }

  /** Undoes everything once; a failing step does not keep the others from running. Gives what failed. */
  run(): Promise<readonly Error[]> {
    this.#running ??= this.#run();
    return this.#running;
  }

  async #run(): Promise<readonly Error[]> {
    const errors: Error[] = [];
    for (const undo of this.#undo.splice(0).reverse()) {
      try {
        await undo();
      } catch (error) {
        errors.push(error instanceof Error ? error : new Error(String(error)));
      }
    }
    return errors;
  }
}
