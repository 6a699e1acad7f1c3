import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fromShortReal, toShortReal } from './halves.js';
import { UNKNOWN_HALF } from './record-layout.js';

test('a short real has three right digits', () => {
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 999 }), fc.integer({ min: -5, max: 10 }), (digits, exponent) => {
      const value = Number(`${digits}e${exponent}`);
      expect(Number(fromShortReal(toShortReal(value)).toPrecision(3))).toBe(value);
    }),
  );
});

test('a short real is never the code of the unknown, and keeps its order', () => {
  const all = [0, 1e-9, 2 ** -20, 1e-3, 0.177, 1, 1500, 12.5e9, 8.7e12, 1e13, 1e30, Number.MAX_VALUE];
  const codes = all.map(toShortReal);
  expect(codes).toEqual(codes.toSorted((a, b) => a - b));
  for (const code of codes) expect(code).toBeLessThan(UNKNOWN_HALF);
  expect(fromShortReal(toShortReal(0))).toBe(0);
  expect(fromShortReal(UNKNOWN_HALF)).toBeNaN();
});
