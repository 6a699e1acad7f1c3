import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isLoss, Ledger } from './ledger.js';

test('what was seen was delivered, dropped for a reason, or is still inside', () => {
  const step = fc.record({ what: fc.constantFrom('see', 'deliver', 'full', 'late'), count: fc.nat(1000) });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const ledger = new Ledger<'full' | 'late'>('hop');
      const sum = { see: 0, deliver: 0, full: 0, late: 0 };
      for (const { what, count } of steps) {
        if (what === 'see') ledger.see(count);
        else if (what === 'deliver') ledger.deliver(count);
        else ledger.drop(what as 'full' | 'late', count);
        sum[what as keyof typeof sum] += count;
      }
      const { hop, seen, delivered, dropped, inFlight } = ledger.snapshot();
      expect(hop).toBe('hop');
      expect([seen, delivered, ledger.dropped]).toEqual([sum.see, sum.deliver, sum.full + sum.late]);
      expect(inFlight).toBe(seen - delivered - (dropped.full ?? 0) - (dropped.late ?? 0));
    }),
  );
});

test('counts one where no number is given', () => {
  const ledger = new Ledger<'full'>('hop');
  ledger.see();
  ledger.see();
  ledger.deliver();
  ledger.drop('full');
  expect(ledger.snapshot()).toEqual({ hop: 'hop', seen: 2, delivered: 1, dropped: { full: 1 }, inFlight: 0 });
});

test('what was asked for, or was not there, is no loss; everything else is', () => {
  expect(
    [
      'not selected',
      'topic not used',
      'process gone',
      'seen on another interface before',
      'too many to recognise',
    ].some(isLoss),
  ).toBe(false);
  expect(['queue full', 'ring buffer full', 'a reason of another program'].every(isLoss)).toBe(true);
});
