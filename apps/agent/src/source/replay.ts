/** A recording (`--format json`) as a source: the same events, in real time or faster. */

import type { KernelAccount } from '@packetless/introspection';
import type { Event } from '@packetless/model';
import { inert } from '@packetless/terminal';
import { ReplayClock } from './recording/clock.js';
import { readLines } from './recording/lines.js';
import { openRecording } from './recording/open.js';
import { type LineFault, MAX_LINE_BYTES, readEvent } from './recording/read-event.js';
import type { OpenSource, Source, SourceListener } from './source.js';

export interface ReplayOptions {
  /** `-` is standard input. */
  readonly file: string;
  readonly speed: number;
  /** Told what could not be read, at the end. */
  readonly notice: (message: string) => void;
}

/** Delivered at a time at most; sinks are asked for room after it. */
const BATCH_EVENTS = 256;
const BATCH_BYTES = 512 * 1024;
/** Shorter waits are not worth a timer. */
const SHORTEST_WAIT_MS = 1;

/** Opening throws `SourceError`. */
export function replaySource(options: ReplayOptions): OpenSource {
  return (listener) => new Replay(options, listener);
}

class Replay implements Source {
  readonly kind = 'replay';
  readonly tier = '';
  readonly capabilities = [];
  readonly lost = [];
  readonly #recording;
  readonly #clock: ReplayClock;
  readonly #faults = new Map<LineFault | 'unreadable', number>();
  #firstFault: string | null = null;
  #lineNumber = 0;
  #events = 0;
  #delivered = 0;
  #batch: Event[] = [];
  #batchBytes = 0;
  #closed = false;
  #wake: (() => void) | null = null;

  constructor(
    private readonly options: ReplayOptions,
    private readonly listener: SourceListener,
  ) {
    this.#recording = openRecording(options.file);
    this.#clock = new ReplayClock(options.speed);
    void this.#run();
  }

  account(): KernelAccount {
    const dropped = Object.fromEntries(this.#faults);
    const faults = Object.values(dropped).reduce((sum, count) => sum + count, 0);
    return {
      produced: this.#events + faults,
      delivered: this.#delivered,
      buffered: this.#events - this.#delivered,
      dropped,
    };
  }

  /** A recording tells what it holds, once. */
  tellTranslations(): void {}

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#recording.close();
    this.#wake?.();
  }

  async #run(): Promise<void> {
    try {
      for await (const lines of readLines(this.#recording.bytes, MAX_LINE_BYTES)) {
        for (const line of lines) await this.#play(line);
        await this.#hand();
        if (this.#closed) return;
      }
    } catch (error) {
      if (this.#closed) return;
      await this.#hand();
      this.#fault('unreadable', unreadable(error as NodeJS.ErrnoException));
    }
    if (this.#closed) return;
    this.#tellFaults();
    this.listener.ended();
  }

  async #play(line: string | null): Promise<void> {
    this.#lineNumber += 1;
    if (this.#closed || line === '') return;
    const event = readEvent(line);
    if ('fault' in event) return this.#fault(event.fault, `line ${this.#lineNumber}, ${event.detail}`);
    if (this.#clock.until(event.time) >= SHORTEST_WAIT_MS) {
      await this.#hand();
      await this.#wait(this.#clock.until(event.time));
      if (this.#closed) return;
    }
    this.#events += 1;
    this.#batch.push(event);
    this.#batchBytes += line?.length ?? 0;
    if (this.#batch.length >= BATCH_EVENTS || this.#batchBytes >= BATCH_BYTES) await this.#hand();
  }

  /** Hands on what is due, then waits until there is room for as much again. */
  async #hand(): Promise<void> {
    if (this.#batch.length === 0 || this.#closed) return;
    const batch = this.#batch;
    this.#batch = [];
    this.#batchBytes = 0;
    this.#delivered += batch.length;
    this.listener.events(batch);
    await this.listener.room();
  }

  /** Ends early when closed. */
  #wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#wake = null;
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      this.#wake = done;
    });
  }

  #fault(fault: LineFault | 'unreadable', detail: string): void {
    this.#faults.set(fault, (this.#faults.get(fault) ?? 0) + 1);
    this.#firstFault ??= detail;
  }

  #tellFaults(): void {
    if (this.#firstFault === null) return;
    const counted = [...this.#faults].map(([fault, count]) => `${count} ${fault}`).join(', ');
    this.options.notice(
      `not all of the recording could be read: ${counted} (first: ${inert(this.#firstFault)})`,
    );
  }
}

/** zlib's own codes begin so. */
function unreadable({ code, message }: NodeJS.ErrnoException): string {
  if (code?.startsWith('Z_')) return 'the compressed data ends or is damaged before its end';
  return `the file cannot be read: ${code ?? message}`;
}
