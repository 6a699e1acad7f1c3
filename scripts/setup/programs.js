/**
 * Programs that these scripts run. Each has a process group of its own, so that a signal to this process, from the
 * terminal or from anyone, ends all of them once, in order, and with whatever they had started themselves.
 */
import { spawn } from 'node:child_process';
import { StepError } from './failure.js';

/** A package manager that is told to end may be in the middle of a file. */
const GRACE_MS = 10_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** @type {Set<Program>} */
const running = new Set();
const interruption = new AbortController();

/** Aborted when this process was told to end. */
export const interrupted = interruption.signal;

/** From here on a signal, or the end of who reads our output, ends what runs instead of this process alone. */
export function endOnSignals() {
  for (const signal of SIGNALS) process.on(signal, interrupt);
  for (const stream of [process.stdout, process.stderr]) stream.on('error', interrupt);
  // A fault of these scripts leaves nothing running either.
  process.on('exit', () => {
    for (const program of running) program.signal('SIGTERM');
  });
}

async function interrupt() {
  if (interrupted.aborted) return;
  interruption.abort();
  // What was started last leans on what was started before.
  for (const program of [...running].reverse()) {
    if (program.untilDone) console.error('\npacketless: Ending as soon as this installation is complete.');
    else await program.end();
  }
}

export class Program {
  /** Resolves to the exit status, 1 for a program that died by a signal; rejects when it cannot be started. */
  ended;
  isRunning = true;
  untilDone;
  #child;
  /** @type {Promise<void> | undefined} */
  #ending;

  /**
   * @param {string} command
   * @param {readonly string[]} args
   * @param {import('node:child_process').SpawnOptions} options
   * @param {{ untilDone?: boolean }} [manner] `untilDone`: a signal does not end it, it does its work first
   */
  constructor(command, args, options, { untilDone = false } = {}) {
    this.untilDone = untilDone;
    this.#child = spawn(command, args, { ...options, detached: true });
    running.add(this);
    this.ended = new Promise((resolve, reject) => {
      this.#child.on('close', (code) => resolve(code ?? 1));
      this.#child.on('error', (error) => reject(new StepError(cannotStart(command, error))));
    }).finally(() => {
      this.isRunning = false;
      running.delete(this);
    });
    // Who does not wait for the end must not be ended by it.
    this.ended.catch(() => {});
  }

  get output() {
    return [this.#child.stdout, this.#child.stderr];
  }

  /** Tells the program to end, once, and kills it when it does not. */
  end() {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #end() {
    if (!this.isRunning) return;
    this.signal('SIGTERM');
    const timer = setTimeout(() => {
      this.signal('SIGKILL');
      // A grandchild that left the group may hold the pipes for ever.
      for (const stream of this.output) stream?.destroy();
    }, GRACE_MS);
    await this.ended.catch(() => {});
    clearTimeout(timer);
  }

  /** Reaches what the program has started, too. */
  signal(name) {
    try {
      process.kill(-this.#child.pid, name);
    } catch {
      // It has just ended.
    }
  }
}

function cannotStart(command, error) {
  if (error.code !== 'ENOENT') return `${command} could not be started: ${error.message}`;
  const origin = command === 'npm' ? 'It comes with Node.js (on Debian in the package npm)' : 'It is missing';
  return `${command} was not found. ${origin}; put it where PATH looks and try again.`;
}
