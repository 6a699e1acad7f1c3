/** Whether a hop's account is right, and what is to be said when it is not. */
import { isLoss, type LedgerSnapshot } from '@packetless/model';
import { exact } from './quantity.js';
import { visibleText } from './visible-text.js';

/** `balanced`: nothing was lost that anybody misses. `lossy`: the account is right, but something was dropped. `wrong`: it does not add up. */
export type Verdict = 'balanced' | 'lossy' | 'wrong';

export interface Balance {
  readonly verdict: Verdict;
  readonly dropped: number;
  /** seen − delivered − dropped − in flight; 0 when the account is right. */
  readonly missing: number;
  readonly sentence: string;
}

export function balance(ledger: LedgerSnapshot): Balance {
  const drops = Object.entries(ledger.dropped).filter(([, count]) => count !== 0);
  const dropped = drops.reduce((sum, [, count]) => sum + count, 0);
  const missing = ledger.seen - ledger.delivered - dropped - ledger.inFlight;
  if (missing !== 0 || ledger.inFlight < 0) {
    const sentence =
      missing > 0
        ? `${exact(missing)} unaccounted for: neither delivered, dropped nor in flight`
        : `Does not add up: more came out than went in`;
    return { verdict: 'wrong', dropped, missing, sentence };
  }
  if (dropped === 0) return { verdict: 'balanced', dropped, missing, sentence: 'Balances, nothing lost' };
  const reasons = drops.map(([reason, count]) => `${exact(count)} ${visibleText(reason)}`).join(', ');
  if (drops.every(([reason]) => !isLoss(reason))) {
    return { verdict: 'balanced', dropped, missing, sentence: `Left out, no loss: ${reasons}` };
  }
  return { verdict: 'lossy', dropped, missing, sentence: `Dropped: ${reasons}` };
}

const RANK: { readonly [Each in Verdict]: number } = { balanced: 0, lossy: 1, wrong: 2 };

/** The worst of several. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  return verdicts.reduce<Verdict>((a, b) => (RANK[b] > RANK[a] ? b : a), 'balanced');
}
