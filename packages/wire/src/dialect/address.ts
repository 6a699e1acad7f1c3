/** Addresses as peers write them, in the one form that this house uses. */
import { formatAddress, parseAddress } from '@packetless/model';

const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const DOT = 0x2e;
const MAX_ADDRESS_LENGTH = 64;
const MAX_U32 = 0xffff_ffff;

/**
 * IPv4 dotted (also for IPv4-mapped IPv6), IPv6 as RFC 5952 writes it; null for what is no address.
 * A number is an IPv4 address as TLV writers may send it: 0xC0A80283 is 192.168.2.131.
 */
export function readAddress(value: unknown): string | null {
  if (typeof value === 'string') {
    if (isCanonicalIPv4(value)) return value;
    if (value.length > MAX_ADDRESS_LENGTH) return null;
    const bytes = parseAddress(value);
    return bytes === null ? null : formatAddress(bytes);
  }
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_U32) {
    return `${value >>> 24}.${(value >>> 16) & 0xff}.${(value >>> 8) & 0xff}.${value & 0xff}`;
  }
  return null;
}

/** `0.0.0.0` or `::`. */
export function isUnspecified(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

export function isIPv6(address: string): boolean {
  return address.includes(':');
}

/** Four numbers of 0 to 255 without leading zeros: needs no rewriting. The common case, so it allocates nothing. */
function isCanonicalIPv4(text: string): boolean {
  const length = text.length;
  if (length < 7 || length > 15) return false;
  let parts = 1;
  let digits = 0;
  let number = 0;
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index);
    if (code === DOT) {
      if (digits === 0 || parts === 4) return false;
      parts++;
      digits = 0;
      number = 0;
    } else {
      if (code < DIGIT_0 || code > DIGIT_9 || (digits > 0 && number === 0)) return false;
      number = number * 10 + (code - DIGIT_0);
      if (number > 255) return false;
      digits++;
    }
  }
  return parts === 4 && digits > 0;
}
