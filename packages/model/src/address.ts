/**
 * IP addresses as 16 bytes: IPv6 as it is, IPv4 as IPv4-mapped IPv6 (`::ffff:a.b.c.d`, RFC 4291 section 2.5.5.2),
 * so that one comparison serves both.
 *
 *     formatAddress(parseAddress('2001:DB8:0:0::1')!); // "2001:db8::1"
 */

/** Bytes of an address, wherever it is stored. */
export const ADDRESS_BYTES = 16;

const COLON = 0x3a;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
/** The longest text: eight groups of which the last two are dotted, `ffff:…:255.255.255.255`. */
const MAX_TEXT_LENGTH = 45;

/** Reads an IPv4, IPv6 or IPv4-mapped address; null for anything else, zone ids (`%eth0`) and leading zeros in IPv4 included. */
export function parseAddress(text: string): Uint8Array | null {
  const bytes = new Uint8Array(ADDRESS_BYTES);
  return parseAddressInto(text, bytes, 0) ? bytes : null;
}

/** As `parseAddress`, writing 16 bytes at `offset` without allocating; what is there after a false is undefined. */
export function parseAddressInto(text: string, into: Uint8Array, offset: number): boolean {
  const length = text.length;
  if (length < 2 || length > MAX_TEXT_LENGTH || offset + ADDRESS_BYTES > into.length) return false;
  for (let index = 0; index < length && index < 5; index++) {
    if (text.charCodeAt(index) === COLON) return parseIPv6(text, into, offset);
  }
  // A call of fill() takes longer than the ten stores.
  for (let index = offset; index < offset + 10; index++) into[index] = 0;
  into[offset + 10] = 0xff;
  into[offset + 11] = 0xff;
  return parseIPv4(text, 0, into, offset + 12);
}

/** Reads the dotted quad from `start` to the end of the text. */
function parseIPv4(text: string, start: number, into: Uint8Array, offset: number): boolean {
  let octets = 0;
  let value = 0;
  let digits = 0;
  for (let index = start; index <= text.length; index++) {
    const code = index < text.length ? text.charCodeAt(index) : DOT;
    if (code === DOT) {
      if (digits === 0 || octets === 4) return false;
      into[offset + octets++] = value;
      value = 0;
      digits = 0;
    } else {
      // "010" is 8 to some programs and 10 to others, so it is nobody's address here.
      if (code < ZERO || code > NINE || (digits > 0 && value === 0)) return false;
      value = value * 10 + (code - ZERO);
      digits++;
      if (value > 255) return false;
    }
  }
  return octets === 4;
}

function parseIPv6(text: string, into: Uint8Array, offset: number): boolean {
  const length = text.length;
  const end = offset + ADDRESS_BYTES;
  let at = offset;
  /** Where `::` stands, as a place in the bytes; -1 before it was seen. */
  let gap = -1;
  let index = 0;
  if (text.charCodeAt(0) === COLON) {
    if (text.charCodeAt(1) !== COLON) return false;
    gap = at;
    index = 2;
  }
  while (index < length) {
    const groupStart = index;
    let value = 0;
    let code = 0;
    for (; index < length; index++) {
      code = text.charCodeAt(index);
      const digit = hexDigit(code);
      if (digit < 0) break;
      value = value * 16 + digit;
      if (index - groupStart === 4) return false;
    }
    if (index < length && code === DOT) {
      if (at + 4 > end || !parseIPv4(text, groupStart, into, at)) return false;
      at += 4;
      break;
    }
    if (index === groupStart || at + 2 > end) return false;
    into[at++] = value >> 8;
    into[at++] = value & 0xff;
    if (index === length) break;
    if (code !== COLON) return false;
    index++;
    if (index === length) return false;
    if (text.charCodeAt(index) === COLON) {
      if (gap >= 0) return false;
      gap = at;
      index++;
    }
  }
  if (gap < 0) return at === end;
  // RFC 5952 section 4.2.2 forbids writing "::" for one group, but readers accept it; for none they do not.
  if (at === end) return false;
  const tail = at - gap;
  into.copyWithin(end - tail, gap, at);
  into.fill(0, gap, end - tail);
  return true;
}

function hexDigit(code: number): number {
  if (code >= ZERO && code <= NINE) return code - ZERO;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** IPv4 dotted for a mapped address, else as RFC 5952 writes IPv6. */
export function formatAddress(bytes: Uint8Array, offset = 0): string {
  if (isIPv4(bytes, offset)) {
    return `${bytes[offset + 12]}.${bytes[offset + 13]}.${bytes[offset + 14]}.${bytes[offset + 15]}`;
  }
  const group = (index: number) => (bytes[offset + index * 2]! << 8) | bytes[offset + index * 2 + 1]!;
  const zeros = longestZeroRun(group);
  let text = '';
  for (let index = 0; index < 8; index++) {
    if (index === zeros.start) {
      text += '::';
      index += zeros.length - 1;
      continue;
    }
    if (text !== '' && !text.endsWith(':')) text += ':';
    text += group(index).toString(16);
  }
  return text;
}

/** The first of the longest runs of zero groups; a single zero group is not shortened (RFC 5952 section 4.2). */
function longestZeroRun(group: (index: number) => number): { start: number; length: number } {
  let start = -1;
  let length = 1;
  for (let index = 0; index < 8; index++) {
    let run = 0;
    while (index + run < 8 && group(index + run) === 0) run++;
    if (run > length) {
      start = index;
      length = run;
    }
    index += run;
  }
  return { start, length };
}

/** Whether the 16 bytes are an IPv4 address. */
export function isIPv4(bytes: Uint8Array, offset = 0): boolean {
  if (bytes[offset + 10] !== 0xff || bytes[offset + 11] !== 0xff) return false;
  for (let index = 0; index < 10; index++) {
    if (bytes[offset + index] !== 0) return false;
  }
  return true;
}

/** 127.0.0.0/8 or ::1: an address that means something on its own host only. */
export function isLoopback(bytes: Uint8Array, offset = 0): boolean {
  if (bytes[offset + 12] === 127 && isIPv4(bytes, offset)) return true;
  if (bytes[offset + 15] !== 1) return false;
  for (let index = 0; index < 15; index++) {
    if (bytes[offset + index] !== 0) return false;
  }
  return true;
}

/** The same of an address as text, in the form that `formatAddress` writes. */
export function isLoopbackText(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}
