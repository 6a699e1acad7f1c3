/** The receiving end of packed messages: browsers from 2023 on and Node have what it takes. */
import { PACKED_ENCODING } from '../packing.js';

export function canUnpack(): boolean {
  try {
    new DecompressionStream(PACKED_ENCODING);
    return true;
  } catch {
    return false;
  }
}

/** Hands over plain and packed messages in the order in which they came, though unpacking one takes a moment. */
export class Unpacker {
  #unpacking = 0;
  #last: Promise<void> = Promise.resolve();
  #closed = false;

  /** @param deliver gets null for what cannot be unpacked */
  constructor(private readonly deliver: (text: unknown) => void) {}

  take(data: unknown): void {
    if (!(data instanceof ArrayBuffer) && this.#unpacking === 0) {
      this.deliver(data);
      return;
    }
    this.#unpacking++;
    this.#last = this.#deliverAfter(this.#last, data instanceof ArrayBuffer ? unpack(data) : data);
  }

  async #deliverAfter(previous: Promise<void>, message: unknown): Promise<void> {
    const text = await message;
    await previous;
    this.#unpacking--;
    // Outside of this promise, so that an error of the receiver's is its own and not that of the next message.
    if (!this.#closed) queueMicrotask(() => this.deliver(text));
  }

  /** Nothing is delivered afterwards. */
  close(): void {
    this.#closed = true;
  }
}

async function unpack(data: ArrayBuffer): Promise<string | null> {
  try {
    const stream = new Blob([data]).stream().pipeThrough(new DecompressionStream(PACKED_ENCODING));
    return await new Response(stream).text();
  } catch {
    return null;
  }
}
