import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseKeys } from './keys.js';

const character = (text: string) => ({ kind: 'character', text });

test.each([
  ['pq', [character('p'), character('q')]],
  [
    '\u001b[A\u001b[B\u001bOC\u001bOD',
    [{ kind: 'up' }, { kind: 'down' }, { kind: 'right' }, { kind: 'left' }],
  ],
  [
    '\u001b[5~\u001b[6~\u001b[H\u001b[4~',
    [{ kind: 'page-up' }, { kind: 'page-down' }, { kind: 'home' }, { kind: 'end' }],
  ],
  ['\u001b', [{ kind: 'escape' }]],
  [
    '\r\u007f\u0015\f\u001a\u0003',
    ['enter', 'backspace', 'clear', 'redraw', 'suspend', 'interrupt'].map((kind) => ({ kind })),
  ],
  ['ü😀', [character('ü'), character('😀')]],
  // A function key, a mouse report and a tab mean nothing here.
  ['\u001b[15~\u001b[<0;1;2M\tx', [character('x')]],
])('%j', (input, keys) => expect(parseKeys(input)).toEqual(keys));

test('no control character ever becomes text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (input) => {
      for (const key of parseKeys(input)) {
        if (key.kind === 'character') expect(key.text).not.toMatch(/\p{Cc}/u);
      }
    }),
  );
});
