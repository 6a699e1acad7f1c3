import type {
  ContainersEvent,
  ConversationEvent,
  InterfaceCountersEvent,
  LedgerSnapshot,
  ListeningEvent,
  ListeningSocket,
  StatusEvent,
  TranslationsEvent,
} from '@packetless/model';
import { WholeLists } from '../events/whole-lists.js';
import type { Sink } from '../sinks/sink.js';
import { type Change, Conversations, type ConversationsOptions } from './conversations.js';

export interface ActivityOptions extends ConversationsOptions {
  readonly now?: () => number;
  readonly onChange?: (event: ConversationEvent, change: Change) => void;
  /** A look at all sockets is over. */
  readonly onLook?: () => void;
}

/** Keeps what goes on instead of passing it on; it is never full. */
export class ActivitySink implements Sink {
  readonly conversations: Conversations;
  readonly load = 0;
  readonly #lists = new WholeLists();
  readonly #now: () => number;
  #listening: readonly ListeningSocket[] = [];

  constructor(private readonly options: ActivityOptions = {}) {
    this.conversations = new Conversations(options);
    this.#now = options.now ?? (() => performance.now());
  }

  /** The latest whole list. */
  get listeningSockets(): readonly ListeningSocket[] {
    return this.#listening;
  }

  async start(): Promise<void> {}

  conversation(event: ConversationEvent): void {
    const change = this.conversations.observe(event, this.#now());
    this.options.onChange?.(event, change);
  }

  listening(event: ListeningEvent): void {
    const sockets = this.#lists.observe(event);
    if (sockets === null) return;
    this.#listening = sockets;
    this.options.onLook?.();
  }

  counters(_: InterfaceCountersEvent): void {}

  containers(_: ContainersEvent): void {}

  translations(_: TranslationsEvent): void {}

  status(_: StatusEvent): void {}

  ledgers(): readonly LedgerSnapshot[] {
    return [];
  }

  async close(): Promise<void> {}
}
