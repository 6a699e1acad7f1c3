/** The collector's side: messages in from every endpoint (docs/wire.md §1). */
import { Subscriber } from 'zeromq';
import type { Endpoint } from '../endpoint.js';
import { openEndpoint, portOf, socketOptions } from './open.js';
import { watchPeers } from './peers.js';
import { receiveAll } from './receive.js';

export interface SubscriberOptions {
  readonly endpoints: readonly Endpoint[];
  /** A peer that sends a longer frame is disconnected; default 1 MiB. */
  readonly maxMessageBytes?: number;
}

/** An endpoint that listens, with the port that the system chose. */
export interface BoundPort {
  readonly endpoint: Endpoint;
  readonly address: string;
  /** Null for ipc. */
  readonly port: number | null;
}

const DEFAULT_MAX_MESSAGE_BYTES = 1024 * 1024;
/** Messages that libzmq holds for each peer while this process is busy; then TCP holds the peer back. */
const HIGH_WATER_MARK = 1024;
/** Bytes that the kernel holds for each peer, as ntopng asks for. */
const RECEIVE_BUFFER = 8 * 1024 * 1024;

interface Link {
  readonly endpoint: Endpoint;
  readonly socket: Subscriber;
  peers: number;
}

/**
 * Receives messages as frames, for `decodeMessage`. Subscribes to every topic, so that the numbers of a sender's
 * messages show what was lost.
 *
 *     const subscriber = new EventSubscriber({ endpoints: parseEndpoints('tcp://*:1234c', 'collector') });
 *     await subscriber.start((frames) => { const decoded = decodeMessage(frames, Date.now()); … });
 */
export class EventSubscriber {
  readonly #links: readonly Link[];

  constructor(options: SubscriberOptions) {
    const maxMessageSize = options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES;
    this.#links = options.endpoints.map((endpoint) => ({
      endpoint,
      socket: new Subscriber({
        ...socketOptions(endpoint),
        maxMessageSize,
        receiveHighWaterMark: HIGH_WATER_MARK,
        receiveBufferSize: RECEIVE_BUFFER,
        linger: 0,
      }),
      peers: 0,
    }));
  }

  /** Opens all endpoints, or none: throws SocketError with a sentence to show. `onMessage` must not throw. */
  async start(onMessage: (frames: Uint8Array[]) => void): Promise<void> {
    try {
      for (const link of this.#links) {
        watchPeers(link.socket, (peers) => {
          link.peers = peers;
        });
        link.socket.subscribe('');
        await openEndpoint(link.socket, link.endpoint);
      }
    } catch (error) {
      await this.close();
      throw error;
    }
    for (const { socket } of this.#links) void receiveAll(socket, onMessage);
  }

  /** Peers connected now. */
  peers(): readonly { readonly endpoint: Endpoint; readonly peers: number }[] {
    return this.#links.map(({ endpoint, peers }) => ({ endpoint, peers }));
  }

  get boundPorts(): readonly BoundPort[] {
    const bound: BoundPort[] = [];
    for (const { endpoint, socket } of this.#links) {
      if (endpoint.mode !== 'bind' || socket.closed) continue;
      const address = socket.lastEndpoint;
      if (address !== null) bound.push({ endpoint, address, port: portOf(address) });
    }
    return bound;
  }

  async close(): Promise<void> {
    for (const { socket } of this.#links) if (!socket.closed) socket.close();
  }
}
