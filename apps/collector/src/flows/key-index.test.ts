import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { KeyIndex } from './key-index.js';

test('finds every place that is in and none that was taken out, however hashes collide', () => {
  const capacity = 40;
  // Those with the same upper bits begin at the same entry, and those with the highest at the last one.
  const hash = fc.oneof(
    fc.constantFrom(0, 1, 63, 64, 0xffffffff, 0xfffffffe, 0xfff00000),
    fc.integer({ min: 0, max: 0xffffffff }),
  );
  const step = fc.record({ place: fc.nat(capacity - 1), hash });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const index = new KeyIndex(capacity);
      const inside = new Map<number, number>();
      const found = new Int32Array(capacity);
      for (const { place, hash } of steps) {
        const known = inside.get(place);
        if (known === undefined) {
          index.insert(hash, place);
          inside.set(place, hash);
        } else {
          index.remove(known, place, (other) => inside.get(other)!);
          inside.delete(place);
        }
        for (const [member, itsHash] of inside) {
          expect([...found.subarray(0, index.find(itsHash, found))]).toContain(member);
        }
        if (known !== undefined)
          expect([...found.subarray(0, index.find(known, found))]).not.toContain(place);
      }
    }),
    { numRuns: 300 },
  );
});

test('takes eight bytes a flow, and passes over what only begins at the same entry', () => {
  const capacity = 100_000;
  const index = new KeyIndex(capacity);
  expect(index.retainedBytes).toBe(8 * capacity);
  for (let place = 0; place < 64; place++) index.insert(0x80000000 + place, place);
  const found = new Int32Array(64);
  const others = Array.from({ length: 64 }, (_, place) => index.find(0x80000000 + place, found) - 1);
  expect(others.reduce((sum, count) => sum + count)).toBeLessThan(64);
});

test('holds the greatest capacity it is asked for', () => {
  for (const capacity of [1, 2, 3, 14, 15, 16, 17]) {
    const index = new KeyIndex(capacity);
    for (let place = 0; place < capacity; place++) index.insert(0xfffffff0, place);
    expect(index.find(0xfffffff0, new Int32Array(32))).toBe(capacity);
  }
});
