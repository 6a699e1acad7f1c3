/** Wireshark's dissectors as a server: one process reads file after file, which is many times as fast as a tshark for each. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** How long one file may take. */
const DEADLINE_MS = 60_000;
/** sharkd's own bound. */
const MOST_COLUMNS = 32;

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** A setting of Wireshark's: its name and value. */
export type Preference = readonly [name: string, value: string];

export class Sharkd {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #waiting = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>();
  #next = 0;

  /** Rejects when it is not installed or breaks. */
  static async start(preferences: readonly Preference[]): Promise<Sharkd> {
    const sharkd = new Sharkd(spawn('sharkd', ['-'], { stdio: ['pipe', 'pipe', 'pipe'] }));
    for (const [name, value] of preferences) await sharkd.#ask('setconf', { name, value });
    return sharkd;
  }

  private constructor(child: ChildProcessWithoutNullStreams) {
    this.#process = child;
    child.stderr.resume();
    child.stdin.on('error', () => {});
    child.on('error', (error) => this.#fail(error));
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => this.#take(line));
    lines.on('close', () => this.#fail(new Error('sharkd ended before it had answered')));
  }

  /** The values of these fields in every packet of the file, all occurrences of one joined by commas; null: not readable. */
  async frames(path: string, fields: readonly string[]): Promise<string[][] | null> {
    if (!(await this.#load(path))) return null;
    const rows: string[][] = [];
    for (let from = 0; from < fields.length; from += MOST_COLUMNS) {
      const asked = fields.slice(from, from + MOST_COLUMNS);
      const columns = Object.fromEntries(asked.map((field, at) => [`column${at}`, `${field}:0`]));
      const frames = (await this.#ask('frames', columns)) as { c: string[] }[];
      for (const [at, { c }] of frames.entries()) rows[at] = [...(rows[at] ?? []), ...c];
    }
    return rows;
  }

  async close(): Promise<void> {
    const child = this.#process;
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  async #load(file: string): Promise<boolean> {
    const loaded = this.#send('load', { file });
    // Of a file that breaks off all is loaded that there is, and nothing said; but what is asked next is answered next.
    const next = this.#send('status', {});
    const answer = await loaded.catch(() => null);
    await next;
    return answer?.error === undefined;
  }

  async #ask(method: string, params: { readonly [name: string]: string }): Promise<unknown> {
    const { result, error } = await this.#send(method, params);
    if (error !== undefined) throw new Error(`sharkd refuses to ${method}: ${error.message}`);
    return result;
  }

  #send(method: string, params: { readonly [name: string]: string }): Promise<Answer> {
    const id = ++this.#next;
    return new Promise<Answer>((resolve, reject) => {
      const late = setTimeout(
        () => this.#fail(new Error(`sharkd did not ${method} within ${DEADLINE_MS / 1000} s`)),
        DEADLINE_MS,
      );
      this.#waiting.set(id, {
        resolve: (answer) => {
          clearTimeout(late);
          resolve(answer);
        },
        reject: (error) => {
          clearTimeout(late);
          reject(error);
        },
      });
      this.#process.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
    });
  }

  #take(line: string): void {
    if (!line.startsWith('{')) return;
    const answer = JSON.parse(line) as Answer;
    for (const [id, waiting] of this.#waiting) {
      if (id > answer.id) continue;
      this.#waiting.delete(id);
      // They are answered in the order in which they were asked: this one never will be.
      if (id < answer.id) waiting.reject(new Error('sharkd did not answer'));
      else waiting.resolve(answer);
    }
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    this.#process.kill('SIGKILL');
  }
}
