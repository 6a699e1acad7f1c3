import { isIPv6 } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  formatAddress,
  isIPv4,
  isLoopback,
  isLoopbackText,
  parseAddress,
  parseAddressInto,
} from './address.js';

describe('parseAddress', () => {
  test.each([
    ['1.2.3.4', '1.2.3.4'],
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:DB8:0:0::1', '2001:db8::1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['::ffff:a00:1', '10.0.0.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    // RFC 5952, section 4: the longest run, the first of equal ones, never a single group.
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ])('%s is %s', (text, written) => {
    expect(formatAddress(parseAddress(text)!)).toBe(written);
  });

  test.each([
    '',
    '1',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '1.2.3.04',
    '1..2.3',
    '1.2.3.4 ',
    ':',
    ':::',
    '1:',
    ':1',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1::2:3:4:5:6:7:8',
    '12345::',
    'g::',
    'fe80::1%eth0',
    '::1.2.3',
    '::1.2.3.4:5',
    '[::1]',
    '1.2.3.4/8',
  ])('%j is no address', (text) => {
    expect(parseAddress(text)).toBeNull();
  });

  test('says yes to the IPv6 texts that Node takes, zones aside, and reads back what it writes', () => {
    const piece = fc.constantFrom('', ':', '::', '0', '1', 'ffff', '1.2.3.4', ':abcd', '00000');
    const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(fc.oneof(text, fc.ipV6()), (candidate) => {
        const bytes = parseAddress(candidate);
        if (candidate.includes(':')) expect(bytes !== null).toBe(isIPv6(candidate));
        if (bytes !== null) expect(parseAddress(formatAddress(bytes))).toEqual(bytes);
      }),
      { numRuns: 2000 },
    );
  });

  test('any 16 bytes are written and read back', () => {
    const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 });
    const sparse = bytes.map((full) => full.map((byte) => (byte < 128 ? 0 : byte)));
    fc.assert(
      fc.property(fc.oneof(bytes, sparse), (address) => {
        expect(parseAddress(formatAddress(address))).toEqual(address);
      }),
    );
  });

  test('writes nothing beyond the end of the buffer', () => {
    expect(parseAddressInto('1.2.3.4', new Uint8Array(16), 1)).toBe(false);
  });
});

test('isLoopback: 127.0.0.0/8 and ::1', () => {
  const loopback = (text: string) => isLoopback(parseAddress(text)!);
  for (const text of ['127.0.0.1', '127.255.0.3', '::1', '::ffff:127.0.0.1'])
    expect(loopback(text)).toBe(true);
  for (const text of ['128.0.0.1', '::', '1::1', '0.0.0.1', '::7f00:1']) expect(loopback(text)).toBe(false);
});

test('isIPv4: mapped addresses only', () => {
  expect(isIPv4(parseAddress('10.0.0.1')!)).toBe(true);
  expect(isIPv4(parseAddress('::10.0.0.1')!)).toBe(false);
});

test('an address is loopback as text when it is as bytes', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom('127.0.0.1', '127.1.2.3', '::1', '::2')),
      (text) => {
        const bytes = parseAddress(text)!;
        expect(isLoopbackText(formatAddress(bytes))).toBe(isLoopback(bytes));
      },
    ),
  );
});
