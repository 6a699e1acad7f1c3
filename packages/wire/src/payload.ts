/** Frame 2: compression undone, bounded (docs/wire.md §3). */
import { constants, inflateSync } from 'node:zlib';
import { MAX_INFLATED_BYTES, MAX_PAYLOAD_BYTES } from './dialect/limits.js';
import { FLAG_COMPRESSED, FLAG_TLV, type Header } from './header.js';
import type { RejectReason } from './reject.js';

/** In layouts without flags this byte says that a zlib stream follows; JSON cannot begin with it. */
const COMPRESSED_MARK = 0x00;
const VERSION_TLV = 3;

export type Payload = { readonly bytes: Uint8Array } | { readonly reject: RejectReason };

export function readPayload(header: Header, frame: Uint8Array): Payload {
  if (frame.length > MAX_PAYLOAD_BYTES) return { reject: 'too large' };
  if (header.layout === 'v3') {
    return (header.flags & FLAG_COMPRESSED) === 0 ? { bytes: frame } : inflate(frame);
  }
  return frame.length > 0 && frame[0] === COMPRESSED_MARK ? inflate(frame.subarray(1)) : { bytes: frame };
}

/** Whether the payload is TLV instead of JSON (docs/wire.md §4). */
export function isTlv(header: Header): boolean {
  return header.layout === 'v3' ? (header.flags & FLAG_TLV) !== 0 : header.version === VERSION_TLV;
}

/** The sizes in headers are unreliable, so the stream itself says where it ends, and the bound how far it may go. */
function inflate(stream: Uint8Array): Payload {
  try {
    return {
      bytes: inflateSync(stream, { maxOutputLength: MAX_INFLATED_BYTES, finishFlush: constants.Z_FINISH }),
    };
  } catch (error) {
    const tooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    return { reject: tooLarge ? 'too large' : 'bad compression' };
  }
}
