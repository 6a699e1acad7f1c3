/** A program that says a line when it is ready and ends when its standard input does. */
import { spawn } from 'node:child_process';
import type { Cleanup } from '../harness/cleanup.js';
import { waitFor } from '../harness/wait.js';

const END_MS = 10_000;

export class Helper {
  readonly #child;
  #output = '';

  constructor(
    private readonly command: readonly string[],
    cleanup: Cleanup,
  ) {
    const [file, ...args] = command;
    this.#child = spawn(file!, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text;
    });
    cleanup.add(() => this.end());
  }

  get pid(): number {
    return this.#child.pid!;
  }

  async firstLine(timeoutMs: number): Promise<string> {
    const said = () => this.#output.includes('\n');
    await waitFor(`${this.command.join(' ')} to say a line`, () => said() || this.#ended, timeoutMs);
    if (!said()) throw new Error(`${this.command.join(' ')} ended with status ${this.#child.exitCode}`);
    return this.#output.slice(0, this.#output.indexOf('\n'));
  }

  async end(): Promise<void> {
    if (this.#ended) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.stdin.end();
    const giveUp = setTimeout(() => this.#child.kill('SIGKILL'), END_MS);
    await ended;
    clearTimeout(giveUp);
  }

  get #ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}
