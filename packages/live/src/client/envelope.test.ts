import { expect, test } from '@jest/globals';
import { rowsSchema, subscriptionSchema } from '../messages.js';
import { readServerMessage } from './envelope.js';

const kinds = subscriptionSchema.options.map(({ shape }) => shape.kind.value);

test.each(kinds)('rows of a view of %s are read, and known by their ids', (kind) => {
  const message = {
    type: 'snapshot',
    view: 'v',
    sequence: 1,
    time: 1,
    total: 1,
    skipped: 0,
    content: { kind, rows: [{ id: 'a', name: 'a' }] },
  };
  expect(readServerMessage(JSON.stringify(message))).toEqual(message);
});

test('every kind of view has rows', () => {
  expect(rowsSchema.options.map(({ shape }) => shape.kind.value).sort()).toEqual(kinds.toSorted());
});

test('what is no message is none', () => {
  const snapshot = { type: 'snapshot', view: 'v', sequence: 1, time: 1, total: 1, skipped: 0 };
  for (const content of [undefined, { kind: 'colours', rows: [] }, { kind: 'agents', rows: [{}] }]) {
    expect(readServerMessage(JSON.stringify({ ...snapshot, content }))).toBe(null);
  }
  for (const text of ['', '{', 'null', 7]) expect(readServerMessage(text)).toBe(null);
});
