/** An agent's loss ledgers as they are kept: all agents together must not need more than some ten megabytes. */
import type { LedgerSnapshot } from '@packetless/model';

const MAX_HOPS = 12;
/** Of one hop, the sum of the rest included. */
const MAX_REASONS = 12;
const MAX_TEXT = 48;
/** What there was no room for is counted here, so that the account still balances. */
const REST = 'other reasons';

export function boundedLedgers(ledgers: readonly LedgerSnapshot[]): LedgerSnapshot[] {
  return ledgers.slice(0, MAX_HOPS).map((ledger) => ({
    ...ledger,
    hop: clip(ledger.hop),
    dropped: boundedReasons(ledger.dropped),
  }));
}

function boundedReasons(dropped: LedgerSnapshot['dropped']): LedgerSnapshot['dropped'] {
  const reasons = new Map<string, number>();
  for (const [reason, count] of Object.entries(dropped)) {
    const known = clip(reason);
    const name = reasons.has(known) || reasons.size < MAX_REASONS - 1 ? known : REST;
    reasons.set(name, (reasons.get(name) ?? 0) + count);
  }
  return Object.fromEntries(reasons);
}

/** A copy: a mere slice would hold the whole text. */
function clip(text: string): string {
  if (text.length <= MAX_TEXT) return text;
  return `${Buffer.from(text.slice(0, MAX_TEXT - 1), 'utf16le').toString('utf16le')}…`;
}
