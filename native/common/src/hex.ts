/** Hexadecimal digits by table: Number.toString(16) goes the way of fractions, which takes ten times as long. */

const BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16));
const PADDED_BYTES = BYTES.map((digits) => digits.padStart(2, '0'));

/** Of 16 bits, without leading zeros. */
export function hexOf16(value: number): string {
  return value < 256 ? BYTES[value]! : BYTES[value >>> 8]! + PADDED_BYTES[value & 255]!;
}

/** Of 32 bits, all eight digits. */
export function hexOf32(value: number): string {
  const byte = (shift: number) => PADDED_BYTES[(value >>> shift) & 255]!;
  return byte(24) + byte(16) + byte(8) + byte(0);
}
