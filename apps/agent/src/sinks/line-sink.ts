import type {
  ContainersEvent,
  ConversationEvent,
  Event,
  InterfaceCountersEvent,
  LedgerSnapshot,
  ListeningEvent,
  StatusEvent,
  TranslationsEvent,
} from '@packetless/model';
import type { LineWriter } from './line-writer.js';
import type { Sink } from './sink.js';

/** One event as one line of text without its end, or as several; null: this form has no line for it. */
export type LineFormat = (event: Event) => string | null;

/** Prints events. What a form has no line for is counted; of an agent's account that would be nothing to tell. */
export class LineSink implements Sink {
  #unprinted = 0;

  constructor(
    private readonly format: LineFormat,
    private readonly writer: LineWriter,
  ) {}

  async start(): Promise<void> {}

  conversation(event: ConversationEvent): void {
    this.#print(event);
  }

  listening(event: ListeningEvent): void {
    this.#print(event);
  }

  counters(event: InterfaceCountersEvent): void {
    this.#print(event);
  }

  /** What the events say of containers by themselves is enough for people. */
  containers(event: ContainersEvent): void {
    const line = this.format(event);
    if (line !== null) this.writer.write(line);
  }

  /** Conversations that are translated say so themselves. */
  translations(event: TranslationsEvent): void {
    const line = this.format(event);
    if (line !== null) this.writer.write(line);
  }

  status(event: StatusEvent): void {
    const line = this.format(event);
    if (line !== null) this.writer.write(line);
  }

  get load(): number {
    return this.writer.load;
  }

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

  #print(event: Event): void {
    const line = this.format(event);
    if (line === null) this.#unprinted += 1;
    else this.writer.write(line);
  }
}
