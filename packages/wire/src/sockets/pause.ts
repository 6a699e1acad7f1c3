/** A wait that may be ended early. One at a time. */
export class Pause {
  #end: (() => void) | null = null;

  get waiting(): boolean {
    return this.#end !== null;
  }

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.end(), ms);
      this.#end = () => {
        clearTimeout(timer);
        this.#end = null;
        resolve();
      };
    });
  }

  end(): void {
    this.#end?.();
  }
}
