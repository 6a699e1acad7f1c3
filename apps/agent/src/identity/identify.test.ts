import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { OWNER, PROCESS } from '../events/records.sample.js';
import { AccountNames } from './account-names.js';
import { CommandLines } from './command-lines.js';
import { Identifier } from './identify.js';
import { Proc } from './proc.js';
import { ProcessTable } from './process-table.js';

let folder: string;
let now = 0;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'identify-'));
  now = 0;
  accounts('root:x:0:0::/:\nalice:x:1000:100::/:\n');
});
afterEach(() => rmSync(folder, { recursive: true }));

function accounts(text: string): void {
  writeFileSync(join(folder, 'accounts'), text);
}

/** Knows nothing of this host but the accounts above. */
function identifier(): Identifier {
  const path = join(folder, 'accounts');
  const names = new AccountNames({ passwd: path, group: path, now: () => now });
  const proc = new Proc({ root: folder });
  return new Identifier(new ProcessTable(), names, proc, new CommandLines(proc));
}

test('an owner that is the same as before is the same object', () => {
  const who = identifier();
  who.learn(PROCESS);
  expect(who.identify({ ...OWNER }, 1)).toBe(who.identify(OWNER, 2));
});

test('a process that became another program is that program from then on', () => {
  const who = identifier();
  who.learn({ ...PROCESS, exe: '/bin/sh', argv: ['sh', '-c', 'curl'] });
  const before = who.identify(OWNER, 1);
  who.learn({ ...PROCESS, exe: '/usr/bin/curl', argv: ['curl'], parent: null });
  expect(before).toMatchObject({ name: 'sh', cmdline: 'sh -c curl', parent: { pid: 77 } });
  expect(who.identify(OWNER, 2)).toMatchObject({ name: 'curl', cmdline: 'curl', parent: null });
});

test('a process that only changed its title keeps its program', () => {
  const who = identifier();
  who.learn(PROCESS);
  who.identify(OWNER, 1);
  expect(who.identify({ ...OWNER, comm: 'worker: idle' }, 2)).toMatchObject({ name: 'curl' });
});

test('another thread, user, group or evidence is told, and the one before again', () => {
  const who = identifier();
  who.learn(PROCESS);
  const before = who.identify(OWNER, 1);
  for (const [change, expected] of [
    [{ tid: 5000 }, { tid: 5000 }],
    [{ uid: 1000 }, { uid: 1000, user: 'alice' }],
    [{ uid: 4711 }, { uid: 4711, user: null }],
    [{ gid: 1000 }, { gid: 1000, group: 'alice' }],
    [{ evidence: 'io' as const }, { evidence: 'io' }],
  ] as const) {
    expect(who.identify({ ...OWNER, ...change }, 2)).toEqual({ ...before, ...expected });
    expect(who.identify(OWNER, 3)).toEqual(before);
  }
});

test('an account that was renamed is called so within a second, the parent’s too', () => {
  const who = identifier();
  who.learn({ ...PROCESS, parent: { ...PROCESS.parent!, uid: 1000 } });
  expect(who.identify(OWNER, 1)).toMatchObject({ user: 'root', parent: { user: 'alice' } });
  accounts('super:x:0:0::/:\nbob:x:1000:100::/:\n');
  now = 1000;
  expect(who.identify(OWNER, 2)).toMatchObject({ user: 'super', parent: { user: 'bob' } });
});

test('the next process with the pid is not taken for the one before', () => {
  const who = identifier();
  who.learn(PROCESS);
  who.identify(OWNER, 1);
  who.forget(OWNER.pid, 2);
  who.learn({ ...PROCESS, exe: '/usr/bin/wget', argv: ['wget'] });
  expect(who.identify(OWNER, 3)).toMatchObject({ name: 'wget', cmdline: 'wget' });
});

test('two agents of one process do not mix', () => {
  const one = identifier();
  const two = identifier();
  one.learn(PROCESS);
  two.learn({ ...PROCESS, exe: '/usr/bin/wget', argv: ['wget'] });
  expect([one, two, one].map((who) => who.identify(OWNER, 1).name)).toEqual(['curl', 'wget', 'curl']);
});

test('an owner of whom nothing is known is its own name and numbers', () => {
  const who = identifier();
  const unknown = { pid: OWNER.pid, name: 'curl', exe: null, cmdline: null, parent: null, user: 'root' };
  expect(who.identify(OWNER, 1)).toMatchObject(unknown);
  who.learn(PROCESS);
  expect(who.identify(OWNER, 2)).toMatchObject({ exe: '/usr/bin/curl' });
});
