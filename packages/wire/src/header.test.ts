import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeHeader, encodeHeader } from './header.js';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('a header', () => {
  test('of 40 bytes is v0, as ebpflowexport sends it', () => {
    const frame = hex(`666c6f77 ${'00'.repeat(28)} 00000000 6c020000`);
    expect(decodeHeader(frame)).toEqual({
      layout: 'v0',
      topic: 'flow',
      version: 0,
      sourceId: 0,
      messageId: 0,
      flags: 0,
      size: 620,
    });
  });

  test('of 24 bytes is v1, with the number big-endian', () => {
    expect(decodeHeader(hex(`666c6f77 ${'00'.repeat(12)} 02 07 6c02 00000102`))).toEqual({
      layout: 'v1',
      topic: 'flow',
      version: 2,
      sourceId: 7,
      messageId: 258,
      flags: 0,
      size: 620,
    });
  });

  test('of version 1 has the number little-endian and no source', () => {
    const header = decodeHeader(hex(`666c6f77 ${'00'.repeat(12)} 01 07 6c02 02010000`));
    expect(header).toMatchObject({ layout: 'v1', version: 1, sourceId: 0, messageId: 258 });
  });

  test('of 24 bytes and version 4 is v1 too, as newer ntopng exporters send it', () => {
    const header = decodeHeader(hex(`666c6f77 ${'00'.repeat(12)} 04 ff ffff ffffffff`));
    expect(header).toMatchObject({ layout: 'v1', topic: 'flow', version: 4, flags: 0 });
  });

  test('with uncleared bytes behind the topic and garbage for ids is read', () => {
    expect(decodeHeader(hex('666c6f77007f000072065b98657f0000 02bd0301657f0000'))).toEqual({
      layout: 'v1',
      topic: 'flow',
      version: 2,
      sourceId: 0xbd,
      messageId: 0x657f0000,
      flags: 0,
      size: 0x0103,
    });
  });

  test('of 28 bytes is v2, with 32 bits of source', () => {
    const header = decodeHeader(hex(`6576656e74 ${'00'.repeat(11)} 02 00 1000 00000005 efbeadde`));
    expect(header).toMatchObject({
      layout: 'v2',
      topic: 'event',
      messageId: 5,
      sourceId: 0xdeadbeef,
      size: 16,
    });
  });

  test('of 36 bytes is v3, with flags and two sizes', () => {
    const frame = hex(`666c6f77 ${'00'.repeat(12)} 04 06 0000 00020000 00010000 00000009 04030201`);
    expect(decodeHeader(frame)).toEqual({
      layout: 'v3',
      topic: 'flow',
      version: 4,
      sourceId: 0x01020304,
      messageId: 9,
      flags: 6,
      size: 512,
    });
  });

  test('of another length, or with a topic that is not text, is none', () => {
    for (const length of [0, 1, 23, 25, 27, 39, 41, 288])
      expect(decodeHeader(new Uint8Array(length))).toBe(null);
    expect(decodeHeader(hex(`1b5b324a ${'00'.repeat(20)}`))).toBe(null);
    expect(decodeHeader(hex(`c3a9 ${'00'.repeat(22)}`))).toBe(null);
  });

  test('is read as it was written', () => {
    const fields = fc.record({
      layout: fc.constantFrom('v0', 'v1', 'v2'),
      topic: fc.constantFrom('flow', 'event', 'listening-ports'),
      version: fc.constantFrom(0, 1, 2, 3, 4),
      sourceId: fc.nat(0xffffffff),
      messageId: fc.nat(0xffffffff),
      size: fc.nat(0xffffffff),
    });
    fc.assert(
      fc.property(fields, (header) => {
        const read = decodeHeader(encodeHeader(header))!;
        const { layout } = header;
        const compatibility = layout === 'v1' && header.version === 1;
        expect(read).toEqual({
          layout,
          topic: header.topic,
          version: header.version,
          sourceId:
            layout === 'v0' || compatibility ? 0 : layout === 'v1' ? header.sourceId & 0xff : header.sourceId,
          messageId: layout === 'v0' ? 0 : header.messageId,
          flags: 0,
          size: layout === 'v0' ? header.size : header.size & 0xffff,
        });
      }),
    );
  });
});
