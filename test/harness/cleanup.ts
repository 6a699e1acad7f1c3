/** Things that tests make in the system, undone in reverse order at the end, also after a failure. */

type Undo = () => void | Promise<void>;

export class Cleanup {
  readonly #undo: Undo[] = [];

  /** Registers how to undo what was just done. */
  add(undo: Undo): void {
    this.#undo.push(undo);
  }

  /** Undoes everything; a failing step does not keep the others from running. */
  async run(): Promise<void> {
    const errors: unknown[] = [];
    for (const undo of this.#undo.splice(0).reverse()) {
      try {
        await undo();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, 'clean-up failed');
  }
}
