import { describe, expect, test } from '@jest/globals';
import type { Header } from '@packetless/wire';
import fc from 'fast-check';
import { Numbering } from './numbering.js';

const A = { name: 'a' };
const B = { name: 'b' };

function header(messageId: number, sourceId = 1, layout: Header['layout'] = 'v1'): Header {
  return { layout, topic: 'flow', version: 2, sourceId, messageId, flags: 0, size: 0 };
}

describe('numbers of messages', () => {
  test('a jump counts what is between; the first message sets the base', () => {
    const numbering = new Numbering();
    expect([41, 42, 47].map((id) => numbering.track(header(id), A).missed)).toEqual([0, 0, 4]);
  });

  test('a smaller number is a restart and no loss', () => {
    const numbering = new Numbering();
    numbering.track(header(10), A);
    expect(numbering.track(header(3), A)).toEqual({ missed: 0, restarted: true, owner: A });
    expect(numbering.track(header(4), A)).toEqual({ missed: 0, restarted: false, owner: A });
  });

  test('headers without a number say nothing', () => {
    const numbering = new Numbering();
    numbering.track(header(10, 0), A);
    expect(numbering.track(header(0, 0, 'v0'), A)).toEqual({ missed: 0, restarted: false, owner: A });
    expect(numbering.track(header(11, 0), A)).toEqual({ missed: 0, restarted: false, owner: A });
  });

  test('two agents that share a source id by chance are kept apart', () => {
    const numbering = new Numbering();
    numbering.track(header(5), A);
    numbering.track(header(900), B);
    expect(numbering.track(header(6), A).missed).toBe(0);
    expect(numbering.track(header(902), B).missed).toBe(1);
  });

  test('a message that cannot be read belongs to whoever it continues', () => {
    const numbering = new Numbering();
    numbering.track(header(5), A);
    numbering.track(header(900), B);
    expect(numbering.track(header(901), null)).toEqual({ missed: 0, restarted: false, owner: B });
    expect(numbering.track(header(902), B).missed).toBe(0);
  });

  test('numbers at random are never taken for millions of losses at a time', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0xffffffff }), { maxLength: 50 }), (ids) => {
        const numbering = new Numbering();
        for (const id of ids) expect(numbering.track(header(id), A).missed).toBeLessThan(100_000_000);
      }),
    );
  });
});
