/** TLV payloads of nDPI's serializer as records, keyed as the same elements are in JSON (docs/wire.md §4). */
import { MAX_EVENTS_PER_MESSAGE } from './limits.js';
import type { JsonObject } from './value.js';

const TLV_VERSION = 1;
const TLV_FORMAT = 1;
const END_OF_RECORD = 1;
const U8 = 2;
const U16 = 3;
const U32 = 4;
const U64 = 5;
const I8 = 6;
const I16 = 7;
const I32 = 8;
const I64 = 9;
const FLOAT = 10;
const STRING = 11;

/** The records of a payload, or null where it breaks off or has a type that flows do not have. */
export function decodeTlv(bytes: Uint8Array): readonly JsonObject[] | null {
  if (bytes.length < 2 || bytes[0] !== TLV_VERSION || bytes[1] !== TLV_FORMAT) return null;
  const reader = new TlvReader(bytes, 2);
  const records: JsonObject[] = [];
  // Without a prototype, so that no key is special.
  let record: { [key: string]: unknown } = Object.create(null);
  let items = 0;
  while (!reader.atEnd) {
    const type = reader.u8();
    if (type === END_OF_RECORD) {
      records.push(record);
      // One more than is accepted, so that the caller sees there were too many.
      if (records.length > MAX_EVENTS_PER_MESSAGE) return records;
      record = Object.create(null);
      items = 0;
      continue;
    }
    const key = reader.key(type >> 4);
    const value = reader.value(type & 0x0f);
    if (key === null || value === null || reader.failed) return null;
    record[key] = value;
    items++;
  }
  return items === 0 ? records : null;
}

/** Every read is checked against what is left; after a failed one everything reads as nothing. */
class TlvReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset: number;
  failed = false;

  constructor(bytes: Uint8Array, offset: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#offset = offset;
  }

  get atEnd(): boolean {
    return this.failed || this.#offset >= this.#bytes.length;
  }

  u8(): number {
    const at = this.#take(1);
    return at < 0 ? 0 : this.#view.getUint8(at);
  }

  /** An element's number as text, or a name. */
  key(type: number): string | null {
    if (type === STRING) return this.#text();
    if (type !== U8 && type !== U16 && type !== U32) return null;
    const id = this.value(type);
    return id === null ? null : String(id);
  }

  value(type: number): number | string | null {
    if (type === STRING) return this.#text();
    const at = this.#take(widthOf(type));
    if (at < 0) return null;
    switch (type) {
      case U8:
        return this.#view.getUint8(at);
      case U16:
        return this.#view.getUint16(at);
      case U32:
        return this.#view.getUint32(at);
      case U64:
        return Number(this.#view.getBigUint64(at));
      case I8:
        return this.#view.getInt8(at);
      case I16:
        return this.#view.getInt16(at);
      case I32:
        return this.#view.getInt32(at);
      case I64:
        return Number(this.#view.getBigInt64(at));
      case FLOAT:
        return roundToFloat(this.#view.getFloat32(at, true));
      default:
        return null;
    }
  }

  #text(): string | null {
    const lengthAt = this.#take(2);
    if (lengthAt < 0) return null;
    const length = this.#view.getUint16(lengthAt);
    const at = this.#take(length);
    if (at < 0) return null;
    return Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset + at, length).toString('utf8');
  }

  /** Where the next `count` bytes are, or -1. */
  #take(count: number): number {
    if (count < 0 || count > this.#bytes.length - this.#offset) {
      this.failed = true;
      return -1;
    }
    const at = this.#offset;
    this.#offset += count;
    return at;
  }
}

function widthOf(type: number): number {
  switch (type) {
    case U8:
    case I8:
      return 1;
    case U16:
    case I16:
      return 2;
    case U32:
    case I32:
    case FLOAT:
      return 4;
    case U64:
    case I64:
      return 8;
    default:
      return -1;
  }
}

/** A float has seven digits: 0.177 sent as a float is 0.177 again, not 0.17700000107288361. */
function roundToFloat(number: number): number {
  return Number(number.toPrecision(7));
}
