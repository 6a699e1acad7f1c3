/** Where events go. */
import type {
  ContainersEvent,
  ConversationEvent,
  InterfaceCountersEvent,
  LedgerSnapshot,
  ListeningEvent,
  StatusEvent,
  TranslationsEvent,
} from '@packetless/model';

/** A sink never blocks and never throws once started; what it cannot take it counts. */
export interface Sink {
  /** Rejects with a message for the user when it cannot work at all. */
  start(): Promise<void>;
  conversation(event: ConversationEvent): void;
  listening(event: ListeningEvent): void;
  counters(event: InterfaceCountersEvent): void;
  containers(event: ContainersEvent): void;
  translations(event: TranslationsEvent): void;
  status(event: StatusEvent): void;
  /** How full it is: from 0, it holds nothing, to 1, more would be lost. A source that can wait goes by it. */
  readonly load: number;
  ledgers(): readonly LedgerSnapshot[];
  /** Hands on what it holds, for at most `timeoutMs`; counts the rest as lost. */
  close(timeoutMs: number): Promise<void>;
}

/** A sink cannot work at all; the message says why and what to do. */
export class SinkError extends Error {
  override readonly name = 'SinkError';
}
