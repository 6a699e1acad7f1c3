/** A message whose end is the same for all clients and whose head is the same for many; written when first wanted. */
import { deflateRawSync } from 'node:zlib';

/** Shorter ones are not worth packing. */
const MIN_PACKED_BYTES = 1000;
/** The higher levels take twice the time to save another tenth. */
const PACKING = { level: 1 };

export class SharedText {
  #tail: Buffer | null = null;
  #packedTail: Buffer | null = null;
  readonly #texts = new Map<string, Buffer>();
  readonly #packed = new Map<string, Buffer>();

  constructor(private readonly write: () => string) {}

  /** The message as UTF-8. */
  text(head: string): Buffer {
    return remembered(this.#texts, head, () => Buffer.concat([Buffer.from(head), this.#bytes()]));
  }

  /** The message as raw DEFLATE (RFC 1951); null when it is too short for that. */
  packed(head: string): Buffer | null {
    const tail = this.#bytes();
    if (tail.length < MIN_PACKED_BYTES) return null;
    return remembered(this.#packed, head, () => {
      this.#packedTail ??= deflateRawSync(tail, PACKING);
      return Buffer.concat([storedBlock(Buffer.from(head)), this.#packedTail]);
    });
  }

  #bytes(): Buffer {
    this.#tail ??= Buffer.from(this.write());
    return this.#tail;
  }
}

function remembered(known: Map<string, Buffer>, head: string, make: () => Buffer): Buffer {
  let bytes = known.get(head);
  if (bytes === undefined) {
    bytes = make();
    known.set(head, bytes);
  }
  return bytes;
}

/**
 * A block that is not the last one, its content as it is (RFC 1951 section 3.2.4): it ends at a byte, so that any
 * stream of blocks can follow. At most 65,535 bytes.
 */
function storedBlock(content: Buffer): Buffer {
  const block = Buffer.alloc(5 + content.length);
  block.writeUInt16LE(content.length, 1);
  block.writeUInt16LE(~content.length & 0xffff, 3);
  content.copy(block, 5);
  return block;
}
