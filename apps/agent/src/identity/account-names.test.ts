import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { AccountNames } from './account-names.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'accounts-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

test('names users and groups by number; the first line with a number wins', () => {
  const names = new AccountNames({
    passwd: write(
      'passwd',
      'root:x:0:0:root:/root:/bin/sh\ntoor:x:0:0::/root:/bin/sh\nalice:x:1000:100::/:\n',
    ),
    group: write('group', 'root:x:0:\nusers:x:100:alice,bob\n'),
  });
  expect([names.user(0), names.user(1000), names.group(100)]).toEqual(['root', 'alice', 'users']);
  expect([names.user(4242), names.group(4242)]).toEqual([null, null]);
});

test('lines that are no entries are skipped', () => {
  const passwd = write('passwd', '\n# comment\n+::::::\nbroken:x\nx:x:-1:\nbob:x:7:7::/:\n:x:8:8::/:\n');
  const names = new AccountNames({ passwd, group: passwd });
  expect([names.user(7), names.user(8), names.user(-1)]).toEqual(['bob', null, null]);
});

test('a changed file is read again, within a second', () => {
  let now = 0;
  const passwd = write('passwd', 'alice:x:1000:100::/:\n');
  const names = new AccountNames({ passwd, group: passwd, now: () => now });
  expect(names.user(1001)).toBeNull();
  write('passwd', 'alice:x:1000:100::/:\nbob:x:1001:100::/:\n');
  now = 999;
  const { revision } = names;
  now = 1000;
  expect(names.revision).toBeGreaterThan(revision);
  expect(names.user(1001)).toBe('bob');
  now = 2000;
  expect(names.revision).toBe(names.revision);
});

test('a missing file names nobody, until it appears', () => {
  let now = 0;
  const passwd = join(folder, 'later');
  const names = new AccountNames({ passwd, group: passwd, now: () => now });
  expect(names.user(0)).toBeNull();
  write('later', 'root:x:0:0:::\n');
  now = 1000;
  expect(names.user(0)).toBe('root');
});

test("this host's own files name its superuser", () => {
  expect(new AccountNames().user(0)).toBe('root');
});
