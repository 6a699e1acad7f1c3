/** What a terminal in raw mode sends, as keys (ECMA-48 8.4, XTerm Control Sequences "PC-Style Function Keys"). */

export type Key = { readonly kind: 'character'; readonly text: string } | { readonly kind: NamedKey };
type NamedKey =
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'page-up'
  | 'page-down'
  | 'home'
  | 'end'
  | 'enter'
  | 'escape'
  | 'backspace'
  | 'clear'
  | 'redraw'
  | 'suspend'
  | 'interrupt';

const SEQUENCES: ReadonlyMap<string, NamedKey> = new Map([
  ['A', 'up'],
  ['B', 'down'],
  ['C', 'right'],
  ['D', 'left'],
  ['H', 'home'],
  ['F', 'end'],
  ['1~', 'home'],
  ['4~', 'end'],
  ['5~', 'page-up'],
  ['6~', 'page-down'],
  ['7~', 'home'],
  ['8~', 'end'],
]);
const CONTROLS: ReadonlyMap<string, NamedKey> = new Map([
  ['\r', 'enter'],
  ['\n', 'enter'],
  ['\u007f', 'backspace'],
  ['\b', 'backspace'],
  ['\u0003', 'interrupt'],
  ['\u0004', 'interrupt'],
  ['\f', 'redraw'],
  ['\u0015', 'clear'],
  ['\u001a', 'suspend'],
]);

const ESCAPE = '\u001b';
/** What follows the escape: a control sequence, or a shifted character (keypads in application mode). */
const SEQUENCE = /^(?:\[([0-?]*[ -/]*[@-~])|O(.))/;

/** Keys of one piece of input; sequences and controls that mean nothing here are left out. */
export function parseKeys(input: string): Key[] {
  const keys: Key[] = [];
  let rest = input;
  while (rest !== '') {
    const sequence = rest.startsWith(ESCAPE) ? SEQUENCE.exec(rest.slice(ESCAPE.length)) : null;
    if (sequence !== null) {
      const kind = SEQUENCES.get(sequence[1] ?? sequence[2] ?? '');
      if (kind !== undefined) keys.push({ kind });
      rest = rest.slice(ESCAPE.length + sequence[0].length);
      continue;
    }
    const character = String.fromCodePoint(rest.codePointAt(0) ?? 0);
    const kind = character === ESCAPE ? 'escape' : CONTROLS.get(character);
    if (kind !== undefined) keys.push({ kind });
    else if (!/\p{Cc}/u.test(character)) keys.push({ kind: 'character', text: character });
    rest = rest.slice(character.length);
  }
  return keys;
}
