/** A first-in first-out queue bounded by bytes. When it is full the oldest gives way: the newest state matters most. */

/** Bytes that an item takes beside its text. */
const ITEM_OVERHEAD = 96;
/**
 * Texts wait in memory outside of V8's heap, many in a page, and pages are used again. As strings they would be
 * carried from the heap's young part to its old one, ten thousands of them in a burst.
 */
const PAGE_BYTES = 128 * 1024;
const SPARE_PAGES = 8;

export type Topic = 'flow' | 'event' | 'counter' | 'listening-ports' | 'container' | 'translation';

/** A text of JSON, in UTF-8 somewhere in memory that others may write to afterwards. */
export interface TextBytes {
  readonly memory: Buffer;
  readonly start: number;
  readonly end: number;
  /** Every byte is a character. */
  readonly ascii: boolean;
}

export class QueuedMessage {
  constructor(
    readonly topic: Topic,
    /** How many events it holds. */
    readonly events: number,
    private readonly bytes: TextBytes,
  ) {}

  /** In bytes. */
  get size(): number {
    return this.bytes.end - this.bytes.start;
  }

  /** Of a message that was taken from its queue: only until the next one is. */
  get text(): string {
    const { memory, start, end, ascii } = this.bytes;
    return memory.toString(ascii ? 'latin1' : 'utf8', start, end);
  }

  get page(): Buffer {
    return this.bytes.memory;
  }
}

export class ByteQueue {
  #items: (QueuedMessage | undefined)[] = [];
  #head = 0;
  #bytes = 0;
  /** Where the next text goes. */
  #page: Buffer = Buffer.alloc(0);
  #pageEnd = 0;
  /** That of the message taken last. */
  #reading: Buffer | null = null;
  readonly #spare: Buffer[] = [];

  constructor(readonly capacity: number) {}

  get bytes(): number {
    return this.#bytes;
  }

  get length(): number {
    return this.#items.length - this.#head;
  }

  /** Copies the text. Returns how many events had to give way, the new ones included when they are larger than the queue. */
  push(topic: Topic, events: number, text: TextBytes): number {
    const size = text.end - text.start;
    const cost = size + ITEM_OVERHEAD;
    if (cost > this.capacity) return events;
    let dropped = 0;
    while (this.#bytes + cost > this.capacity) {
      const gone = this.#next()!;
      dropped += gone.events;
      if (this.#items[this.#head]?.page !== gone.page) this.#giveBack(gone.page);
    }
    this.#items.push(new QueuedMessage(topic, events, this.#keep(text, size)));
    this.#bytes += cost;
    return dropped;
  }

  shift(): QueuedMessage | undefined {
    const message = this.#next();
    if (message === undefined || message.page === this.#reading) return message;
    const before = this.#reading;
    this.#reading = message.page;
    if (before !== null) this.#giveBack(before);
    return message;
  }

  #next(): QueuedMessage | undefined {
    if (this.#head === this.#items.length) return undefined;
    const message = this.#items[this.#head]!;
    this.#items[this.#head++] = undefined;
    this.#bytes -= message.size + ITEM_OVERHEAD;
    // Giving back the emptied front costs a copy of the rest, so only when the front is the larger part.
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return message;
  }

  /** A page of which nothing waits any more. */
  #giveBack(page: Buffer): void {
    const inUse = page === this.#reading || page === this.#page;
    if (!inUse && page.length === PAGE_BYTES && this.#spare.length < SPARE_PAGES) this.#spare.push(page);
  }

  #keep({ memory, start, end, ascii }: TextBytes, size: number): TextBytes {
    if (this.#pageEnd + size > this.#page.length) {
      this.#page = (size <= PAGE_BYTES ? this.#spare.pop() : undefined) ?? newPage(size);
      this.#pageEnd = 0;
    }
    const from = this.#pageEnd;
    memory.copy(this.#page, from, start, end);
    this.#pageEnd += size;
    return { memory: this.#page, start: from, end: this.#pageEnd, ascii };
  }
}

function newPage(size: number): Buffer {
  return Buffer.allocUnsafeSlow(Math.max(PAGE_BYTES, size));
}
