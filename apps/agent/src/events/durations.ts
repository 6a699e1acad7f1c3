import type { ConversationEvent } from '@packetless/model';

const MAX_CONVERSATIONS = 65_536;

/** How old conversations are, from the events of their begin on. Bounded: the oldest are forgotten. */
export class Durations {
  readonly #begun = new Map<string, number>();

  constructor(private readonly capacity = MAX_CONVERSATIONS) {}

  /** To be shown every event, in order. Milliseconds since the conversation began, null when that was not seen. */
  observe(event: ConversationEvent): number | null {
    const key = keyOf(event);
    switch (event.name) {
      case 'CONNECT':
      case 'ACCEPT':
      case 'SEND':
      case 'RECV':
        this.#begin(key, event.time);
        return 0;
      case 'CLOSE': {
        const age = this.#age(key, event.time);
        this.#begun.delete(key);
        return age;
      }
      default:
        return this.#age(key, event.time);
    }
  }

  #age(key: string, time: number): number | null {
    const begun = this.#begun.get(key);
    return begun === undefined ? null : Math.max(0, time - begun);
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
export function keyOf({ location, socket, client, server }: ConversationEvent): string {
  return `${location} ${socket} ${client.address} ${client.port} ${server.address} ${server.port}`;
}
