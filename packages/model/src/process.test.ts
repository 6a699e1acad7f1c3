import { expect, test } from '@jest/globals';
import { processName } from './process.js';

test.each([
  ['/usr/bin/curl', 'curl'],
  ['curl', 'curl'],
  ['/usr/bin/', 'comm'],
  [null, 'comm'],
])('the name of %s is %s', (exe, name) => {
  expect(processName(exe, 'comm')).toBe(name);
});
