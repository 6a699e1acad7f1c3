/** Two 16-bit fields in one word, one a side: the client's in the upper half. */
import type { FlowStore } from './flow-store.js';
import { type SideIndex, UNKNOWN_HALF } from './record-layout.js';

export function half(store: FlowStore, slot: number, field: number, side: SideIndex): number {
  return (store.word(slot, field) >>> (side === 0 ? 16 : 0)) & 0xffff;
}

/** Returns whether it changes anything. */
export function setHalf(
  store: FlowStore,
  slot: number,
  field: number,
  side: SideIndex,
  value: number,
): boolean {
  const known = store.word(slot, field);
  const next = (side === 0 ? (value << 16) | (known & 0xffff) : (known & 0xffff0000) | value) >>> 0;
  if (next === known) return false;
  store.setWord(slot, field, next);
  return true;
}

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);
/** Bits of a float's fraction that are dropped, of 23. */
const DROPPED = 13;
/** The exponents kept are 64, from 2^-20 on; a float's begin at 2^-127. */
const OFFSET = (127 - 20) << 10;
const GREATEST = UNKNOWN_HALF - 1;

/**
 * A number from 0 to 8.8 × 10^12 in 16 bits: 6 of exponent, 10 of fraction, so that three digits of it are right.
 * What is below 10^-6 is 0, what is above the range its end.
 */
export function toShortReal(value: number): number {
  float[0] = value;
  const rounded = ((bits[0]! + (1 << (DROPPED - 1))) >>> DROPPED) - OFFSET;
  return rounded <= 0 ? 0 : Math.min(rounded, GREATEST);
}

/** NaN for `UNKNOWN_HALF`. */
export function fromShortReal(short: number): number {
  if (short === UNKNOWN_HALF) return Number.NaN;
  if (short === 0) return 0;
  bits[0] = (short + OFFSET) << DROPPED;
  return float[0]!;
}
