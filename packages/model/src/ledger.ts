/** A hop's account: whatever it has seen was delivered, or dropped for a named reason, or is still inside. */
import type { LedgerSnapshot } from './event.js';

/** Left out because somebody wanted it so, or because there was nothing to keep or to find. */
const INTENDED: ReadonlySet<string> = new Set([
  'not selected',
  'not shown in this format',
  'topic not used',
  'listening socket',
  'told twice',
  'process gone',
  'process began later',
  'other process ids here',
  // Names of containers: what can be done about it stands in the agent's list of what it cannot see.
  'not known to its runtime',
  'no runtime answers',
  'gone first',
  'unread at the end',
  'no container',
  'not IP',
  'seen on another interface before',
  'name of an address',
  // Before it was known that they are one: nothing of either is missing.
  'same conversation, translated',
  // The conversation is there, without the name of its application.
  'too many to recognise',
]);

/** Whether a reason to drop names something that is missed, so that somebody should be told. */
export function isLoss(reason: string): boolean {
  return !INTENDED.has(reason);
}

/**
 * Counts what passes one hop. `Reason` lists the hop's reasons to drop, so that a new one is declared, not invented.
 *
 *     const ledger = new Ledger<'queue full'>('agent queue');
 *     ledger.see(); ledger.drop('queue full');
 *     ledger.snapshot().dropped['queue full']; // 1
 */
export class Ledger<Reason extends string = never> {
  #seen = 0;
  #delivered = 0;
  readonly #dropped = new Map<Reason, number>();

  constructor(readonly hop: string) {}

  see(count = 1): void {
    this.#seen += count;
  }

  deliver(count = 1): void {
    this.#delivered += count;
  }

  drop(reason: Reason, count = 1): void {
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + count);
  }

  get seen(): number {
    return this.#seen;
  }

  get delivered(): number {
    return this.#delivered;
  }

  get dropped(): number {
    let total = 0;
    for (const count of this.#dropped.values()) total += count;
    return total;
  }

  get inFlight(): number {
    return this.#seen - this.#delivered - this.dropped;
  }

  snapshot(): LedgerSnapshot {
    return {
      hop: this.hop,
      seen: this.#seen,
      delivered: this.#delivered,
      dropped: Object.fromEntries(this.#dropped),
      inFlight: this.inFlight,
    };
  }
}
