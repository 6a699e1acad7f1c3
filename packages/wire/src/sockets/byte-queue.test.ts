import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ByteQueue, type QueuedMessage } from './byte-queue.js';

/** Room for `count` messages of ten bytes. */
const roomFor = (count: number) => count * (10 + 96);

/** Text goes in from memory that is used for something else right after. */
function push(queue: ByteQueue, text: string, events = 1): number {
  const memory = Buffer.from(`<${text}>`);
  const ascii = memory.length === text.length + 2;
  const dropped = queue.push('flow', events, { memory, start: 1, end: memory.length - 1, ascii });
  memory.fill('?');
  return dropped;
}

const take = (queue: ByteQueue) => queue.shift()?.text;

describe('a queue bounded by bytes', () => {
  test('gives back in order', () => {
    const queue = new ByteQueue(roomFor(3));
    for (const letter of 'ab') expect(push(queue, letter.repeat(10))).toBe(0);
    expect([take(queue), take(queue), take(queue)]).toEqual(['a'.repeat(10), 'b'.repeat(10), undefined]);
    expect(queue.bytes).toBe(0);
  });

  test('gives back any characters, and their size in bytes', () => {
    const queue = new ByteQueue(1000);
    push(queue, 'é😀');
    expect(queue.shift()).toMatchObject({ text: 'é😀', size: 6, topic: 'flow', events: 1 });
  });

  test('lets the oldest give way when it is full', () => {
    const queue = new ByteQueue(roomFor(2));
    for (const letter of 'abc') push(queue, letter.repeat(10));
    expect([take(queue)?.[0], take(queue)?.[0], take(queue)]).toEqual(['b', 'c', undefined]);
  });

  test('refuses what is larger than itself and keeps the rest', () => {
    const queue = new ByteQueue(roomFor(1));
    push(queue, 'a'.repeat(10));
    expect(push(queue, 'b'.repeat(11), 3)).toBe(3);
    expect(take(queue)?.[0]).toBe('a');
  });

  test('neither loses, invents nor mixes up anything, whatever is taken, held and dropped', () => {
    const size = fc.oneof(fc.nat(200), fc.nat(60_000), fc.nat(60_000), fc.constant(200_000));
    const steps = fc.array(fc.option(size, { freq: 8 }), { maxLength: 300 });
    fc.assert(
      fc.property(steps, fc.constantFrom(90_000, 300_000), (steps, capacity) => {
        const queue = new ByteQueue(capacity);
        const waiting: { text: string; events: number }[] = [];
        let held: { message: QueuedMessage; text: string } | null = null;
        let gone = 0;
        let pushed = 0;
        for (const [index, size] of steps.entries()) {
          if (size === null) {
            const message = queue.shift();
            const expected = waiting.shift();
            expect(message?.events).toBe(expected?.events);
            if (message !== undefined) held = { message, text: expected!.text };
            gone += message?.events ?? 0;
          } else {
            const events = 1 + (size % 8);
            const text = `${index} `.padEnd(size, 'x');
            pushed += events;
            const dropped = push(queue, text, events);
            const refused = size + 96 > capacity;
            if (!refused) waiting.push({ text, events });
            let left = refused ? dropped - events : dropped;
            while (left > 0) left -= waiting.shift()!.events;
            expect(left).toBe(0);
            gone += dropped;
          }
          expect(queue.bytes).toBeLessThanOrEqual(queue.capacity);
          expect(held?.message.text).toBe(held?.text);
        }
        for (let message = queue.shift(); message !== undefined; message = queue.shift()) {
          expect(message.text).toBe(waiting.shift()!.text);
          gone += message.events;
        }
        expect([gone, queue.bytes, queue.length, waiting]).toEqual([pushed, 0, 0, []]);
      }),
      { numRuns: 100 },
    );
  });

  test('leaves what was taken alone while all that waited beside it gives way', () => {
    const queue = new ByteQueue(130_000);
    for (const letter of 'ab') push(queue, letter.repeat(60_000));
    const taken = queue.shift()!;
    for (const letter of 'cdefgh') push(queue, letter.repeat(60_000));
    expect(taken.text).toBe('a'.repeat(60_000));
    expect([take(queue)?.[0], take(queue)?.[0], take(queue)]).toEqual(['g', 'h', undefined]);
  });

  test('uses its memory again: a steady stream takes no more of it', () => {
    const queue = new ByteQueue(10_000_000);
    const pages = new Set<Buffer>();
    for (let index = 0; index < 2000; index++) {
      push(queue, 'x'.repeat(8000));
      pages.add(queue.shift()!.page);
    }
    expect(pages.size).toBeLessThan(4);
  });
});
