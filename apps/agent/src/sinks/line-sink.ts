import type { ConversationEvent, LedgerSnapshot } from '@packetless/model';
import type { LineWriter } from './line-writer.js';
import type { Sink } from './sink.js';

/** One event as one line of text without its end; null: this form has no line for it. */
export type LineFormat = (event: ConversationEvent) => string | null;

/** Prints conversations, one a line. The agent's own account is not for readers of events. */
export class LineSink implements Sink {
  #unprinted = 0;

  constructor(
    private readonly format: LineFormat,
    private readonly writer: LineWriter,
  ) {}

  async start(): Promise<void> {}

  conversation(event: ConversationEvent): void {
    const line = this.format(event);
    if (line === null) this.#unprinted += 1;
    else this.writer.write(line);
  }

  listening(): void {}

  counters(): void {}

  status(): void {}

  ledgers(): readonly LedgerSnapshot[] {
    const { hop, seen, delivered, dropped, inFlight } = this.writer.ledger.snapshot();
    if (this.#unprinted === 0) return [{ hop, seen, delivered, dropped, inFlight }];
    return [
      {
        hop,
        seen: seen + this.#unprinted,
        delivered,
        dropped: { ...dropped, 'not shown in this format': this.#unprinted },
        inFlight,
      },
    ];
  }

  close(timeoutMs: number): Promise<void> {
    return this.writer.close(timeoutMs);
  }
}
