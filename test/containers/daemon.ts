/** A daemon of a fake host, which can be killed and started again. */
import type { Program } from '../harness/program.js';
import { waitFor } from '../harness/wait.js';

const READY_MS = 30_000;

export class Daemon {
  #program: Program | null = null;

  /**
   * `spawn` starts the daemon's program; `answers` resolves once it serves, and rejects or gives false before.
   */
  constructor(
    private readonly name: string,
    private readonly spawn: () => Program,
    private readonly answers: () => Promise<unknown>,
  ) {}

  /** Starts it and waits until it serves. */
  async start(): Promise<void> {
    const program = this.spawn();
    this.#program = program;
    await waitFor(
      `${this.name} to serve`,
      () => {
        if (program.exit !== null) return true;
        return this.answers().then(() => true);
      },
      READY_MS,
    ).catch((error: unknown) => {
      throw new Error(`${error}; it said: ${lastWords(program)}`, { cause: error });
    });
    if (program.exit !== null) throw new Error(`${this.name} has ended: ${lastWords(program)}`);
  }

  /** The daemon alone dies at once, as in a crash; what it has started lives on. */
  async kill(): Promise<void> {
    await this.#program?.stop('SIGKILL');
  }

  get pid(): number {
    if (this.#program === null) throw new Error(`${this.name} was not started`);
    return this.#program.pid;
  }
}

function lastWords(program: Program): string {
  return program.stderr.split('\n').slice(-8).join('\n');
}
