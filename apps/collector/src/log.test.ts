import { expect, test } from '@jest/globals';
import { createLog } from './log.js';

test('an entry is one readable line; control characters of others do nothing', () => {
  const lines: string[] = [];
  const log = createLog('info', (line) => lines.push(line));
  log.warn({ interface: 'tcp://*:1c', name: 'a b', error: new Error('it broke') }, 'lost \u001b[2J\nit');
  log.debug('not wanted');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} warn {2}lost \\u001b\[2J\\u000ait /);
  expect(lines[0]).toMatch(/ interface=tcp:\/\/\*:1c name="a b" error="it broke"\n$/);
});
