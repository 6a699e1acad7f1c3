import type { Writable } from 'node:stream';
import { Ledger } from '@packetless/model';

export type WriterLoss = 'output full' | 'output closed';

const DEFAULT_MAX_BYTES = 8 * 1024 * 1024;
/** What one turn brings may be more than is held: so much goes out at once. */
const FLUSH_BYTES = 256 * 1024;

/**
 * Lines to a stream whose reader may be slow or go away. At most `maxBytes` wait for it, here and in the stream; a
 * line beyond that is dropped and counted. Lines of one turn of the event loop are written together.
 */
export class LineWriter {
  readonly ledger = new Ledger<WriterLoss>('output');
  readonly #maxBytes: number;
  #lines: string[] = [];
  /** Of `#lines`. */
  #gatheredBytes = 0;
  #state: 'open' | 'closed' = 'open';
  #drained: (() => void) | null = null;

  /** `onClosed`: the reader is gone (`head` has seen enough, the terminal was closed). Called once. */
  constructor(
    private readonly stream: Writable,
    options: { maxBytes?: number; onClosed?: () => void } = {},
  ) {
    this.#maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
    stream.on('error', () => {
      if (this.#state === 'closed') return;
      this.#state = 'closed';
      this.#loseHeld('output closed');
      options.onClosed?.();
    });
  }

  /** How much of its bound is in use, 0 to 1. */
  get load(): number {
    return this.#waitingBytes / this.#maxBytes;
  }

  /** `line` without its end. */
  write(line: string): void {
    this.ledger.see();
    const bytes = Buffer.byteLength(line) + 1;
    if (this.#state === 'closed') {
      this.ledger.drop('output closed');
    } else if (this.#waitingBytes + bytes > this.#maxBytes) {
      this.ledger.drop('output full');
    } else {
      this.#gatheredBytes += bytes;
      this.#lines.push(line);
      if (this.#gatheredBytes >= FLUSH_BYTES) this.#flush();
      else if (this.#lines.length === 1) setImmediate(() => this.#flush());
    }
  }

  /** A pipe or a file takes what it is given before write() returns, so that nothing of it waits. */
  get #waitingBytes(): number {
    return this.#gatheredBytes + this.stream.writableLength;
  }

  /** Waits until the reader has taken everything, at most `timeoutMs`. */
  async close(timeoutMs: number): Promise<void> {
    this.#flush();
    if (this.ledger.inFlight > 0 && this.#state === 'open') {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        this.#drained = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#state = 'closed';
    this.#loseHeld('output full');
  }

  #flush(): void {
    if (this.#lines.length === 0 || this.#state === 'closed') return;
    const count = this.#lines.length;
    const chunk = Buffer.from(`${this.#lines.join('\n')}\n`);
    this.#lines = [];
    this.#gatheredBytes = 0;
    this.stream.write(chunk, (error) => {
      // After a failure the 'error' listener, or close(), has counted what was held.
      if (error || this.#state === 'closed') return;
      this.ledger.deliver(count);
      if (this.ledger.inFlight === 0) this.#drained?.();
    });
  }

  #loseHeld(reason: WriterLoss): void {
    this.ledger.drop(reason, this.ledger.inFlight);
    this.#lines = [];
    this.#gatheredBytes = 0;
    this.#drained?.();
  }
}
