import { expect, test } from '@jest/globals';
import { parseFilter } from '@packetless/model';
import { FLOW_FILTER_WORDS } from './flows/filter-words.js';
import { LISTENING_FILTER_WORDS } from './listening/filter-words.js';

test('every example of a filter is one', () => {
  for (const { examples } of [FLOW_FILTER_WORDS, LISTENING_FILTER_WORDS]) {
    for (const [example] of examples) expect(parseFilter(example)).not.toBe(null);
  }
});
