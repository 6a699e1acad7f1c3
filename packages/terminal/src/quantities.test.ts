import { expect, test } from '@jest/globals';
import { bytes, duration, milliseconds } from './quantities.js';

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [999_949, '999.9 kB'],
  [999_950, '1.0 MB'],
  [12_345_678, '12.3 MB'],
  [Number.MAX_SAFE_INTEGER, '9.0 PB'],
])('%i bytes: %s', (count, text) => expect(bytes(count)).toBe(text));

test.each([
  [0, '0.0 ms'],
  [999.4, '999.4 ms'],
  [1250, '1.25 s'],
  [59_990, '59.99 s'],
  [60_000, '1 min 00 s'],
  [185_000, '3 min 05 s'],
  [7_620_000, '2 h 07 min'],
])('%f ms: %s', (ms, text) => expect(duration(ms)).toBe(text));

test('latencies keep their microseconds', () => {
  expect([milliseconds(0.177), milliseconds(1234.56)]).toEqual(['0.177 ms', '1234.6 ms']);
});
