import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CommandLines } from './command-lines.js';
import { Proc } from './proc.js';

const sleeper = spawn('sleep', ['60'], { argv0: 'sleep' });
beforeAll(() => once(sleeper, 'spawn'));
afterAll(() => {
  sleeper.kill();
});

describe('a process that lives', () => {
  test('is described with its parent', () => {
    const found = new Proc().lookUp(sleeper.pid!, Date.now());
    expect(found).toMatchObject({
      comm: 'sleep',
      cmdline: 'sleep 60',
      parent: { pid: process.pid, uid: process.getuid!(), exe: readlinkSync('/proc/self/exe') },
    });
    expect(found?.exe).toMatch(/\/sleep$|\/coreutils$|\/busybox$/);
  });

  test('is not the owner of what happened before it began', () => {
    const proc = new Proc();
    expect(proc.lookUp(sleeper.pid!, Date.now() - 3_600_000)).toBeNull();
    expect(proc.ledger.snapshot().dropped).toEqual({ 'process began later': 1 });
  });
});

test("in another pid namespace the kernel's numbers are not looked up: they are other processes there", () => {
  const proc = new Proc({ hasKernelPids: false });
  expect(proc.lookUp(process.pid, Date.now())).toBeNull();
  expect(proc.ledger.snapshot().dropped).toEqual({ 'other process ids here': 1 });
});

test('a process that is gone is counted, not guessed', () => {
  const proc = new Proc();
  expect(proc.lookUp(2 ** 22 + 1, Date.now())).toBeNull();
  expect(proc.ledger.snapshot().dropped).toEqual({ 'process gone': 1 });
});

test('look-ups are limited in a second and refused ones are counted', () => {
  let now = Date.now();
  const proc = new Proc({ lookupsPerSecond: 2, now: () => now });
  const found = () => proc.lookUp(sleeper.pid!, now) !== null;
  expect([found(), found(), found()]).toEqual([true, true, false]);
  now += 500;
  expect([found(), found()]).toEqual([true, false]);
  expect(proc.ledger.snapshot()).toMatchObject({
    seen: 5,
    delivered: 3,
    dropped: { 'too many look-ups': 2 },
  });
});

describe("parents' command lines", () => {
  const exe = readlinkSync('/proc/self/exe');

  test('are read once for many children', () => {
    const proc = new Proc();
    const parents = new CommandLines(proc);
    expect(parents.get(process.pid, exe)).toContain('jest');
    for (let child = 0; child < 100; child += 1) parents.get(process.pid, exe);
    expect(proc.ledger.seen).toBe(1);
  });

  test('are not those of another program under the same pid', () => {
    expect(new CommandLines(new Proc()).get(process.pid, '/bin/another')).toBeNull();
  });
});
