import { expect, test } from '@jest/globals';
import { type KnownProcess, ProcessTable } from './process-table.js';

function known(pid: number, exe = '/usr/bin/curl'): KnownProcess {
  return { pid, comm: 'curl', exe, cmdline: 'curl -s http://x', parent: null, fromProc: false };
}

const MINUTE = 60_000;

test('an ended process is still known to records that come late, then forgotten', () => {
  const table = new ProcessTable();
  table.set(known(7));
  table.end(7, 0);
  table.expire(2 * MINUTE);
  expect(table.get(7)?.exe).toBe('/usr/bin/curl');
  table.expire(3 * MINUTE);
  expect(table.get(7)).toBeNull();
  expect(table.bytes).toBe(0);
  expect(table.ledger.snapshot()).toMatchObject({ seen: 1, delivered: 1, dropped: {}, inFlight: 0 });
});

test('an exec, or another process with the pid, replaces what was known', () => {
  const table = new ProcessTable();
  table.set(known(7, '/bin/sh'));
  table.set(known(7, '/usr/bin/curl'));
  expect(table.get(7)?.exe).toBe('/usr/bin/curl');
  table.end(7, 0);
  table.set(known(7, '/usr/bin/wget'));
  table.expire(10 * MINUTE);
  expect(table.get(7)?.exe).toBe('/usr/bin/wget');
  expect(table.size).toBe(1);
});

test('is bounded in bytes: ended processes go before living ones, and each is counted', () => {
  const table = new ProcessTable({ maxBytes: 5000 });
  for (let pid = 1; pid <= 5; pid += 1) table.set(known(pid));
  table.end(4, 0);
  table.end(2, 1);
  for (let pid = 6; pid <= 13; pid += 1) table.set(known(pid));
  expect(table.bytes).toBeLessThanOrEqual(5000);
  expect([table.get(4), table.get(2), table.get(1)]).toEqual([null, null, null]);
  expect(table.get(13)).not.toBeNull();
  const { seen, delivered, dropped, inFlight } = table.ledger.snapshot();
  expect({ seen, delivered, inFlight }).toEqual({ seen: 13, delivered: 0, inFlight: table.size });
  expect(dropped['process table full']).toBe(13 - table.size);
});

test('one process larger than the bound is not kept', () => {
  const table = new ProcessTable({ maxBytes: 1000 });
  table.set({ ...known(1), cmdline: 'x'.repeat(10_000) });
  expect([table.size, table.bytes]).toEqual([0, 0]);
});

test('a full table gives up without loss what ended some seconds ago', () => {
  const table = new ProcessTable({ maxBytes: 5000 });
  for (let pid = 1; pid <= 3; pid += 1) table.set(known(pid));
  table.end(1, 0);
  table.end(2, 6_000);
  while (table.get(1) !== null) table.set(known(100 + table.size));
  expect(table.ledger.snapshot()).toMatchObject({ delivered: 1, dropped: {} });
  while (table.get(2) !== null) table.set(known(200 + table.size));
  expect(table.ledger.snapshot()).toMatchObject({ delivered: 1, dropped: { 'process table full': 1 } });
});
