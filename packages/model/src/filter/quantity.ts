/** Numbers with units, as filters write them: `10MB`, `1.5KiB`, `50ms`, `2s`, `3k`. */
import type { FieldKind } from './fields.js';

type Units = { readonly [unit: string]: number };

const BYTES: Units = {
  '': 1,
  b: 1,
  k: 1e3,
  kb: 1e3,
  m: 1e6,
  mb: 1e6,
  g: 1e9,
  gb: 1e9,
  t: 1e12,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};
/** To milliseconds. */
const TIME: Units = {
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1e3,
  m: 6e4,
  min: 6e4,
  h: 36e5,
  d: 864e5,
};
const COUNT: Units = { '': 1, k: 1e3, m: 1e6, g: 1e9 };
const WHOLE: Units = { '': 1 };

interface Dimension {
  readonly units: Units;
  readonly expected: string;
}
const DIMENSIONS: {
  readonly [kind in Exclude<FieldKind, 'text' | 'label' | 'network' | 'flag'>]: Dimension;
} = {
  bytes: { units: BYTES, expected: 'a number of bytes such as 500, 10MB or 1.5GiB' },
  // A bare number would be seconds to one reader and milliseconds to another.
  time: { units: TIME, expected: 'a time with its unit (us, ms, s, m, h, d), such as 50ms or 2s' },
  count: { units: COUNT, expected: 'a number such as 5 or 10k' },
  number: { units: WHOLE, expected: 'a whole number' },
};

/** Text that cannot be read as a quantity, with what was expected instead. */
export interface NotAQuantity {
  readonly expected: string;
}

/** Reads a number in the units of `kind`: bytes, milliseconds or pieces. */
export function parseQuantity(text: string, kind: keyof typeof DIMENSIONS): number | NotAQuantity {
  const { units, expected } = DIMENSIONS[kind];
  const parts = /^(\d{1,16}(?:\.\d{1,9})?)([a-zµμ]{0,3})$/i.exec(text);
  if (parts === null) return { expected };
  const unit = parts[2]!.toLowerCase();
  const value = Number(parts[1]);
  // Zero is zero in every unit.
  const factor = value === 0 && unit === '' ? 1 : Object.hasOwn(units, unit) ? units[unit]! : null;
  if (factor === null || (kind === 'number' && !Number.isInteger(value))) return { expected };
  const quantity = value * factor;
  if (quantity > Number.MAX_SAFE_INTEGER)
    return { expected: `${expected}, at most ${Number.MAX_SAFE_INTEGER}` };
  // A billionth of a millisecond or byte is noise of the multiplication above.
  return quantity < 1e9 ? Math.round(quantity * 1e6) / 1e6 : quantity;
}
