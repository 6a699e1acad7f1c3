/** The agent as users run it: the built program, printing JSON. What it prints is what is graded. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ConversationEvent, Event, ListeningEvent } from '@packetless/model';
import { inert } from '../text/inert.js';
import { OWN_ADDRESSES } from './network.js';

const PROGRAM = fileURLToPath(new URL('../../bin/packetless-agent.js', import.meta.url));
const INTERVAL_SECONDS = '1';
/** A loaded machine's node may be slow to start; then the programs are loaded and all sockets looked at. */
const START_WITHIN_MS = 20_000;
const END_WITHIN_MS = 5000;

/** The agent does not work here; the message is its own. */
export class AgentError extends Error {
  override readonly name = 'AgentError';
}

export interface AgentListener {
  conversation(event: ConversationEvent): void;
  listening(event: ListeningEvent): void;
}

export class AgentUnderTest {
  /** When it said that it watches, epoch milliseconds; null before. */
  startedAt: number | null = null;
  #stderr = '';
  #changed = (): void => {};
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #isRunning = true;

  /** `places`: inodes of the network namespaces of which `listener` is told; the host may be busy with others. */
  constructor(args: readonly string[], places: readonly number[], listener: AgentListener) {
    const shown = ['--format', 'json', '--interval', INTERVAL_SECONDS, '--address', OWN_ADDRESSES];
    const words = [PROGRAM, ...shown, ...args];
    this.#child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    const locations = places.map((netns) => `/${netns}"`);
    createInterface(this.#child.stdout!).on('line', (line) => {
      if (!locations.some((location) => line.includes(location))) return;
      const event = JSON.parse(line) as Event;
      if (event.type === 'flow' || event.type === 'netstat') listener.conversation(event);
      else if (event.type === 'listening') listener.listening(event);
    });
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
      if (this.startedAt === null && this.#stderr.includes('(version ')) this.startedAt = Date.now();
      this.#changed();
    });
    this.#ended = new Promise((resolve) => {
      this.#child.on('close', () => {
        this.#isRunning = false;
        this.#changed();
        resolve();
      });
      this.#child.on('error', () => resolve());
    });
  }

  /** It watches; gives when that began. Throws `AgentError`. */
  start(): Promise<number> {
    return new Promise((resolve, reject) => {
      const give = (start: number | null, why: string) => {
        clearTimeout(timer);
        this.#changed = () => {};
        if (start !== null) resolve(start);
        else reject(new AgentError(`${why}: ${this.said()}`));
      };
      const timer = setTimeout(() => give(null, 'it did not start in time'), START_WITHIN_MS);
      this.#changed = () => {
        if (this.startedAt !== null) give(this.startedAt, '');
        else if (!this.#isRunning) give(null, 'it ended');
      };
      this.#changed();
    });
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** What it told the user, in one line. */
  said(): string {
    return inert(this.#stderr.trim().replaceAll('\n', '; '));
  }

  /** What it lost, in its own words; null: nothing. */
  lost(): string | null {
    const line = this.#stderr.split('\n').find((each) => /\blost: /.test(each));
    return line === undefined ? null : inert(line.replace(/^.*\blost: /, ''));
  }

  /** Ends it and waits for the last that it prints. */
  async stop(): Promise<void> {
    if (!this.#isRunning) return;
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), END_WITHIN_MS);
    this.#child.kill('SIGTERM');
    await this.#ended;
    clearTimeout(timer);
  }
}
