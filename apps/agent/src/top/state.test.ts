import { describe, expect, test } from '@jest/globals';
import { printFilter } from '@packetless/model';
import { parseKeys } from './keys.js';
import { initialState, press, type Surroundings, type TopState, type Wish } from './state.js';

const AROUND: Surroundings = { columns: ['pid', 'name', 'out', 'in', 'open'], rowCount: 50, pageSize: 20 };
const FIRST = initialState('process', { key: 'traffic', reversed: false });

/** Presses keys one after another; the last wish counts. */
function after(input: string, from = FIRST): TopState & { readonly wish: Wish } {
  let state = from;
  let wish: Wish = null;
  for (const key of parseKeys(input)) ({ state, wish } = press(state, key, AROUND));
  return { ...state, wish };
}

const RIGHT = '\u001b[C';
const LEFT = '\u001b[D';
const ESCAPE = '\u001b';

describe('keys', () => {
  test.each([
    ['r', 'remote'],
    ['c', 'container'],
    ['u', 'user'],
    ['up', 'process'],
  ] as const)('%s: by %s', (keys, view) => expect(after(keys).view).toBe(view));

  test.each([
    ['o', { key: 'out', reversed: false }],
    ['oo', { key: 'out', reversed: true }],
    ['ooo', { key: 'out', reversed: false }],
    ['!', { key: 'traffic', reversed: true }],
    [RIGHT, { key: 'out', reversed: false }],
    [LEFT, { key: 'in', reversed: false }],
    [RIGHT + RIGHT + RIGHT + RIGHT, { key: 'open', reversed: false }],
    [`o${LEFT}<<<`, { key: 'pid', reversed: false }],
  ])('%j: sorted by %j', (keys, order) => expect(after(keys).order).toEqual(order));

  test('move within the rows', () => {
    expect(after('\u001b[B').offset).toBe(1);
    expect(after('\u001b[A').offset).toBe(0);
    expect(after('\u001b[6~\u001b[6~\u001b[6~').offset).toBe(30);
    expect(after('\u001b[F\u001b[5~').offset).toBe(10);
    expect(after('\u001b[F\u001b[H').offset).toBe(0);
  });

  test('pause, help, quit and the rest', () => {
    expect([after(' ').paused, after('  ').paused]).toEqual([true, false]);
    expect([after('?').help, after('?x').help]).toEqual([true, false]);
    expect(['q', '\u0003', '\u001a', '\f', 'z', '?q'].map((keys) => after(keys).wish)).toEqual([
      'quit',
      'quit',
      'suspend',
      'redraw',
      null,
      'quit',
    ]);
  });
});

describe('a filter', () => {
  test('is typed behind a slash and taken with Enter', () => {
    const typing = after('/process:q');
    expect([typing.typing, typing.wish, typing.filter]).toEqual(['process:q', null, null]);
    const taken = after('\r', typing);
    expect([taken.typing, taken.filterText, printFilter(taken.filter!)]).toEqual([
      null,
      'process:q',
      'process:"q"',
    ]);
    expect(after('/', taken).typing).toBe('process:q');
  });

  test('with a mistake stays to be mended, and says what is wrong', () => {
    const wrong = after('/proces:x\r');
    expect(wrong.typing).toBe('proces:x');
    expect(wrong.mistake).toMatch(/^at character 1: There is no field "proces"/);
    expect(after('\u007f', wrong)).toMatchObject({ typing: 'proces:', mistake: null });
    expect(after('/interface:lo\r').mistake).toMatch(/"if"/);
  });

  test('is left as it was with Escape, and removed with Escape in the table', () => {
    const taken = after('/curl\r');
    expect(after(`/wget${ESCAPE}`, taken)).toMatchObject({ typing: null, filterText: 'curl' });
    expect(after(ESCAPE, taken)).toMatchObject({ filterText: '', filter: null });
    expect(after('/\u0015\r', taken)).toMatchObject({ filterText: '', filter: null });
  });
});
