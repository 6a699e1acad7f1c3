/** A program that makes traffic, and what it said so far. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Fact, Saying } from './fact.js';
import { NotHere } from './not-here.js';

/** More is a fault of the program; it is kept for the message that says so. */
const MAX_STDERR = 2000;

export class Traffic {
  readonly ends: Fact[] = [];
  readonly earlier: Fact[] = [];
  #port: number | null = null;
  #waits = 0;
  #impossible: string | null = null;
  #stderr = '';
  #exit: { readonly code: number | null; readonly signal: string | null } | null = null;
  #changed = (): void => {};
  readonly #child: ChildProcess;

  constructor(
    readonly command: readonly string[],
    private readonly signal: AbortSignal,
  ) {
    const [file = '', ...args] = command;
    // A process group of its own, so that whatever it starts in turn ends with it.
    this.#child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    // It may have ended already when its input is closed.
    this.#child.stdin!.on('error', () => {});
    createInterface(this.#child.stdout!).on('line', (line) => this.#hear(line));
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(0, MAX_STDERR);
    });
    this.#child.on('error', (error) => {
      this.#stderr += error.message;
    });
    this.#child.on('close', (code, signal) => {
      this.#exit = { code, signal };
      this.#changed();
    });
  }

  /** Its server is there; gives the port. */
  ready(): Promise<number> {
    return this.#until('to be ready', () => this.#port);
  }

  /** It has stopped for the `count`-th time and waits for `goOn`. */
  async waiting(count = 1): Promise<void> {
    await this.#until('to wait', () => (this.#waits >= count ? true : null));
  }

  goOn(): void {
    this.#child.stdin!.write('\n');
  }

  /** `count` conversations have ended. */
  async ended(count: number): Promise<readonly Fact[]> {
    await this.#until(`to end ${count} conversations`, () => (this.ends.length >= count ? true : null));
    return this.ends;
  }

  /** Tells a server that there will be nothing more, and waits for its end, as `done`. */
  finish(): Promise<readonly Fact[]> {
    this.#child.stdin!.end();
    return this.done();
  }

  /** It has ended, with all that it said. Throws when it failed. */
  async done(): Promise<readonly Fact[]> {
    const exit = await this.#until('to end', () => this.#exit, true);
    if (this.#impossible !== null) throw new NotHere(this.#impossible);
    if (exit.code !== 0) throw new Error(this.#failure());
    return this.ends;
  }

  /** Ends it at once, with everything that it started. */
  async kill(): Promise<void> {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, 'SIGKILL');
    } catch {
      // All of it has ended by itself.
    }
    if (this.#exit === null) await new Promise((resolve) => this.#child.once('close', resolve));
  }

  #hear(line: string): void {
    const saying = JSON.parse(line) as Saying;
    if ('end' in saying) this.ends.push(saying.end);
    else if ('earlier' in saying) this.earlier.push(saying.earlier);
    else if ('ready' in saying) this.#port = saying.ready;
    else if ('waiting' in saying) this.#waits += 1;
    else this.#impossible = saying.impossible;
    this.#changed();
  }

  #until<T>(what: string, question: () => T | null, exitIsFine = false): Promise<T> {
    return new Promise((resolve, reject) => {
      const abort = () => reject(new Error(`${this.#name} was not seen ${what} in time`));
      const ask = () => {
        const answer = question();
        if (answer === null && (exitIsFine || this.#exit === null)) return;
        this.signal.removeEventListener('abort', abort);
        this.#changed = () => {};
        if (answer !== null) resolve(answer);
        else reject(this.#impossible === null ? new Error(this.#failure()) : new NotHere(this.#impossible));
      };
      if (this.signal.aborted) return abort();
      this.signal.addEventListener('abort', abort, { once: true });
      this.#changed = ask;
      ask();
    });
  }

  get #name(): string {
    return this.command.slice(1).join(' ');
  }

  #failure(): string {
    const { code, signal } = this.#exit ?? { code: null, signal: null };
    return `${this.#name} ended with ${signal ?? `status ${code}`}: ${this.#stderr.trim()}`;
  }
}
