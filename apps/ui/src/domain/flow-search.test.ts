import { describe, expect, test } from '@jest/globals';
import { DEFAULT_SORT, formatFlowSearch, nextSort, parseFlowSearch } from './flow-search.js';

describe('the address of a list of flows', () => {
  test('reads back what it wrote', () => {
    const search = {
      interface: 'tcp://*:1234c',
      filter: 'process:curl and rtt>50ms',
      sort: '-bytes',
    } as const;
    expect(parseFlowSearch(formatFlowSearch(search))).toEqual(search);
  });

  test('says nothing when all is as usual', () => {
    expect(formatFlowSearch(parseFlowSearch(''))).toBe('');
  });

  test('an unknown sort is the usual one', () => {
    expect(parseFlowSearch('?sort=constructor').sort).toBe(DEFAULT_SORT);
  });

  test('a heading sorts first the way its column is mostly wanted, then the other way', () => {
    expect(nextSort('-firstSeen', 'bytes')).toBe('-bytes');
    expect(nextSort('-bytes', 'bytes')).toBe('bytes');
    expect(nextSort('-bytes', 'client')).toBe('client');
  });
});
