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
    return this.line(1, timeoutMs);
  }

  /** Counted from 1. */
  async line(number: number, timeoutMs: number): Promise<string> {
    const command = this.command.join(' ');
    const said = () => this.#lines.length >= number;
    await waitFor(`${command} to say ${number} lines`, () => said() || this.#ended, timeoutMs);
    if (!said()) throw new Error(`${command} ended with status ${this.#child.exitCode}`);
    return this.#lines[number - 1]!;
  }

  /** "" when it has not said any. */
  get lastLine(): string {
    return this.#lines.at(-1) ?? '';
  }

  say(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  async end(): Promise<void> {
    if (this.#ended) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.stdin.end();
    const giveUp = setTimeout(() => this.#child.kill('SIGKILL'), END_MS);
    await ended;
    clearTimeout(giveUp);
  }

  get #lines(): string[] {
    return this.#output.split('\n').slice(0, -1);
  }

  get #ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}
