import { expect, test } from '@jest/globals';
import { reasonText } from './reason.js';

test.each([
  ['peer reset', 'client', 'Reset by the server'],
  ['peer reset', 'server', 'Reset by the client'],
  ['reset here', 'client', 'Reset by the client'],
  ['reset here: tcp abort on close', 'server', 'Reset by the server: tcp abort on close'],
  ['timeout', 'client', 'Last sent again by the client: timeout'],
  ['peer reset', null, 'Peer reset'],
  ['a\u202eb', null, 'A⟨U+202E⟩b'],
] as const)('%s, said by the %s: %s', (reason, side, words) => {
  expect(reasonText(reason, side)).toBe(words);
});
