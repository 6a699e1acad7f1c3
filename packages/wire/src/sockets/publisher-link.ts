/** The way to one endpoint: its socket, its queue, and its numbering of messages. */
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import type { Ledger } from '@packetless/model';
import { XPublisher } from 'zeromq';
import type { Endpoint } from '../endpoint.js';
import { encodeHeader } from '../header.js';
import { ByteQueue, type QueuedMessage } from './byte-queue.js';
import { errorCode, openEndpoint, socketOptions } from './open.js';
import { watchPeers } from './peers.js';

export type PublisherDrop = 'queue full' | 'send failed' | 'closed';

export interface LinkState {
  readonly endpoint: Endpoint;
  /** As opened: with the port that the system chose. */
  readonly address: string;
  /** `listening`: bound, and nobody is there. `connecting`: trying to reach the peer. */
  readonly connection: 'connecting' | 'connected' | 'listening';
  /** Somebody there has asked for events. */
  readonly subscribed: boolean;
  readonly queuedBytes: number;
}

const VERSION_JSON = 2;
/** Messages that libzmq holds for each peer; ours waits when they are full. */
const HIGH_WATER_MARK = 1000;
/** After so many messages in a row others of this process get their turn. */
const MESSAGES_PER_TURN = 256;
/** Milliseconds to wait for a full peer. */
const RETRY_FIRST = 1;
const RETRY_MAX = 50;
/** How a header begins: subscriptions are compared with it byte by byte (docs/wire.md §1). */
const FLOW_TOPIC = `flow${'\0'.repeat(12)}`;

export class PublisherLink {
  readonly #socket: XPublisher;
  readonly #queue: ByteQueue;
  /** Prefixes that peers asked for and that let flow events through. */
  readonly #subscriptions = new Set<string>();
  #peers = 0;
  #messageId = 0;
  #sending = false;
  #closed = false;

  constructor(
    readonly endpoint: Endpoint,
    private readonly sourceId: number,
    queueBytes: number,
    private readonly ledger: Ledger<PublisherDrop>,
    private readonly onChange: () => void,
  ) {
    this.#queue = new ByteQueue(queueBytes);
    this.#socket = new XPublisher({
      ...socketOptions(endpoint),
      noDrop: true,
      sendHighWaterMark: HIGH_WATER_MARK,
      linger: 0,
    });
  }

  get state(): LinkState {
    const connected = this.#peers > 0;
    return {
      endpoint: this.endpoint,
      address: this.#socket.closed
        ? this.endpoint.address
        : (this.#socket.lastEndpoint ?? this.endpoint.address),
      connection: connected ? 'connected' : this.endpoint.mode === 'bind' ? 'listening' : 'connecting',
      subscribed: connected && this.#subscriptions.size > 0,
      queuedBytes: this.#queue.bytes,
    };
  }

  /** Everything handed over is with libzmq. */
  get drained(): boolean {
    return this.#queue.length === 0 && !this.#sending;
  }

  /** Throws SocketError. */
  async open(): Promise<void> {
    watchPeers(this.#socket, (peers) => {
      this.#peers = peers;
      this.#changed();
    });
    await openEndpoint(this.#socket, this.endpoint);
    void this.#readSubscriptions();
  }

  push(message: QueuedMessage): void {
    this.ledger.see();
    if (this.#closed) {
      this.ledger.drop('closed');
      return;
    }
    const dropped = this.#queue.push(message);
    if (dropped > 0) this.ledger.drop('queue full', dropped);
    if (this.#ready && !this.#sending) void this.#send();
  }

  /** What is still queued is dropped; what libzmq holds gets `lingerMs` to leave. */
  close(lingerMs: number): void {
    if (this.#closed) return;
    this.#closed = true;
    while (this.#queue.shift() !== undefined) this.ledger.drop('closed');
    if (this.#socket.closed) return;
    this.#socket.linger = lingerMs;
    this.#socket.close();
  }

  /**
   * A publisher drops what nobody has subscribed to, so events wait for the first subscription. When a bound
   * socket's last peer leaves, libzmq withdraws its subscriptions; a connected socket keeps them over a
   * reconnection, together with the messages it holds, so there the connection itself decides.
   */
  get #ready(): boolean {
    return this.#peers > 0 && this.#subscriptions.size > 0 && !this.#closed;
  }

  #changed(): void {
    if (this.#closed) return;
    this.onChange();
    if (this.#ready && !this.#sending) void this.#send();
  }

  /** One message at a time: a socket takes no second one before the first is done. */
  async #send(): Promise<void> {
    this.#sending = true;
    let inTurn = 0;
    while (this.#ready) {
      const message = this.#queue.shift();
      if (message === undefined) break;
      await this.#sendMessage(message);
      if (++inTurn === MESSAGES_PER_TURN) {
        inTurn = 0;
        await nextTurn();
      }
    }
    this.#sending = false;
  }

  async #sendMessage(message: QueuedMessage): Promise<void> {
    const header = encodeHeader({
      layout: 'v1',
      topic: message.topic,
      version: VERSION_JSON,
      sourceId: this.sourceId,
      messageId: this.#messageId + 1,
      size: message.size,
    });
    for (let wait = RETRY_FIRST; ; wait = Math.min(wait * 2, RETRY_MAX)) {
      if (this.#closed) {
        this.ledger.drop('closed');
        return;
      }
      try {
        await this.#socket.send([header, message.text]);
        this.#messageId = (this.#messageId + 1) >>> 0;
        this.ledger.deliver();
        return;
      } catch (error) {
        if (errorCode(error) !== 'EAGAIN') {
          this.ledger.drop(this.#closed ? 'closed' : 'send failed');
          return;
        }
        await delay(wait);
      }
    }
  }

  async #readSubscriptions(): Promise<void> {
    try {
      for await (const [frame] of this.#socket) this.#readSubscription(frame);
    } catch (error) {
      if (!this.#closed) throw error;
    }
  }

  /** A byte, 1 to subscribe and 0 to unsubscribe, and the prefix. Prefixes that match no event are not kept. */
  #readSubscription(frame: Uint8Array | undefined): void {
    if (frame === undefined || frame.length === 0 || frame.length > 1 + FLOW_TOPIC.length) return;
    const prefix = Buffer.from(frame.subarray(1)).toString('latin1');
    if (!FLOW_TOPIC.startsWith(prefix)) return;
    if (frame[0] === 1) this.#subscriptions.add(prefix);
    else if (frame[0] === 0) this.#subscriptions.delete(prefix);
    this.#changed();
  }
}
