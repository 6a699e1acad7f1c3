import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ByteQueue } from './byte-queue.js';

const message = (text: string, events = 1) => ({
  topic: 'flow' as const,
  payload: Buffer.from(text),
  events,
});
const letter = (queue: ByteQueue) => queue.shift()?.payload.toString()[0];
/** Room for `count` messages of ten bytes. */
const roomFor = (count: number) => count * (10 + 96);

describe('a queue bounded by bytes', () => {
  test('gives back in order', () => {
    const queue = new ByteQueue(roomFor(3));
    for (const text of ['a'.repeat(10), 'b'.repeat(10)]) expect(queue.push(message(text))).toBe(0);
    expect([letter(queue), letter(queue), queue.shift()]).toEqual(['a', 'b', undefined]);
    expect(queue.bytes).toBe(0);
  });

  test('lets the oldest give way when it is full', () => {
    const queue = new ByteQueue(roomFor(2));
    for (const each of 'abc') queue.push(message(each.repeat(10)));
    expect([letter(queue), letter(queue), queue.shift()]).toEqual(['b', 'c', undefined]);
  });

  test('refuses what is larger than itself and keeps the rest', () => {
    const queue = new ByteQueue(roomFor(1));
    queue.push(message('a'.repeat(10)));
    expect(queue.push(message('b'.repeat(11), 3))).toBe(3);
    expect(letter(queue)).toBe('a');
  });

  test('neither loses nor invents anything', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat(50)), { maxLength: 5000 }), (steps) => {
        const queue = new ByteQueue(roomFor(20));
        let pushed = 0;
        let gone = 0;
        for (const size of steps) {
          if (size === null) {
            gone += queue.shift()?.events ?? 0;
          } else {
            const events = 1 + (size % 8);
            pushed += events;
            gone += queue.push(message('x'.repeat(size), events));
          }
          expect(queue.bytes).toBeLessThanOrEqual(queue.capacity);
        }
        for (let left = queue.shift(); left !== undefined; left = queue.shift()) gone += left.events;
        expect([gone, queue.bytes, queue.length]).toEqual([pushed, 0, 0]);
      }),
      { numRuns: 30 },
    );
  });
});
