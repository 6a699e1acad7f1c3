/** The first frame of messages that differ in their number and size only (docs/wire.md §2). */
import { encodeHeader } from '../header.js';

const VERSION_JSON = 2;
const SIZE_OFFSET = 18;
const MESSAGE_ID_OFFSET = 20;

/**
 * Written over for every message: zeromq copies a frame this small (up to 128 bytes) before `send` returns,
 * and memory of its own for each costs more than all else about it.
 */
export class MessageHeader {
  readonly #frame: Buffer;

  constructor(topic: string, sourceId: number) {
    const fields = { layout: 'v1', topic, version: VERSION_JSON, sourceId, messageId: 0, size: 0 } as const;
    this.#frame = Buffer.from(encodeHeader(fields));
  }

  /** Valid until the next call. */
  of(messageId: number, size: number): Uint8Array {
    this.#frame.writeUInt16LE(size & 0xffff, SIZE_OFFSET);
    this.#frame.writeUInt32BE(messageId, MESSAGE_ID_OFFSET);
    return this.#frame;
  }
}
