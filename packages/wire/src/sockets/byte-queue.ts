/** A first-in first-out queue bounded by bytes. When it is full the oldest gives way: the newest state matters most. */

/** Bytes that an item takes beside its payload. */
const ITEM_OVERHEAD = 96;

export type Topic = 'flow' | 'event' | 'counter' | 'listening-ports';

export interface QueuedMessage {
  readonly topic: Topic;
  /** JSON. Bytes rather than a string: V8 would carry thousands of waiting strings from one part of its heap to the next. */
  readonly payload: Uint8Array;
  /** How many events it holds. */
  readonly events: number;
}

export class ByteQueue {
  #items: (QueuedMessage | undefined)[] = [];
  #head = 0;
  #bytes = 0;

  constructor(readonly capacity: number) {}

  get bytes(): number {
    return this.#bytes;
  }

  get length(): number {
    return this.#items.length - this.#head;
  }

  /** Returns how many events had to give way, the new ones included when they are larger than the queue. */
  push(message: QueuedMessage): number {
    const cost = message.payload.length + ITEM_OVERHEAD;
    if (cost > this.capacity) return message.events;
    let dropped = 0;
    while (this.#bytes + cost > this.capacity) {
      dropped += this.shift()!.events;
    }
    this.#items.push(message);
    this.#bytes += cost;
    return dropped;
  }

  shift(): QueuedMessage | undefined {
    if (this.#head === this.#items.length) return undefined;
    const message = this.#items[this.#head]!;
    this.#items[this.#head++] = undefined;
    this.#bytes -= message.payload.length + ITEM_OVERHEAD;
    // Giving back the emptied front costs a copy of the rest, so only when the front is the larger part.
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return message;
  }
}
