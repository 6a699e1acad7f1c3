/** The agent's side: events out to every endpoint (docs/wire.md §1, §2). */
import { setTimeout as delay } from 'node:timers/promises';
import { type ConversationEvent, type Event, Ledger, type ListeningEvent } from '@packetless/model';
import { encodeContainers } from '../encode/containers.js';
import type { EncodeOptions } from '../encode/conversation.js';
import { encodeCounters } from '../encode/counters.js';
import { FlowMessages } from '../encode/flow-messages.js';
import { encodeListening } from '../encode/listening.js';
import { encodeStatus } from '../encode/status.js';
import { encodeTranslations } from '../encode/translations.js';
import type { Endpoint } from '../endpoint.js';
import type { TextBytes, Topic } from './byte-queue.js';
import { type LinkState, type PublisherDrop, PublisherLink } from './publisher-link.js';

/** One entry an endpoint, in the order given. */
export type PublisherState = readonly LinkState[];

export interface PublisherOptions extends EncodeOptions {
  readonly endpoints: readonly Endpoint[];
  /** Tells this agent from others at the collector; the header holds its low 8 bits. */
  readonly sourceId: number;
  /** How much waits for each endpoint while nobody listens there; default 32 MiB. */
  readonly queueBytes?: number;
  /** Called when a connection or subscription comes or goes. */
  onState?(state: PublisherState): void;
}

const DEFAULT_QUEUE_BYTES = 32 * 1024 * 1024;
const DEFAULT_CLOSE_MS = 1000;
const CLOSE_POLL_MS = 5;

/**
 * Sends events and never makes the caller wait: they queue, bounded, until a subscriber is there, and again when
 * the last one leaves. The ledger counts an event once for each endpoint.
 *
 *     const publisher = new EventPublisher({ endpoints: parseEndpoints('tcp://127.0.0.1:1234c', 'agent'), sourceId: 7 });
 *     await publisher.start();
 *     publisher.publish(event);
 *     await publisher.close();
 */
export class EventPublisher {
  readonly ledger = new Ledger<PublisherDrop>('agent queue');
  readonly #links: readonly PublisherLink[];
  readonly #sourceId: number;
  readonly #flows: FlowMessages;
  /** When the turn ends. */
  #flushesSoon = false;
  #closing = false;

  constructor(options: PublisherOptions) {
    const queueBytes = options.queueBytes ?? DEFAULT_QUEUE_BYTES;
    const changed = () => options.onState?.(this.state);
    this.#sourceId = options.sourceId & 0xff;
    this.#flows = new FlowMessages(
      options.interfaceKey === undefined ? {} : { interfaceKey: options.interfaceKey },
      (message) => this.#push('flow', message.events, message),
    );
    this.#links = options.endpoints.map(
      (endpoint) => new PublisherLink(endpoint, this.#sourceId, queueBytes, this.ledger, changed),
    );
  }

  get state(): PublisherState {
    return this.#links.map((link) => link.state);
  }

  /** How full the fullest queue is, from 0 (everything is with libzmq) to 1. */
  get load(): number {
    return Math.max(...this.#links.map((link) => link.load));
  }

  /** Opens all endpoints, or none: throws SocketError with a sentence to show. */
  async start(): Promise<void> {
    try {
      for (const link of this.#links) await link.open();
    } catch (error) {
      for (const link of this.#links) link.close(0);
      throw error;
    }
  }

  /** Never blocks, never throws. Conversations published in one turn travel together (docs/wire.md §3). */
  publish(event: Event): void {
    switch (event.type) {
      case 'listening':
        this.#publishList(event);
        break;
      case 'counters':
        this.#publishAlone('counter', encodeCounters(event).text);
        break;
      case 'containers':
        for (const text of encodeContainers(event)) this.#publishAlone('container', text);
        break;
      case 'translations':
        for (const text of encodeTranslations(event)) this.#publishAlone('translation', text);
        break;
      case 'status':
        this.#publishAlone('event', encodeStatus(event, this.#sourceId));
        break;
      default:
        this.#publishConversation(event);
    }
  }

  /** Sends what it can within the time, drops and counts the rest. */
  async close(timeoutMs = DEFAULT_CLOSE_MS): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.#flush();
    const deadline = Date.now() + timeoutMs;
    while (Date.now() < deadline && !this.#links.every((link) => link.drained)) await delay(CLOSE_POLL_MS);
    // libzmq's own thread needs a moment for what it holds, also when the queue took all the time.
    const lingerMs = Math.max(deadline - Date.now(), Math.min(timeoutMs, 100));
    for (const link of this.#links) link.close(lingerMs);
  }

  /** A batch of records is worked off within one turn, and with it what comes of it is complete. */
  #publishConversation(event: ConversationEvent): void {
    this.ledger.see(this.#links.length);
    this.#flows.add(event);
    if (this.#closing) this.#flush();
    if (this.#flushesSoon || this.#closing) return;
    this.#flushesSoon = true;
    queueMicrotask(() => this.#flush());
  }

  #publishList(event: ListeningEvent): void {
    const { messages, leftOut } = encodeListening(event);
    for (const { text } of messages) this.#publishAlone('listening-ports', text);
    if (leftOut > 0) for (const link of this.#links) link.leaveOut(leftOut);
  }

  /** After all that was published before. */
  #publishAlone(topic: Topic, text: string): void {
    this.#flush();
    this.ledger.see(this.#links.length);
    const memory = Buffer.from(text);
    this.#push(topic, 1, { memory, start: 0, end: memory.length, ascii: memory.length === text.length });
  }

  #flush(): void {
    this.#flushesSoon = false;
    this.#flows.flush();
  }

  #push(topic: Topic, events: number, text: TextBytes): void {
    for (const link of this.#links) link.push(topic, events, text);
  }
}
