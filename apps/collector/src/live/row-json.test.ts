import { expect, test } from '@jest/globals';
import { RowJsonCache } from './row-json.js';

function counting() {
  const cache = new RowJsonCache(8);
  let written = 0;
  const get = (id: string, revision: number) =>
    cache.get(id, revision, () => {
      written++;
      return `${id}@${revision}`;
    });
  return { cache, get, written: () => written };
}

test('a row is written once per revision', () => {
  const { get, written } = counting();
  expect([get('a', 1), get('a', 1), get('a', 2), get('a', 2)]).toEqual(['a@1', 'a@1', 'a@2', 'a@2']);
  expect(written()).toBe(2);
});

test('what is wanted survives turns, what is not is forgotten', () => {
  const { cache, get, written } = counting();
  get('a', 1);
  get('b', 1);
  cache.turn();
  get('a', 1);
  cache.turn();
  expect(cache.size).toBe(1);
  get('a', 1);
  expect(written()).toBe(2);
});

test('is bounded however many rows are wanted', () => {
  const { cache, get } = counting();
  for (let i = 0; i < 1000; i++) get(String(i), 1);
  expect(cache.size).toBeLessThanOrEqual(8);
});

test('is bounded however long the rows are', () => {
  const cache = new RowJsonCache(1000, 10_000);
  for (let i = 0; i < 100; i++) cache.get(String(i), 1, () => 'x'.repeat(1000));
  expect(cache.size).toBeLessThanOrEqual(10);
  for (let revision = 0; revision < 100; revision++) cache.get('a', revision, () => 'x'.repeat(1000));
  for (let i = 0; i < 3; i++) cache.get(`b${i}`, 1, () => 'x'.repeat(1000));
  expect(cache.size).toBeGreaterThan(3);
});
