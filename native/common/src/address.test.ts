import { describe, expect, test } from '@jest/globals';
import { formatAddress } from './address.js';

describe('addresses', () => {
  const v6 = (...groups: number[]) => Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 255]));

  test.each([
    ['127.0.0.1', v6(0, 0, 0, 0, 0, 0xffff, 0x7f00, 1)],
    ['0.0.0.0', v6(0, 0, 0, 0, 0, 0xffff, 0, 0)],
    ['::', v6(0, 0, 0, 0, 0, 0, 0, 0)],
    ['::1', v6(0, 0, 0, 0, 0, 0, 0, 1)],
    ['2001:db8::1', v6(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)],
    ['2001:db8:0:1:1:1:1:1', v6(0x2001, 0xdb8, 0, 1, 1, 1, 1, 1)],
    ['2001:0:0:1::1', v6(0x2001, 0, 0, 1, 0, 0, 0, 1)],
    ['2001:db8::1:0:0:1', v6(0x2001, 0xdb8, 0, 0, 1, 0, 0, 1)],
    ['fe80::', v6(0xfe80, 0, 0, 0, 0, 0, 0, 0)],
  ])('%s', (text, bytes) => expect(formatAddress(bytes, 0)).toBe(text));
});
