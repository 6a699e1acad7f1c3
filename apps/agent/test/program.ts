/** The built program, run as a user runs it. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ConversationEvent, Event } from '@packetless/model';

export const BIN = fileURLToPath(new URL('../bin/packetless-agent.js', import.meta.url));

const EXIT_NO_KERNEL_EVENTS = 3;
/** Loading its programs costs the kernel a second of one processor, which others may want, too. */
const START_TIMEOUT_MS = 25_000;

export class AgentProgram {
  readonly child: ChildProcessWithoutNullStreams;
  readonly #exit: Promise<number | null>;
  stdout = '';
  stderr = '';

  /** `wrapper`: a program and its arguments that runs the agent, e.g. `setpriv`. */
  constructor(args: readonly string[], wrapper: readonly string[] = []) {
    const [command = '', ...rest] = [...wrapper, process.execPath, BIN, ...args];
    this.child = spawn(command, rest, { env: { ...process.env, NO_COLOR: '1' } });
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.#exit = once(this.child, 'close').then(([code]) => code as number | null);
  }

  /** Waits until the kernel's events are being watched. */
  async ready(): Promise<this> {
    await waitFor(
      'the agent to start',
      () => {
        if (this.child.exitCode !== null)
          throw new Error(`it ended with ${this.child.exitCode}: ${this.stderr}`);
        return this.stderr.includes('(version ');
      },
      START_TIMEOUT_MS,
    );
    return this;
  }

  /** All that was printed so far with `--format json`; a line that is still being written is left out. */
  everything(): Event[] {
    return this.lines().map((line) => JSON.parse(line) as Event);
  }

  /** Events of conversations among them. */
  events(): ConversationEvent[] {
    return this.everything().filter((event) => event.type === 'flow' || event.type === 'netstat');
  }

  lines(): string[] {
    return this.stdout.split('\n').slice(0, -1);
  }

  exited(): Promise<number | null> {
    return this.#exit;
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.child.kill(signal);
    return this.#exit;
  }
}

export async function waitFor<T>(
  what: string,
  look: () => T | null | undefined | false,
  timeoutMs = 15_000,
): Promise<T> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const found = look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (Date.now() > until) throw new Error(`waited ${timeoutMs} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Whether this host gives kernel events to who runs the tests; prints the reason when it does not. */
export async function hasKernelEvents(): Promise<boolean> {
  const agent = new AgentProgram(['--format', 'json']);
  try {
    await agent.ready();
    return true;
  } catch (error) {
    if (agent.child.exitCode !== EXIT_NO_KERNEL_EVENTS) throw error;
    process.stderr.write(`SKIPPED, needs kernel events: ${agent.stderr}\n`);
    return false;
  } finally {
    await agent.stop();
  }
}
