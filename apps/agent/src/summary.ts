/** What is said of a run at its end. */
import { isLoss, type LedgerSnapshot } from '@packetless/model';
import { duration } from './text/quantities.js';

/** `42 events in 3.21 s, lost: 7 (kernel: ring buffer full)`; `nothing lost` when so. */
export function summaryLine(ledgers: readonly LedgerSnapshot[], elapsedMs: number): string {
  const events = ledgers.find(({ hop }) => hop === 'selection')?.delivered ?? 0;
  const counted = `${events} ${events === 1 ? 'event' : 'events'} in ${duration(elapsedMs)}`;
  const lost = losses(ledgers);
  return lost.length === 0 ? `${counted}, nothing lost` : `${counted}, lost: ${lost.join(', ')}`;
}

/** Every reason for which something was lost, as `count (hop: reason)`. */
export function losses(ledgers: readonly LedgerSnapshot[]): string[] {
  return ledgers.flatMap(({ hop, dropped }) =>
    Object.entries(dropped)
      .filter(([reason, count]) => count > 0 && isLoss(reason))
      .map(([reason, count]) => `${count} (${hop}: ${reason})`),
  );
}
