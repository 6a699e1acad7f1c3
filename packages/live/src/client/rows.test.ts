import { describe, expect, test } from '@jest/globals';
import type { UpdateMessage } from '../messages.js';
import { ViewRows } from './rows.js';

/** Updates of an agents view; only the id and one counter matter here. */
const agent = (id: string, events = 0) => ({ id, events });
const base = { view: 'v', time: 1, total: 2 };
const snapshot = (sequence: number, rows: object[]): UpdateMessage =>
  ({ type: 'snapshot', ...base, sequence, skipped: 0, content: { kind: 'agents', rows } }) as UpdateMessage;
const delta = (sequence: number, rows: object[], order: string[] | null): UpdateMessage =>
  ({ type: 'delta', ...base, sequence, order, content: { kind: 'agents', rows } }) as UpdateMessage;

const idsOf = (rows: ViewRows<'agents'>) => rows.list().map((row) => row.id);

describe('rows of a view', () => {
  test('a snapshot replaces everything', () => {
    const rows = new ViewRows('agents');
    rows.apply(snapshot(7, [agent('a'), agent('b')]));
    rows.apply(snapshot(20, [agent('c')]));
    expect(idsOf(rows)).toEqual(['c']);
  });

  test('a delta changes its rows and leaves the others the very same objects', () => {
    const rows = new ViewRows('agents');
    rows.apply(snapshot(1, [agent('a'), agent('b')]));
    const before = rows.list();
    expect(rows.apply(delta(2, [agent('b', 5)], null))).toEqual({ outcome: 'applied', changed: 1 });
    const after = rows.list();
    expect(after[0]).toBe(before[0]);
    expect(after[1]).toEqual(agent('b', 5));
  });

  test('the order of a delta moves rows, brings new ones in and lets absent ones go', () => {
    const rows = new ViewRows('agents');
    rows.apply(snapshot(1, [agent('a'), agent('b')]));
    rows.apply(delta(2, [agent('c')], ['c', 'b']));
    expect(idsOf(rows)).toEqual(['c', 'b']);
    rows.apply(delta(3, [], ['a', 'b']));
    expect(idsOf(rows)).toEqual(['b']);
  });

  test('a delta after a missing one is refused', () => {
    const rows = new ViewRows('agents');
    expect(rows.apply(delta(1, [agent('a')], ['a']))).toEqual({ outcome: 'gap' });
    rows.apply(snapshot(1, [agent('a')]));
    expect(rows.apply(delta(3, [agent('a', 9)], null))).toEqual({ outcome: 'gap' });
    expect(rows.list()).toEqual([agent('a')]);
  });

  test('an update of another kind is refused', () => {
    expect(new ViewRows('flows').apply(snapshot(1, [agent('a')]))).toEqual({ outcome: 'gap' });
  });
});
