import { describe, expect, test } from '@jest/globals';
import { FILTER_FIELDS } from '@packetless/model';
import { completions } from './filter-completion.js';

const names = (text: string, all = false) =>
  completions(FILTER_FIELDS, text, text.length, all).map((each) => each.field.name);

describe('completion of a filter', () => {
  test('offers the fields that begin like the word at the cursor', () => {
    expect(names('pro')).toEqual(['process', 'proto']);
    expect(names('port:443 and not (RT')).toEqual(['rtt']);
  });

  test('offers nothing inside a value, a quoted text or an empty word', () => {
    expect(names('process:pro')).toEqual([]);
    expect(names('cmdline:"a pro')).toEqual([]);
    expect(names('process:curl ')).toEqual([]);
  });

  test('offers only what means something there', () => {
    const few = FILTER_FIELDS.filter(({ name }) => name === 'port');
    expect(completions(few, 'p', 1).map(({ field }) => field.name)).toEqual(['port']);
  });

  test('offers everything on demand', () => {
    expect(names('', true)).toHaveLength(FILTER_FIELDS.length);
  });

  test('writes the field with what mostly follows it, and puts the cursor there', () => {
    expect(completions(FILTER_FIELDS, 'rt', 2)[0]).toMatchObject({ text: 'rtt>', cursor: 4 });
    expect(completions(FILTER_FIELDS, 'proc and failed', 4)[0]).toMatchObject({
      text: 'process: and failed',
      cursor: 8,
    });
    expect(completions(FILTER_FIELDS, 'lab', 3)[0]).toMatchObject({ text: 'label.', cursor: 6 });
    expect(completions(FILTER_FIELDS, 'fai', 3)[0]).toMatchObject({ text: 'failed ', cursor: 7 });
    expect(completions(FILTER_FIELDS, 'proc:curl', 2)[0]).toMatchObject({ text: 'process:curl', cursor: 7 });
  });
});
