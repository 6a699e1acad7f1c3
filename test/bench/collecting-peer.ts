/** A subscriber in a collector's place, that only counts. */
import { type Event, isLoss, type StatusEvent } from '@packetless/model';
import { decodeMessage } from '@packetless/wire';
import { Subscriber } from 'zeromq';
import type { Cleanup } from '../harness/cleanup.js';
import { Occurrences } from './occurrences.js';

/** Stands once in every event of topic `flow`. */
const ONCE_AN_EVENT = '"timestamp":';

export class CollectingPeer {
  messages = 0;
  readonly #events = new Occurrences(ONCE_AN_EVENT);
  readonly #eventsThere: Occurrences;
  bytes = 0;
  /** The agent's last account of itself. */
  status: StatusEvent | null = null;

  #kept: { readonly time: number; readonly message: readonly Buffer[] }[] | null = null;

  private constructor(
    private readonly socket: Subscriber,
    readonly endpoint: string,
    there: string,
  ) {
    this.#eventsThere = new Occurrences(there);
  }

  /** Listens on a free port of loopback; an agent reaches it by `endpoint`. `netns`: inode of a network namespace. */
  static async start(cleanup: Cleanup, netns: number): Promise<CollectingPeer> {
    const socket = new Subscriber({ receiveHighWaterMark: 10_000 });
    cleanup.add(() => socket.close());
    await socket.bind('tcp://127.0.0.1:*');
    socket.subscribe();
    const peer = new CollectingPeer(socket, `${socket.lastEndpoint}c`, `/${netns}"`);
    peer.#count().catch((error: unknown) => {
      // Closed while it waits: that is its end.
      if (!socket.closed) throw error;
    });
    return peer;
  }

  get events(): number {
    return this.#events.count;
  }

  /** Events about sockets of the network namespace that was asked for. */
  get eventsThere(): number {
    return this.#eventsThere.count;
  }

  /** What the agent's last account says was lost, by hop and reason; null when nothing. */
  get lost(): string | null {
    const lost = (this.status?.ledgers ?? []).flatMap(({ hop, dropped }) =>
      Object.entries(dropped)
        .filter(([reason, count]) => count > 0 && isLoss(reason))
        .map(([reason, count]) => `${count} (${hop}: ${reason})`),
    );
    return lost.length === 0 ? null : lost.join(', ');
  }

  /** Keeps all messages from now on; the function gives what they say, and when each came (performance.now). */
  keep(): () => { readonly time: number; readonly events: readonly Event[] }[] {
    const kept: { readonly time: number; readonly message: readonly Buffer[] }[] = [];
    this.#kept = kept;
    return () => kept.map(({ time, message }) => ({ time, events: decodeMessage(message, 0).events }));
  }

  #account(message: readonly Buffer[]): void {
    for (const event of decodeMessage(message, Date.now()).events)
      if (event.type === 'status') this.status = event;
  }

  async #count(): Promise<void> {
    for await (const [header, payload] of this.socket) {
      if (header === undefined || payload === undefined) continue;
      this.#kept?.push({ time: performance.now(), message: [header, payload] });
      this.messages += 1;
      this.bytes += payload.length;
      if (header.toString('latin1', 0, 6) === 'event\0') this.#account([header, payload]);
      else {
        this.#events.addWhole(payload);
        this.#eventsThere.addWhole(payload);
      }
    }
  }
}
