import { describe, expect, test } from '@jest/globals';
import { BACK_OFF, backOff } from './backoff.js';

describe('waiting between attempts', () => {
  test('doubles up to the longest wait', () => {
    const longest = [0, 1, 2, 3, 10, 1000].map((attempt) => backOff(attempt, BACK_OFF, () => 1));
    expect(longest).toEqual([250, 500, 1000, 2000, 10_000, 10_000]);
  });

  test('is never less than half of it', () => {
    expect(backOff(2, BACK_OFF, () => 0)).toBe(500);
  });
});
