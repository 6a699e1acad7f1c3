import { expect, test } from '@jest/globals';
import { lostParts, tierText } from './tier.js';

test('a tier is explained; what is none is not', () => {
  expect(tierText('A+')?.verdict).toBe('full');
  expect(tierText('B')?.verdict).toBe('less');
  expect(tierText('D')?.verdict).toBe('little');
  for (const other of [null, '', 'gold', 'constructor']) expect(tierText(other)).toBe(null);
});

test('what is not seen is said once, with all that was tried', () => {
  expect(
    lostParts([
      { what: 'owner', why: 'fexit: EPERM' },
      { what: 'datagrams', why: '' },
      { what: 'owner', why: 'kretprobe: ENOENT' },
      { what: 'owner', why: 'fexit: EPERM' },
    ]),
  ).toEqual([
    { what: 'owner', whys: ['fexit: EPERM', 'kretprobe: ENOENT'] },
    { what: 'datagrams', whys: [] },
  ]);
});
