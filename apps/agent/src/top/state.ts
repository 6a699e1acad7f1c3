/** What the user of the table has chosen, and how keys change it. */
import { FilterError, type FilterNode } from '@packetless/model';
import type { View } from '../activity/groups.js';
import { parseEventFilter } from '../options/filter-options.js';
import type { ColumnId, SortKey } from './columns.js';
import type { Key } from './keys.js';
import type { Order } from './sort.js';

export interface TopState {
  readonly view: View;
  readonly order: Order;
  /** Rows above the first one shown. */
  readonly offset: number;
  readonly paused: boolean;
  readonly help: boolean;
  /** Text of the filter as it stands, and its meaning. */
  readonly filterText: string;
  readonly filter: FilterNode | null;
  /** What is being typed; null: keys are commands. */
  readonly typing: string | null;
  /** What is wrong with what was typed. */
  readonly mistake: string | null;
}

/** What a key asks for beyond the state. */
export type Wish = 'quit' | 'suspend' | 'redraw' | null;

export interface Surroundings {
  /** Columns as they are shown now, from left to right. */
  readonly columns: readonly ColumnId[];
  readonly rowCount: number;
  /** How many rows the screen has room for. */
  readonly pageSize: number;
}

const MAX_FILTER_LENGTH = 500;

export function initialState(view: View, order: Order): TopState {
  return {
    view,
    order,
    offset: 0,
    paused: false,
    help: false,
    filterText: '',
    filter: null,
    typing: null,
    mistake: null,
  };
}

export function press(state: TopState, key: Key, around: Surroundings): { state: TopState; wish: Wish } {
  if (key.kind === 'interrupt') return { state, wish: 'quit' };
  if (key.kind === 'suspend') return { state, wish: 'suspend' };
  if (key.kind === 'redraw') return { state, wish: 'redraw' };
  if (state.typing !== null) return { state: type(state, state.typing, key), wish: null };
  if (key.kind === 'character' && key.text === 'q') return { state, wish: 'quit' };
  // Any key leaves the help.
  if (state.help) return { state: { ...state, help: false }, wish: null };
  return { state: command(state, key, around), wish: null };
}

const VIEW_KEYS: { readonly [key: string]: View } = { p: 'process', r: 'remote', c: 'container', u: 'user' };
const SORT_LETTERS: { readonly [key: string]: SortKey } = {
  t: 'traffic',
  o: 'out',
  i: 'in',
  m: 'rtt',
  x: 'retransmits',
  n: 'open',
  w: 'new',
  f: 'failed',
  s: 'listening',
  a: 'name',
};

function command(state: TopState, key: Key, around: Surroundings): TopState {
  switch (key.kind) {
    case 'left':
    case 'right':
      return { ...state, order: neighbour(state.order, key.kind, around.columns), offset: 0 };
    case 'up':
      return scrolled(state, -1, around);
    case 'down':
      return scrolled(state, 1, around);
    case 'page-up':
      return scrolled(state, -around.pageSize, around);
    case 'page-down':
      return scrolled(state, around.pageSize, around);
    case 'home':
      return scrolled(state, -around.rowCount, around);
    case 'end':
      return scrolled(state, around.rowCount, around);
    case 'escape':
      return { ...state, filterText: '', filter: null, offset: 0 };
    case 'character':
      return letter(state, key.text, around);
    default:
      return state;
  }
}

function letter(state: TopState, text: string, around: Surroundings): TopState {
  const view = Object.hasOwn(VIEW_KEYS, text) ? VIEW_KEYS[text] : undefined;
  if (view !== undefined) return { ...state, view, offset: 0 };
  const sort = Object.hasOwn(SORT_LETTERS, text) ? SORT_LETTERS[text] : undefined;
  // The same again turns the order round.
  if (sort !== undefined) {
    const reversed = sort === state.order.key && !state.order.reversed;
    return { ...state, order: { key: sort, reversed }, offset: 0 };
  }
  switch (text) {
    case '!':
      return { ...state, order: { ...state.order, reversed: !state.order.reversed }, offset: 0 };
    case '<':
    case '>':
      return command(state, { kind: text === '<' ? 'left' : 'right' }, around);
    case 'j':
    case 'k':
      return command(state, { kind: text === 'j' ? 'down' : 'up' }, around);
    case ' ':
      return { ...state, paused: !state.paused };
    case '/':
      return { ...state, typing: state.filterText, mistake: null };
    case '?':
    case 'h':
      return { ...state, help: true };
    default:
      return state;
  }
}

function neighbour({ key }: Order, direction: 'left' | 'right', columns: readonly ColumnId[]): Order {
  const at = key === 'traffic' ? -1 : columns.indexOf(key);
  const first = direction === 'right' ? 'out' : 'in';
  if (at < 0) return { key: columns.includes(first) ? first : (columns[0] ?? 'traffic'), reversed: false };
  const next = Math.max(0, Math.min(columns.length - 1, at + (direction === 'right' ? 1 : -1)));
  return { key: columns[next] ?? 'traffic', reversed: false };
}

function scrolled(state: TopState, by: number, { rowCount, pageSize }: Surroundings): TopState {
  const last = Math.max(0, rowCount - pageSize);
  return { ...state, offset: Math.max(0, Math.min(last, state.offset + by)) };
}

function type(state: TopState, text: string, key: Key): TopState {
  switch (key.kind) {
    case 'enter':
      return accept(state, text);
    case 'escape':
      return { ...state, typing: null, mistake: null };
    case 'backspace':
      return { ...state, typing: [...text].slice(0, -1).join(''), mistake: null };
    case 'clear':
      return { ...state, typing: '', mistake: null };
    case 'character':
      return text.length >= MAX_FILTER_LENGTH ? state : { ...state, typing: text + key.text, mistake: null };
    default:
      return state;
  }
}

/** A filter with a mistake stays to be mended. */
function accept(state: TopState, text: string): TopState {
  try {
    const filter = parseEventFilter(text);
    return { ...state, filterText: text.trim(), filter, typing: null, mistake: null, offset: 0 };
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    return { ...state, mistake: `at character ${error.position + 1}: ${error.message}` };
  }
}
