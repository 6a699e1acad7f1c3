/** IP addresses as the records hold them: 16 bytes, IPv4 as IPv4-mapped IPv6. */

/** IPv4 dotted (also for IPv4-mapped), IPv6 as RFC 5952 §4 writes it. `bytes` holds at least `offset + 16`. */
export function formatAddress(bytes: Uint8Array, offset: number): string {
  return isMapped(bytes, offset)
    ? `${bytes[offset + 12]}.${bytes[offset + 13]}.${bytes[offset + 14]}.${bytes[offset + 15]}`
    : formatIPv6(bytes, offset);
}

function isMapped(bytes: Uint8Array, offset: number): boolean {
  for (let i = 0; i < 10; i++) if (bytes[offset + i] !== 0) return false;
  return bytes[offset + 10] === 0xff && bytes[offset + 11] === 0xff;
}

function formatIPv6(bytes: Uint8Array, offset: number): string {
  const groups: number[] = [];
  for (let i = 0; i < 8; i++) groups.push((bytes[offset + 2 * i]! << 8) | bytes[offset + 2 * i + 1]!);
  const [start, length] = longestZeroRun(groups);
  const text = groups.map((group) => group.toString(16));
  // One group of zeros alone is not shortened (RFC 5952 §4.2.2).
  if (length < 2) return text.join(':');
  return `${text.slice(0, start).join(':')}::${text.slice(start + length).join(':')}`;
}

/** The first one, if several are equally long (RFC 5952 §4.2.3). */
function longestZeroRun(groups: readonly number[]): [start: number, length: number] {
  let best: [number, number] = [0, 0];
  for (let i = 0; i < groups.length; i++) {
    let end = i;
    while (end < groups.length && groups[end] === 0) end++;
    if (end - i > best[1]) best = [i, end - i];
    i = end;
  }
  return best;
}
