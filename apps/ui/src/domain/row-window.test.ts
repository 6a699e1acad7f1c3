import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { drawnRows, FIRST_WINDOW, rowShift, visibleRows, windowFor } from './row-window.js';

describe('the window of rows asked for', () => {
  test('stays while there is enough before and after', () => {
    expect(windowFor(FIRST_WINDOW, 0, 20)).toBe(FIRST_WINDOW);
    expect(windowFor(FIRST_WINDOW, 100, 120)).toBe(FIRST_WINDOW);
  });

  test('moves along when what is visible comes near its end', () => {
    const moved = windowFor(FIRST_WINDOW, 150, 170);
    expect(moved).toEqual({ offset: 50, limit: 200 });
    expect(windowFor(moved, 150, 170)).toBe(moved);
  });

  test('always holds all that is visible, and settles', () => {
    const natural = fc.nat({ max: 1_000_000 });
    fc.assert(
      fc.property(natural, natural, fc.nat({ max: 120 }), (offset, first, height) => {
        const window = windowFor({ offset, limit: 200 }, first, first + height);
        expect(window.offset).toBeLessThanOrEqual(first);
        expect(window.offset + window.limit).toBeGreaterThan(first + height);
        expect(windowFor(window, first, first + height)).toEqual(window);
      }),
    );
  });
});

describe('rows to draw', () => {
  test('are those that show through, partly too, and some around them', () => {
    const visible = visibleRows(42 * 100 + 1, 42 * 10, 42);
    expect(visible).toEqual({ first: 100, last: 110 });
    expect(drawnRows(visible, 1000)).toEqual({ first: 88, end: 123 });
  });

  test('end where the list does', () => {
    expect(drawnRows(visibleRows(0, 420, 42), 4)).toEqual({ first: 0, end: 4 });
    expect(drawnRows(visibleRows(42_000, 420, 42), 4)).toEqual({ first: 4, end: 4 });
  });
});

describe('shift of rows', () => {
  const placed = (offset: number, ids: string) => ({ offset, rows: [...ids].map((id) => ({ id })) });

  test('is the number of rows that came in above', () => {
    expect(rowShift(placed(0, 'abcd'), placed(0, 'xyabcd'), 2)).toBe(2);
  });

  test('is told by the next row when the first visible one is gone', () => {
    expect(rowShift(placed(0, 'abcd'), placed(0, 'abd'), 2)).toBe(-1);
  });

  test('counts across windows, and is 0 when nothing is left to compare', () => {
    expect(rowShift(placed(0, 'abcd'), placed(50, 'cd'), 2)).toBe(48);
    expect(rowShift(placed(0, 'abcd'), placed(0, 'wxyz'), 0)).toBe(0);
  });
});
