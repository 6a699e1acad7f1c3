/** Frame 1 of every message: which topic, which form, and the message's number (docs/wire.md §2). */

export type HeaderLayout = 'v0' | 'v1' | 'v2' | 'v3';

export interface Header {
  readonly layout: HeaderLayout;
  readonly topic: string;
  /** 0 old, 1 compatibility, 2 JSON, 3 TLV, 4 as `flags` say. */
  readonly version: number;
  /** 0 where the layout has none. Some senders leave it uninitialised. */
  readonly sourceId: number;
  /** Counts the messages of one source over all topics from 1; 0 where the layout has none. */
  readonly messageId: number;
  /** v3 only, else 0. */
  readonly flags: number;
  /** What the sender calls the payload's length; never to be relied upon. */
  readonly size: number;
}

export interface HeaderFields {
  readonly layout: 'v0' | 'v1' | 'v2';
  readonly topic: string;
  readonly version: number;
  readonly sourceId: number;
  readonly messageId: number;
  readonly size: number;
}

/** v3: the payload is TLV. */
export const FLAG_TLV = 0x02;
/** v3: the payload is a zlib stream. */
export const FLAG_COMPRESSED = 0x04;

const V0_LENGTH = 40;
const V1_LENGTH = 24;
const V2_LENGTH = 28;
const V3_LENGTH = 36;
const V0_TOPIC_LENGTH = 32;
const TOPIC_LENGTH = 16;
/** In this version the number is in the sender's byte order and the source is not set. */
const VERSION_COMPATIBILITY = 1;

const FIRST_PRINTABLE = 0x21;
const LAST_PRINTABLE = 0x7e;

/** Reads a header of any layout, chosen by the frame's length; null when no layout has that length or the topic is not text. */
export function decodeHeader(frame: Uint8Array): Header | null {
  switch (frame.length) {
    case V0_LENGTH: {
      const topic = readTopic(frame, V0_TOPIC_LENGTH);
      if (topic === null) return null;
      return {
        layout: 'v0',
        topic,
        version: readU32LE(frame, 32),
        sourceId: 0,
        messageId: 0,
        flags: 0,
        size: readU32LE(frame, 36),
      };
    }
    case V1_LENGTH: {
      const topic = readTopic(frame, TOPIC_LENGTH);
      if (topic === null) return null;
      const version = frame[16]!;
      const compatibility = version === VERSION_COMPATIBILITY;
      return {
        layout: 'v1',
        topic,
        version,
        sourceId: compatibility ? 0 : frame[17]!,
        messageId: compatibility ? readU32LE(frame, 20) : readU32BE(frame, 20),
        flags: 0,
        size: readU16LE(frame, 18),
      };
    }
    case V2_LENGTH: {
      const topic = readTopic(frame, TOPIC_LENGTH);
      if (topic === null) return null;
      return {
        layout: 'v2',
        topic,
        version: frame[16]!,
        sourceId: readU32LE(frame, 24),
        messageId: readU32BE(frame, 20),
        flags: 0,
        size: readU16LE(frame, 18),
      };
    }
    case V3_LENGTH: {
      const topic = readTopic(frame, TOPIC_LENGTH);
      if (topic === null) return null;
      return {
        layout: 'v3',
        topic,
        version: frame[16]!,
        sourceId: readU32LE(frame, 32),
        messageId: readU32BE(frame, 28),
        flags: frame[17]!,
        size: readU32LE(frame, 20),
      };
    }
    default:
      return null;
  }
}

/** Writes a header. Numbers are cut to their field's width; a topic longer than 15 characters (v0: 31) is cut. */
export function encodeHeader(header: HeaderFields): Uint8Array {
  const { layout, version, sourceId, messageId, size } = header;
  if (layout === 'v0') {
    const frame = new Uint8Array(V0_LENGTH);
    writeTopic(frame, header.topic, V0_TOPIC_LENGTH);
    writeU32LE(frame, 32, version);
    writeU32LE(frame, 36, size);
    return frame;
  }
  const frame = new Uint8Array(layout === 'v1' ? V1_LENGTH : V2_LENGTH);
  writeTopic(frame, header.topic, TOPIC_LENGTH);
  frame[16] = version;
  frame[18] = size & 0xff;
  frame[19] = (size >>> 8) & 0xff;
  if (layout === 'v1') {
    frame[17] = sourceId;
    if (version === VERSION_COMPATIBILITY) writeU32LE(frame, 20, messageId);
    else writeU32BE(frame, 20, messageId);
  } else {
    writeU32BE(frame, 20, messageId);
    writeU32LE(frame, 24, sourceId);
  }
  return frame;
}

/** NUL-padded; what follows the first NUL may be anything (some senders do not clear it). */
function readTopic(frame: Uint8Array, length: number): string | null {
  let topic = '';
  for (let index = 0; index < length; index++) {
    const code = frame[index]!;
    if (code === 0) return topic;
    if (code < FIRST_PRINTABLE || code > LAST_PRINTABLE) return null;
    topic += String.fromCharCode(code);
  }
  return topic;
}

function writeTopic(frame: Uint8Array, topic: string, length: number): void {
  const end = Math.min(topic.length, length - 1);
  for (let index = 0; index < end; index++) frame[index] = topic.charCodeAt(index);
}

function readU16LE(frame: Uint8Array, offset: number): number {
  return frame[offset]! | (frame[offset + 1]! << 8);
}

function readU32LE(frame: Uint8Array, offset: number): number {
  return (readU16LE(frame, offset) | (readU16LE(frame, offset + 2) << 16)) >>> 0;
}

function readU32BE(frame: Uint8Array, offset: number): number {
  return (
    ((frame[offset]! << 24) | (frame[offset + 1]! << 16) | (frame[offset + 2]! << 8) | frame[offset + 3]!) >>>
    0
  );
}

function writeU32LE(frame: Uint8Array, offset: number, value: number): void {
  for (let index = 0; index < 4; index++) frame[offset + index] = (value >>> (8 * index)) & 0xff;
}

function writeU32BE(frame: Uint8Array, offset: number, value: number): void {
  for (let index = 0; index < 4; index++) frame[offset + index] = (value >>> (24 - 8 * index)) & 0xff;
}
