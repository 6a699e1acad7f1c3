/** Turns a record round: a flow whose client and server were guessed wrongly. */
import {
  ADDRESS,
  BYTES,
  CLAIMED,
  CONGESTION_WINDOW,
  COOKIE,
  DELIVERY_RATE,
  FINAL,
  FLAGS,
  HEALTH,
  HEALTH_WORDS,
  IDENTITY,
  IPV6,
  LATENCY_OF_CLIENT,
  LOCAL,
  LOCATION,
  PACKETS,
  PORTS,
  REASON_SIDE_SHIFT,
  RTT_VARIANCE,
  SIDELESS,
  UNACKNOWLEDGED,
  WITNESS_SIDES,
} from './record-layout.js';

const FLAGS_PER_SIDE = [CLAIMED, FINAL, SIDELESS, LOCAL];
const SIDE_CODES = [WITNESS_SIDES, WITNESS_SIDES + 2, REASON_SIDE_SHIFT];
const HALVES = [PORTS, UNACKNOWLEDGED, CONGESTION_WINDOW, RTT_VARIANCE, DELIVERY_RATE];

/** @param words the record's own; @param numbers those of its page, of which `at` is its first */
export function flipRecord(words: Uint32Array, numbers: Float64Array, at: number): void {
  const flags = words[FLAGS]!;
  // An IPv6 flow has one reference to a pair there, which is turned by itself.
  if (!(flags & IPV6)) swap(words, ADDRESS, ADDRESS + 1);
  for (const field of [IDENTITY, LOCATION, COOKIE]) swap(words, field, field + 1);
  for (let field = 0; field < HEALTH_WORDS; field++)
    swap(words, HEALTH + field, HEALTH + HEALTH_WORDS + field);
  for (const field of HALVES) words[field] = (words[field]! << 16) | (words[field]! >>> 16);
  // What one side sent is now what the other received.
  swap(words, PACKETS, PACKETS + 3);
  swap(words, PACKETS + 1, PACKETS + 2);
  swap(numbers, at + BYTES, at + BYTES + 3);
  swap(numbers, at + BYTES + 1, at + BYTES + 2);

  let flipped = flags & ~LATENCY_OF_CLIENT;
  for (const flag of FLAGS_PER_SIDE) {
    flipped &= ~(flag * 3);
    if (flags & flag) flipped |= flag << 1;
    if (flags & (flag << 1)) flipped |= flag;
  }
  for (const shift of SIDE_CODES) {
    const side = (flags >>> shift) & 3;
    flipped &= ~(3 << shift);
    if (side !== 0) flipped |= (3 - side) << shift;
  }
  words[FLAGS] = flipped;
}

function swap(array: Uint32Array | Float64Array, a: number, b: number): void {
  const value = array[a]!;
  array[a] = array[b]!;
  array[b] = value;
}
