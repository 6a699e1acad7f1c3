/**
 * The ClientHello at the beginning of a connection of QUIC. It is encrypted with keys that everybody on the way can derive
 * (RFC 9001 5.2, RFC 9369 3.3), so that boxes that do not know a version leave it alone.
 */
import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';

interface Version {
  readonly salt: Buffer;
  /** In front of `key`, `iv` and `hp` in the labels. */
  readonly label: string;
}

const hex = (text: string) => Buffer.from(text, 'hex');
const V1: Version = { salt: hex('38762cf7f55934b34d179ae6a4c80cadccbb7f0a'), label: 'quic ' };
const V2: Version = { salt: hex('0dede3def700a6db819381be6e269dcbf9bd2ed9'), label: 'quicv2 ' };
const DRAFT_29: Version = { salt: hex('afbfec289993d24c9e9786f19c6111e04390a899'), label: 'quic ' };
const DRAFT_23: Version = { salt: hex('c3eef712c72ebb5a11a7d2432bb46365bef9f502'), label: 'quic ' };
const DRAFT_22: Version = { salt: hex('7fbcdb0e7c66bbe9193a96cd21519ebd7a02644a'), label: 'quic ' };
const GOOGLE_T050: Version = { salt: hex('7ff579e5acd072915580304c43a2367c60488310'), label: 'quic ' };
const GOOGLE_T051: Version = { salt: hex('7a4edef4e7ccee5fa4506c19124fc8ccda6e033d'), label: 'quic ' };

/** Drafts, of which each salt served several, and versions of Facebook's and Google's that follow some of them. */
const OTHERS: readonly (readonly [first: number, last: number, version: Version])[] = [
  [0xff000015, 0xff000016, DRAFT_22],
  [0xff000017, 0xff00001c, DRAFT_23],
  [0xff00001d, 0xff000020, DRAFT_29],
  [0xff000021, 0xff000022, V1],
  [0x54303530, 0x54303530, GOOGLE_T050],
  [0x54303531, 0x54303531, GOOGLE_T051],
  [0xfaceb001, 0xfaceb001, DRAFT_22],
  [0xfaceb002, 0xfaceb002, DRAFT_23],
  [0xfaceb00e, 0xfaceb00e, DRAFT_23],
];

function findVersion(number: number): Version | undefined {
  if (number === 1) return V1;
  if (number === 0x6b3343cf) return V2;
  return OTHERS.find(([first, last]) => number >= first && number <= last)?.[2];
}

const LONGEST_CONNECTION_ID = 20;
const TAG_BYTES = 16;
const SAMPLE_BYTES = 16;

const PADDING = 0x00;
const PING = 0x01;
const ACK = 0x02;
const CRYPTO = 0x06;
/** Of Google's versions; the others send no stream, which this number would be, in packets of this kind. */
const GOOGLE_CRYPTO = 0x08;

/** Bytes of the handshake's stream, from `offset` on. */
export interface CryptoFrame {
  readonly offset: number;
  readonly data: Buffer;
}

/** Reads one number after another; undefined when there is none any more. */
class Reader {
  at = 0;
  constructor(readonly bytes: Buffer) {}

  get left(): number {
    return this.bytes.length - this.at;
  }

  byte(): number | undefined {
    return this.left < 1 ? undefined : this.bytes[this.at++];
  }

  take(count: number): Buffer | undefined {
    if (this.left < count) return undefined;
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  /** RFC 9000 16. */
  varint(): number | undefined {
    const first = this.byte();
    if (first === undefined) return undefined;
    const rest = this.take((1 << (first >> 6)) - 1);
    if (rest === undefined) return undefined;
    return rest.reduce((value, byte) => value * 256 + byte, first & 0x3f);
  }
}

const hmac = (key: Buffer, data: Buffer): Buffer => createHmac('sha256', key).update(data).digest();

/** HKDF-Expand-Label (RFC 8446 7.1) for what fits into one block of the hash. */
function expand(secret: Buffer, label: string, length: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`, 'latin1');
  const info = Buffer.concat([Buffer.from([0, length, name.length]), name, Buffer.from([0, 1])]);
  return hmac(secret, info).subarray(0, length);
}

/** The keys that a client's first packets are protected with, from the connection id that it chose for the server. */
export function initialKeys(
  version: number,
  connectionId: Buffer,
): { key: Buffer; iv: Buffer; hp: Buffer } | null {
  const known = findVersion(version);
  if (known === undefined) return null;
  const secret = expand(hmac(known.salt, connectionId), 'client in', 32);
  return {
    key: expand(secret, `${known.label}key`, 16),
    iv: expand(secret, `${known.label}iv`, 12),
    hp: expand(secret, `${known.label}hp`, 16),
  };
}

/** The handshake's bytes in the first packet of a client's datagram; null when it is no such packet, or not whole. */
export function readInitial(datagram: Uint8Array): CryptoFrame[] | null {
  const bytes = Buffer.from(datagram);
  const reader = new Reader(bytes);
  reader.byte();
  const version = reader.take(4)?.readUInt32BE();
  const idLength = reader.byte();
  if (version === undefined || idLength === undefined || idLength > LONGEST_CONNECTION_ID) return null;
  const connectionId = reader.take(idLength);
  const sourceId = reader.take(reader.byte() ?? Number.POSITIVE_INFINITY);
  const token = reader.take(reader.varint() ?? Number.POSITIVE_INFINITY);
  const length = reader.varint();
  if (connectionId === undefined || sourceId === undefined || token === undefined || length === undefined)
    return null;
  const keys = initialKeys(version, connectionId);
  const numberAt = reader.at;
  const end = numberAt + length;
  // The sample begins where the packet number would end if it had its greatest length (RFC 9001 5.4.2).
  if (keys === null || end > bytes.length || length < 4 + SAMPLE_BYTES) return null;
  const sample = bytes.subarray(numberAt + 4, numberAt + 4 + SAMPLE_BYTES);
  const mask = createCipheriv('aes-128-ecb', keys.hp, null).update(sample);
  bytes[0]! ^= mask[0]! & 0x0f;
  const numberLength = (bytes[0]! & 0x03) + 1;
  const nonce = Buffer.from(keys.iv);
  for (let i = 0; i < numberLength; i++) {
    bytes[numberAt + i]! ^= mask[1 + i]!;
    nonce[12 - numberLength + i]! ^= bytes[numberAt + i]!;
  }
  const payloadAt = numberAt + numberLength;
  const decipher = createDecipheriv('aes-128-gcm', keys.key, nonce);
  decipher.setAAD(bytes.subarray(0, payloadAt));
  decipher.setAuthTag(bytes.subarray(end - TAG_BYTES, end));
  const plain = decipher.update(bytes.subarray(payloadAt, end - TAG_BYTES));
  try {
    decipher.final();
  } catch {
    // Not what its connection id says: made up, or changed on the way.
    return null;
  }
  return cryptoFrames(plain);
}

/** Clients send nothing else in their first packets but padding, pings and what they got; what follows anything else is not read. */
function cryptoFrames(plain: Buffer): CryptoFrame[] {
  const frames: CryptoFrame[] = [];
  const reader = new Reader(plain);
  for (let type = reader.byte(); type !== undefined; type = reader.byte()) {
    if (type === PADDING || type === PING) continue;
    if (type === ACK && skipAck(reader)) continue;
    if (type !== CRYPTO && type !== GOOGLE_CRYPTO) break;
    const offset = reader.varint();
    const data = reader.take(reader.varint() ?? Number.POSITIVE_INFINITY);
    if (offset === undefined || data === undefined) break;
    frames.push({ offset, data });
  }
  return frames;
}

/** Largest, delay, how many ranges, the first one, then two numbers for each (RFC 9000 19.3). False: it breaks off. */
function skipAck(reader: Reader): boolean {
  reader.varint();
  reader.varint();
  const ranges = reader.varint();
  if (ranges === undefined || ranges > reader.left) return false;
  for (let i = 0; i < 1 + 2 * ranges; i++) if (reader.varint() === undefined) return false;
  return true;
}
