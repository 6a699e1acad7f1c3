/**
 * The agent as users run it: the built program, recording JSON into a file. What it prints is what is graded. Into a pipe
 * it would lose lines, rightly, when this process has no time to read them.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ConversationEvent, Event, ListeningEvent } from '@packetless/model';
import { inert } from '@packetless/terminal';
import { LineFile } from './line-file.js';
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
  readonly #lines: LineFile;
  readonly #ended: Promise<void>;
  #isRunning = true;

  /** `recording`: a file to be made. `places`: inodes of the network namespaces of which `listener` is told. */
  constructor(
    args: readonly string[],
    recording: string,
    places: readonly number[],
    listener: AgentListener,
  ) {
    const shown = ['--format', 'json', '--interval', INTERVAL_SECONDS, '--address', OWN_ADDRESSES];
    const words = [PROGRAM, ...shown, ...args];
    const output = openSync(recording, 'wx', 0o600);
    this.#child = spawn(process.execPath, words, { stdio: ['ignore', output, 'pipe'] });
    closeSync(output);
    const locations = places.map((netns) => `/${netns}"`);
    this.#lines = new LineFile(recording, (line) => {
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
        this.#lines.close();
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
        else reject(new AgentError(`the agent ${why}: ${this.said()}`));
      };
      const timer = setTimeout(() => give(null, 'did not start in time'), START_WITHIN_MS);
      this.#changed = () => {
        if (this.startedAt !== null) give(this.startedAt, '');
        else if (!this.#isRunning) give(null, 'ended');
      };
      this.#changed();
    });
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** What it told the user, in one line. */
  said(): string {
    return inert(
      this.#stderr
        .trim()
        .replace(/^packetless-agent: /gm, '')
        .replaceAll('\n', '; '),
    );
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
