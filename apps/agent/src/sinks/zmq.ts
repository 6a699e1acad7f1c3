import type {
  ContainersEvent,
  ConversationEvent,
  InterfaceCountersEvent,
  LedgerSnapshot,
  ListeningEvent,
  StatusEvent,
  TranslationsEvent,
} from '@packetless/model';
import { EventPublisher, type PublisherState, SocketError } from '@packetless/wire';
import type { Endpoint } from '@packetless/wire/endpoint';
import { ConnectionNotices } from './connection-notices.js';
import { type Sink, SinkError } from './sink.js';

export interface ZmqOptions {
  readonly endpoints: readonly Endpoint[];
  readonly sourceId: number;
  /** Told when a collector does not answer, goes away or is back. */
  readonly notice: (message: string) => void;
  /** Somebody new asked for events. */
  readonly onSubscribed: () => void;
}

/** Events to collectors, over ZeroMQ. */
export class ZmqSink implements Sink {
  readonly #publisher: EventPublisher;
  readonly #notices: ConnectionNotices;
  readonly #onSubscribed: () => void;
  /** By endpoint, in the publisher's order. */
  #subscribed: readonly boolean[] = [];
  #closing = false;

  constructor(options: ZmqOptions) {
    this.#notices = new ConnectionNotices(options.notice);
    this.#onSubscribed = options.onSubscribed;
    this.#publisher = new EventPublisher({
      endpoints: options.endpoints,
      sourceId: options.sourceId,
      onState: (state) => this.#changed(state),
    });
  }

  /** Rejects with `SinkError` when an endpoint cannot be opened. */
  async start(): Promise<void> {
    try {
      await this.#publisher.start();
    } catch (error) {
      if (error instanceof SocketError) throw new SinkError(error.message, { cause: error });
      throw error;
    }
    this.#notices.begin(this.#publisher.state);
  }

  conversation(event: ConversationEvent): void {
    this.#publisher.publish(event);
  }

  listening(event: ListeningEvent): void {
    this.#publisher.publish(event);
  }

  counters(event: InterfaceCountersEvent): void {
    this.#publisher.publish(event);
  }

  containers(event: ContainersEvent): void {
    this.#publisher.publish(event);
  }

  translations(event: TranslationsEvent): void {
    this.#publisher.publish(event);
  }

  status(event: StatusEvent): void {
    this.#publisher.publish(event);
  }

  get load(): number {
    return this.#publisher.load;
  }

  ledgers(): readonly LedgerSnapshot[] {
    return [this.#publisher.ledger.snapshot()];
  }

  async close(timeoutMs: number): Promise<void> {
    this.#closing = true;
    this.#notices.end();
    await this.#publisher.close(timeoutMs);
  }

  #changed(state: PublisherState): void {
    if (this.#closing) return;
    this.#notices.update(state);
    const before = this.#subscribed;
    this.#subscribed = state.map(({ subscribed }) => subscribed);
    if (state.some(({ subscribed }, index) => subscribed && before[index] !== true)) this.#onSubscribed();
  }
}
