/** Datagrams as clients of QUIC begin with them, protected as RFC 9001 5 says. */
import { createCipheriv } from 'node:crypto';
import { initialKeys } from '../src/quic.js';
import { type Bytes, join, u8, u16, u32, zeros } from './packets.js';

const QUIC_V2 = 0x6b3343cf;
const DATAGRAM_BYTES = 1200;
const NUMBER_BYTES = 2;
const TAG_BYTES = 16;

/** Of two bytes (RFC 9000 16). */
const varint = (value: number): Bytes => u16(0x4000 | value);

export const cryptoFrame = (offset: number, data: Bytes): Bytes =>
  join(u8(0x06), varint(offset), varint(data.length), data);

export function quicInitial(
  frames: readonly Bytes[],
  number = 0,
  connectionId = u8(1, 2, 3, 4, 5, 6, 7, 8),
  version = 1,
): Bytes {
  const { key, iv, hp } = initialKeys(version, Buffer.from(connectionId))!;
  const first = 0xc0 | (version === QUIC_V2 ? 0x10 : 0) | (NUMBER_BYTES - 1);
  const front = join(u8(first), u32(version), u8(connectionId.length), connectionId, u8(0), u8(0));
  const payloadLength = DATAGRAM_BYTES - front.length - 2 - NUMBER_BYTES - TAG_BYTES;
  const content = join(...frames);
  const payload = join(content, zeros(payloadLength - content.length));
  const header = join(front, varint(NUMBER_BYTES + payload.length + TAG_BYTES), u16(number));
  const nonce = Buffer.from(iv);
  nonce[11]! ^= number & 0xff;
  nonce[10]! ^= number >> 8;
  const cipher = createCipheriv('aes-128-gcm', key, nonce);
  cipher.setAAD(header);
  const sealed = join(cipher.update(payload), cipher.final(), cipher.getAuthTag());
  const datagram = join(header, sealed);
  const numberAt = header.length - NUMBER_BYTES;
  const mask = createCipheriv('aes-128-ecb', hp, null).update(datagram.subarray(numberAt + 4, numberAt + 20));
  datagram[0]! ^= mask[0]! & 0x0f;
  for (let i = 0; i < NUMBER_BYTES; i++) datagram[numberAt + i]! ^= mask[1 + i]!;
  return datagram;
}
