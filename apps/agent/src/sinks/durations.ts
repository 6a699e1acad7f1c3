import type { ConversationEvent } from '@packetless/model';

const MAX_CONVERSATIONS = 65_536;

/** How long conversations lasted, from the events of their begin and end. Bounded: the oldest are forgotten. */
export class Durations {
  readonly #begun = new Map<string, number>();

  constructor(private readonly capacity = MAX_CONVERSATIONS) {}

  /** To be shown every event, in order. Milliseconds since its begin for a CLOSE, null when not known. */
  observe(event: ConversationEvent): number | null {
    switch (event.name) {
      case 'CONNECT':
      case 'ACCEPT':
      case 'SEND':
      case 'RECV':
        this.#begin(keyOf(event), event.time);
        return null;
      case 'CLOSE': {
        const key = keyOf(event);
        const begun = this.#begun.get(key);
        this.#begun.delete(key);
        return begun === undefined ? null : Math.max(0, event.time - begun);
      }
      default:
        return null;
    }
  }

  #begin(key: string, time: number): void {
    this.#begun.delete(key);
    if (this.#begun.size >= this.capacity) {
      const [oldest] = this.#begun.keys();
      if (oldest !== undefined) this.#begun.delete(oldest);
    }
    this.#begun.set(key, time);
  }
}

/** A TCP socket is one conversation; a UDP socket can have many, so the peers belong to the key. */
function keyOf({ location, socket, client, server }: ConversationEvent): string {
  return `${location} ${socket} ${client.address} ${client.port} ${server.address} ${server.port}`;
}
