import { describe, expect, test } from '@jest/globals';
import {
  DEFAULT_SORT,
  FLOW_SORT_RULES,
  flowsPath,
  formatFlowSearch,
  parseFlowSearch,
} from './flow-search.js';
import { nextSort } from './search.js';

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

  test('of those that a filter chooses', () => {
    expect(flowsPath('port:22 not closed')).toBe('/?filter=port%3A22+not+closed');
  });

  test('an unknown sort is the usual one', () => {
    expect(parseFlowSearch('?sort=constructor').sort).toBe(DEFAULT_SORT);
  });

  test('a heading sorts first the way its column is mostly wanted, then the other way', () => {
    expect(nextSort(FLOW_SORT_RULES, '-firstSeen', 'bytes')).toBe('-bytes');
    expect(nextSort(FLOW_SORT_RULES, '-bytes', 'bytes')).toBe('bytes');
    expect(nextSort(FLOW_SORT_RULES, '-bytes', 'client')).toBe('client');
  });
});
