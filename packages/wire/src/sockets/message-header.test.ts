import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encodeHeader } from '../header.js';
import { MessageHeader } from './message-header.js';

describe('a header that is written over', () => {
  test('is the same as one written afresh', () => {
    const header = new MessageHeader('flow', 7);
    fc.assert(
      fc.property(fc.nat(0xffff_ffff), fc.nat(100_000), (messageId, size) => {
        const fields = { layout: 'v1', topic: 'flow', version: 2, sourceId: 7, messageId, size } as const;
        expect(Buffer.from(header.of(messageId, size))).toEqual(Buffer.from(encodeHeader(fields)));
      }),
    );
  });
});
