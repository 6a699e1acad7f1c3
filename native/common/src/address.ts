/** IP addresses as the records hold them: 16 bytes, IPv4 as IPv4-mapped IPv6. */
import { hexOf16 } from './hex.js';

/** Of each byte, since millions of addresses are written a second. */
const DECIMAL = Array.from({ length: 256 }, (_, byte) => String(byte));

/** IPv4 dotted (also for IPv4-mapped), IPv6 as RFC 5952 §4 writes it. `bytes` holds at least `offset + 16`. */
export function formatAddress(bytes: Uint8Array, offset: number): string {
  return isMapped(bytes, offset) ? formatIPv4(bytes, offset + 12) : formatIPv6(bytes, offset);
}

function isMapped(bytes: Uint8Array, offset: number): boolean {
  for (let i = 0; i < 10; i++) if (bytes[offset + i] !== 0) return false;
  return bytes[offset + 10] === 0xff && bytes[offset + 11] === 0xff;
}

function formatIPv4(bytes: Uint8Array, offset: number): string {
  const byte = (at: number) => DECIMAL[bytes[offset + at]!]!;
  return `${byte(0)}.${byte(1)}.${byte(2)}.${byte(3)}`;
}

function formatIPv6(bytes: Uint8Array, offset: number): string {
  const group = (at: number) => (bytes[offset + 2 * at]! << 8) | bytes[offset + 2 * at + 1]!;
  // The longest run of zeros, the first one if several are equally long (RFC 5952 §4.2.3).
  let start = -1;
  // One group of zeros alone is not shortened (RFC 5952 §4.2.2).
  let longest = 1;
  for (let at = 0; at < 8; at++) {
    let end = at;
    while (end < 8 && group(end) === 0) end++;
    if (end - at > longest) {
      start = at;
      longest = end - at;
    }
    at = end;
  }
  let text = '';
  for (let at = 0; at < 8; at++) {
    if (at === start) {
      text += '::';
      at += longest - 1;
    } else {
      text += at === 0 || text.endsWith('::') ? hexOf16(group(at)) : `:${hexOf16(group(at))}`;
    }
  }
  return text;
}
