/** A subscriber in a collector's place, that only counts. */
import type { StatusEvent } from '@packetless/model';
import { decodeMessage } from '@packetless/wire';
import { Subscriber } from 'zeromq';
import type { Cleanup } from '../harness/cleanup.js';

/** Stands once in every event of topic `flow`. */
const ONCE_AN_EVENT = Buffer.from('"timestamp":');

export class CollectingPeer {
  messages = 0;
  events = 0;
  bytes = 0;
  /** The agent's last account of itself. */
  status: StatusEvent | null = null;

  private constructor(
    private readonly socket: Subscriber,
    readonly endpoint: string,
  ) {}

  /** Listens on a free port of loopback; an agent reaches it by `endpoint`. */
  static async start(cleanup: Cleanup): Promise<CollectingPeer> {
    const socket = new Subscriber({ receiveHighWaterMark: 10_000 });
    cleanup.add(() => socket.close());
    await socket.bind('tcp://127.0.0.1:*');
    socket.subscribe();
    const peer = new CollectingPeer(socket, `${socket.lastEndpoint}c`);
    void peer.#count();
    return peer;
  }

  #account(message: readonly Buffer[]): void {
    for (const event of decodeMessage(message, Date.now()).events)
      if (event.type === 'status') this.status = event;
  }

  async #count(): Promise<void> {
    for await (const [header, payload] of this.socket) {
      if (header === undefined || payload === undefined) continue;
      this.messages += 1;
      this.bytes += payload.length;
      if (header.toString('latin1', 0, 6) === 'event\0') this.#account([header, payload]);
      else this.events += occurrences(ONCE_AN_EVENT, payload);
    }
  }
}

function occurrences(what: Buffer, within: Buffer): number {
  let count = 0;
  for (let at = within.indexOf(what); at >= 0; at = within.indexOf(what, at + what.length)) count += 1;
  return count;
}
