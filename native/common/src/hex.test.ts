import { expect, test } from '@jest/globals';
import { hexOf16, hexOf32 } from './hex.js';

test('16 bits are written as Number.toString writes them', () => {
  for (let value = 0; value < 65_536; value++) expect(hexOf16(value)).toBe(value.toString(16));
});

test.each([
  [0, '00000000'],
  [1, '00000001'],
  [0x7fffffff, '7fffffff'],
  [0x80000000, '80000000'],
  [0xdeadbeef, 'deadbeef'],
  [0xffffffff, 'ffffffff'],
])('%i', (value, text) => expect(hexOf32(value)).toBe(text));
