import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FieldCache } from './field-cache.js';

describe('a field cache', () => {
  test('gives what decoding gives, however often and in whatever order it is asked', () => {
    const decode = (bytes: Buffer, at: number) => bytes.toString('hex', at, at + 16);
    const cache = new FieldCache(decode);
    const field = fc.uint8Array({ minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(fc.array(field, { minLength: 1, maxLength: 50 }), (fields) => {
        const bytes = Buffer.concat([...fields, ...fields]);
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
        for (let at = 0; at < bytes.length; at += 16) {
          expect(cache.get(view, bytes, at)).toBe(decode(bytes, at));
        }
      }),
      { interruptAfterTimeLimit: 2000 },
    );
  });
});
