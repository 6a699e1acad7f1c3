/** A child process whose output is kept, and that ends with the test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Cleanup } from './cleanup.js';
import { waitFor } from './wait.js';

export interface Place {
  /** Folder of a cgroup that the process joins before it runs. */
  readonly cgroup?: string;
  /** Name of a network namespace. */
  readonly namespace?: string;
  /** User and group id to run as. */
  readonly user?: { readonly uid: number; readonly gid: number };
}

/** Wraps a command so that it runs in `place`; every wrapper execs the next, so the pid stays the same. */
function placed(command: readonly string[], place: Place): string[] {
  let words = [...command];
  if (place.user !== undefined) {
    const { uid, gid } = place.user;
    words = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', ...words];
  }
  if (place.namespace !== undefined)
    words = ['nsenter', `--net=/run/netns/${place.namespace}`, '--', ...words];
  if (place.cgroup !== undefined) {
    words = ['sh', '-c', `echo $$ > "$0/cgroup.procs" && exec "$@"`, place.cgroup, ...words];
  }
  return words;
}

export class Program {
  stdout = '';
  stderr = '';
  /** Null while it runs. */
  exit: { code: number | null; signal: NodeJS.Signals | null } | null = null;
  readonly #child: ChildProcess;

  constructor(
    readonly command: readonly string[],
    cleanup: Cleanup,
    place: Place = {},
    env: NodeJS.ProcessEnv = {},
  ) {
    const [file, ...args] = placed(command, place);
    this.#child = spawn(file!, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process group of its own, so that what it started in turn ends with it.
      detached: true,
    });
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.#child.on('close', (code, signal) => {
      this.exit = { code, signal };
    });
    this.#child.on('error', (error) => {
      this.stderr += error.message;
      this.exit = { code: 127, signal: null };
    });
    cleanup.add(() => this.#end());
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Lines of standard output so far, without an unfinished last one. */
  get lines(): string[] {
    return this.stdout.split('\n').slice(0, -1);
  }

  /** Sends the signal and waits until the process and its output have ended. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.exit !== null) return;
    const closed = once(this.#child, 'close');
    this.#child.kill(signal);
    await closed;
  }

  async #end(): Promise<void> {
    if (this.exit !== null) return;
    const closed = once(this.#child, 'close');
    try {
      process.kill(-this.pid, 'SIGKILL');
    } catch {
      // All of it has ended by itself; its output closes now.
    }
    await closed;
  }

  /** Waits for the end; fails unless the exit status is 0. */
  async done(timeoutMs = 30_000): Promise<this> {
    await waitFor(`the end of ${this.command.join(' ')}`, () => this.exit, timeoutMs);
    if (this.exit?.code !== 0)
      throw new Error(`${this.command.join(' ')}: ${JSON.stringify(this.exit)} ${this.stderr}`);
    return this;
  }
}
