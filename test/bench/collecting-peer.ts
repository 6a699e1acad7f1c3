/** A subscriber in a collector's place, that only counts. */
import type { Event, StatusEvent } from '@packetless/model';
import { decodeMessage } from '@packetless/wire';
import { Subscriber } from 'zeromq';
import type { Cleanup } from '../harness/cleanup.js';

/** Stands once in every event of topic `flow`. */
const ONCE_AN_EVENT = Buffer.from('"timestamp":');

export class CollectingPeer {
  messages = 0;
  events = 0;
  /** Events about sockets of the network namespace that was asked for. */
  eventsThere = 0;
  bytes = 0;
  /** The agent's last account of itself. */
  status: StatusEvent | null = null;

  #kept: { readonly time: number; readonly message: readonly Buffer[] }[] | null = null;

  private constructor(
    private readonly socket: Subscriber,
    readonly endpoint: string,
    private readonly there: Buffer,
  ) {}

  /** Listens on a free port of loopback; an agent reaches it by `endpoint`. `netns`: inode of a network namespace. */
  static async start(cleanup: Cleanup, netns: number): Promise<CollectingPeer> {
    const socket = new Subscriber({ receiveHighWaterMark: 10_000 });
    cleanup.add(() => socket.close());
    await socket.bind('tcp://127.0.0.1:*');
    socket.subscribe();
    const peer = new CollectingPeer(socket, `${socket.lastEndpoint}c`, Buffer.from(`/${netns}"`));
    void peer.#count();
    return peer;
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
        this.events += occurrences(ONCE_AN_EVENT, payload);
        this.eventsThere += occurrences(this.there, payload);
      }
    }
  }
}

function occurrences(what: Buffer, within: Buffer): number {
  let count = 0;
  for (let at = within.indexOf(what); at >= 0; at = within.indexOf(what, at + what.length)) count += 1;
  return count;
}
