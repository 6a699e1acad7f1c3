/** Programs that do not behave. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { NotHere } from './not-here.js';
import { Traffic } from './traffic.js';

function shell(script: string, signal = new AbortController().signal): Traffic {
  return new Traffic(['/bin/sh', '-c', script], signal);
}

test('one that fails is told of with what it said', async () => {
  await expect(shell('echo no such thing >&2; exit 3').done()).rejects.toThrow(/status 3: no such thing$/);
  await expect(shell('exit 0').ready()).rejects.toThrow(/ended with status 0/);
  await expect(new Traffic(['/no/such/program'], new AbortController().signal).done()).rejects.toThrow(
    /ENOENT/,
  );
});

test('one that cannot do it on this host is no failure of the agent', async () => {
  await expect(shell(`echo '{"impossible":"no SCTP"}'`).done()).rejects.toThrow(new NotHere('no SCTP'));
});

test('one that hangs is waited for no longer than its row lasts, and is ended with all that it started', async () => {
  const row = new AbortController();
  const program = shell('sleep 60 & echo "{\\"ready\\":$!}"; wait', row.signal);
  const child = await program.ready();
  const waiting = program.done();
  row.abort();
  await expect(waiting).rejects.toThrow(/not seen to end in time/);
  await program.kill();
  expect(isRunning(child)).toBe(false);
});

/** A process that was killed may wait for whoever reaps it. */
function isRunning(pid: number): boolean {
  if (!existsSync(`/proc/${pid}`)) return false;
  return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}
