import { describe, expect, test } from '@jest/globals';
import { balance, worst } from './ledger-balance.js';

const ledger = (
  seen: number,
  delivered: number,
  dropped: { [reason: string]: number },
  inFlight: number,
) => ({
  hop: 'agent queue',
  seen,
  delivered,
  dropped,
  inFlight,
});

describe('balance of a ledger', () => {
  test('seen = delivered + in flight is well', () => {
    expect(balance(ledger(10, 8, { 'queue full': 0 }, 2))).toMatchObject({ verdict: 'balanced', missing: 0 });
  });

  test('drops with a reason add up, and are named', () => {
    expect(balance(ledger(1010, 8, { 'queue full': 1000, closed: 2 }, 0))).toMatchObject({
      verdict: 'lossy',
      dropped: 1002,
      sentence: 'Dropped: 1,000 queue full, 2 closed',
    });
  });

  test('what was left out is no loss, and said', () => {
    expect(balance(ledger(10, 7, { 'not selected': 3 }, 0))).toMatchObject({
      verdict: 'balanced',
      sentence: 'Left out, no loss: 3 not selected',
    });
  });

  test('what is neither here nor there is wrong', () => {
    expect(balance(ledger(10, 8, {}, 0))).toMatchObject({ verdict: 'wrong', missing: 2 });
    expect(balance(ledger(10, 12, {}, -2))).toMatchObject({ verdict: 'wrong' });
  });

  test('the worst of all hops counts', () => {
    expect(worst([])).toBe('balanced');
    expect(worst(['balanced', 'wrong', 'lossy'])).toBe('wrong');
  });
});
