import { describe, expect, test } from '@jest/globals';
import { witnessMarks } from './witnesses.js';

describe('marks of the witnesses', () => {
  test('say who saw it and who did not', () => {
    const marks = witnessMarks([
      { kind: 'agent', name: 'web-1', side: 'server', events: 3 },
      { kind: 'packets', name: 'eth0', side: null, events: 9 },
    ]);
    expect(marks.map((mark) => mark.seen)).toEqual([false, true, true]);
    expect(marks[1]!.title).toBe('Seen by agent on the server: web-1');
  });

  test('an agent without a side is not put on one', () => {
    const marks = witnessMarks([{ kind: 'agent', name: 'x', side: null, events: 1 }]);
    expect(marks.some((mark) => mark.seen)).toBe(false);
  });
});
