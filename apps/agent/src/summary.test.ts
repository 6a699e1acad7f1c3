import { expect, test } from '@jest/globals';
import { Ledger } from '@packetless/model';
import { sourceLedger } from './events/status.js';
import { losses, summaryLine } from './summary.js';

const selection = new Ledger<'not selected'>('selection');
selection.see(5);
selection.deliver(3);
selection.drop('not selected', 2);

test('what was left out on purpose is no loss', () => {
  expect(summaryLine([selection.snapshot()], 1500)).toBe('3 events in 1.50 s, nothing lost');
});

test('every loss is named with its hop', () => {
  const kernel = sourceLedger('ebpf', {
    produced: 10,
    delivered: 7,
    buffered: 1,
    dropped: { 'ring buffer full': 2, other: 0 },
  });
  expect(kernel.inFlight).toBe(1);
  expect(losses([kernel, selection.snapshot()])).toEqual(['2 (kernel: ring buffer full)']);
});
