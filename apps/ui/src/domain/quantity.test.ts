import { describe, expect, test } from '@jest/globals';
import { bytes, count, dateTime, duration, inline, latency } from './quantity.js';

const plain = (quantity: { value: string; unit: string }) => inline(quantity).replace('\u00a0', ' ');

describe('quantities', () => {
  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.00 kB'],
    [12_345, '12.3 kB'],
    [999_949, '1.00 MB'],
    [123_456_789, '123 MB'],
    [2e12, '2.00 TB'],
  ])('%d bytes read %s', (number, text) => expect(plain(bytes(number))).toBe(text));

  test.each([
    [0, '0'],
    [9999, '9,999'],
    [10_000, '10.0 k'],
    [1_234_567, '1.23 M'],
  ])('a count of %d reads %s', (number, text) => expect(plain(count(number))).toBe(text));

  test.each([
    [0, '0.00 ms'],
    [0.177, '177 µs'],
    [0.0042, '4.20 µs'],
    [1.25, '1.25 ms'],
    [99.96, '100 ms'],
    [1234, '1.23 s'],
  ])('a latency of %d ms reads %s', (number, text) => expect(plain(latency(number))).toBe(text));

  test.each([
    [-5, '0 ms'],
    [0.679, '679 µs'],
    [340.9, '340 ms'],
    [12_900, '12 s'],
    [185_000, '3 m 05 s'],
    [2 * 3_600_000 + 7 * 60_000, '2 h 07 m'],
    [5 * 86_400_000 + 3 * 3_600_000, '5 d 03 h'],
    [7.5 * 365.25 * 86_400_000, '7.5 y'],
  ])('a duration of %d ms reads %s', (number, text) => expect(duration(number)).toBe(text));

  test('a date that is none reads as unknown', () => {
    expect(dateTime(Number.NaN)).toBe('—');
    expect(dateTime(new Date(2026, 0, 2, 3, 4, 5, 6).getTime())).toBe('2026-01-02 03:04:05.006');
  });
});
