/** The way to one endpoint: its socket, its queue, and its numbering of messages. */
import type { Ledger } from '@packetless/model';
import { XPublisher } from 'zeromq';
import type { Endpoint } from '../endpoint.js';
import { ByteQueue, type QueuedMessage, type TextBytes, type Topic } from './byte-queue.js';
import { MessageHeader } from './message-header.js';
import { errorCode, openEndpoint, socketOptions } from './open.js';
import { Pause } from './pause.js';
import { watchPeers } from './peers.js';

export type PublisherDrop = 'queue full' | 'send failed' | 'closed' | 'list too long';

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

/** Messages that libzmq holds for each peer; ours waits when they are full. */
const HIGH_WATER_MARK = 250;
/** After so many milliseconds in a row others of this process get their turn; the clock is read now and then. */
const TURN_MS = 10;
const MESSAGES_PER_LOOK = 16;
/** Milliseconds to wait for a full peer. */
const RETRY_FIRST = 1;
const RETRY_MAX = 50;
/** Milliseconds between looks for subscriptions while there is one already. */
const SUBSCRIPTIONS_LOOK = 500;
/** Milliseconds to wait for subscriptions at a time. */
const SUBSCRIPTIONS_WAIT = 5000;
/** How a header begins: subscriptions are compared with it byte by byte (docs/wire.md §1). */
const FLOW_TOPIC = `flow${'\0'.repeat(12)}`;

export class PublisherLink {
  readonly #socket: XPublisher;
  readonly #queue: ByteQueue;
  /** Prefixes that peers asked for and that let flow events through. */
  readonly #subscriptions = new Set<string>();
  #peers = 0;
  readonly #headers: { readonly [topic in Topic]: MessageHeader };
  #messageId = 0;
  /** Taken from the queue, and not yet by libzmq. */
  #held: QueuedMessage | undefined;
  #sending = false;
  #closed = false;
  /** Between attempts and turns to send. */
  readonly #interval = new Pause();
  /** Until the next look for subscriptions, or until a peer comes or goes. */
  readonly #subscribed = new Pause();

  constructor(
    readonly endpoint: Endpoint,
    sourceId: number,
    queueBytes: number,
    private readonly ledger: Ledger<PublisherDrop>,
    private readonly onChange: () => void,
  ) {
    this.#queue = new ByteQueue(queueBytes);
    this.#headers = {
      flow: new MessageHeader('flow', sourceId),
      event: new MessageHeader('event', sourceId),
      counter: new MessageHeader('counter', sourceId),
      'listening-ports': new MessageHeader('listening-ports', sourceId),
      container: new MessageHeader('container', sourceId),
      translation: new MessageHeader('translation', sourceId),
    };
    this.#socket = new XPublisher({
      ...socketOptions(endpoint),
      noDrop: true,
      // Refused with EAGAIN instead of waiting, so that it is done when `send` returns.
      sendTimeout: 0,
      receiveTimeout: SUBSCRIPTIONS_WAIT,
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

  /** How full the queue is: 1 when what is pushed next makes something give way, 0 when everything is with libzmq. */
  get load(): number {
    if (this.drained) return 0;
    return Math.max(this.#queue.bytes / this.#queue.capacity, Number.MIN_VALUE);
  }

  /** Everything handed over is with libzmq. */
  get drained(): boolean {
    return this.#queue.length === 0 && this.#held === undefined && !this.#sending;
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

  /** Its events are in the ledger already, as seen. */
  push(topic: Topic, events: number, text: TextBytes): void {
    if (this.#closed) {
      this.ledger.drop('closed', events);
      return;
    }
    const dropped = this.#queue.push(topic, events, text);
    if (dropped > 0) this.ledger.drop('queue full', dropped);
    if (this.#ready && !this.#sending) void this.#send();
    // Whoever pushes so much at a time keeps timers waiting, and what is pushed would pile up.
    else if (this.#interval.waiting && this.#queue.length % MESSAGES_PER_LOOK === 0) this.#interval.end();
  }

  /** Sockets of a list that went into no message. */
  leaveOut(count: number): void {
    this.ledger.see(count);
    this.ledger.drop('list too long', count);
  }

  /** What is still queued is dropped; what libzmq holds gets `lingerMs` to leave. */
  close(lingerMs: number): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#held !== undefined) this.ledger.drop('closed', this.#held.events);
    this.#held = undefined;
    for (let left = this.#queue.shift(); left !== undefined; left = this.#queue.shift()) {
      this.ledger.drop('closed', left.events);
    }
    this.#interval.end();
    this.#subscribed.end();
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
    this.#subscribed.end();
    this.onChange();
    if (this.#ready && !this.#sending) void this.#send();
  }

  /** One message at a time: a socket takes no second one before the first is done. */
  async #send(): Promise<void> {
    this.#sending = true;
    let turnEnd = performance.now() + TURN_MS;
    let wait = RETRY_FIRST;
    for (let count = 1; this.#ready; count++) {
      this.#held ??= this.#queue.shift();
      if (this.#held === undefined) break;
      const { topic, size, text } = this.#held;
      try {
        await this.#socket.send([this.#headers[topic].of((this.#messageId + 1) >>> 0, size), text]);
        this.#sent();
        wait = RETRY_FIRST;
      } catch (error) {
        if (errorCode(error) === 'EAGAIN') {
          await this.#interval.wait(wait);
          wait = Math.min(wait * 2, RETRY_MAX);
        } else this.#failed();
      }
      if (count % MESSAGES_PER_LOOK === 0 && performance.now() > turnEnd) {
        await this.#interval.wait(0);
        turnEnd = performance.now() + TURN_MS;
      }
    }
    this.#sending = false;
  }

  #sent(): void {
    this.#messageId = (this.#messageId + 1) >>> 0;
    // Closed meanwhile: then it is counted as dropped, although it may arrive.
    if (this.#held === undefined) return;
    this.ledger.deliver(this.#held.events);
    this.#held = undefined;
  }

  #failed(): void {
    if (this.#held === undefined) return;
    this.ledger.drop('send failed', this.#held.events);
    this.#held = undefined;
  }

  /**
   * While a receive is under way every send asks the kernel whether something came, which costs as much as the
   * send itself. So where somebody has subscribed, what comes later is looked for now and then only.
   */
  async #readSubscriptions(): Promise<void> {
    while (!this.#closed) {
      if (this.#ready && !this.#socket.readable) {
        await this.#subscribed.wait(SUBSCRIPTIONS_LOOK);
        continue;
      }
      try {
        const [frame] = await this.#socket.receive();
        this.#readSubscription(frame);
      } catch (error) {
        if (!this.#closed && errorCode(error) !== 'EAGAIN') throw error;
      }
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
