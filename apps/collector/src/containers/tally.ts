/** What the flows of one group of containers amount to. */
import { bytesReceived, bytesSent } from '../flows/counters.js';
import type { FlowStore } from '../flows/flow-store.js';
import { roundTrip, roundTripVariance, sideRetransmits } from '../flows/health.js';
import { storedFailure, storedState } from '../flows/merge.js';
import { CLIENT, ENDED, LAST_SEEN, SERVER, type SideIndex, stateCode } from '../flows/record-layout.js';

const FAILED = stateCode('FAILED');

export class Tally {
  flows = 0;
  living = 0;
  asClient = 0;
  asServer = 0;
  failed = 0;
  /** NaN until somebody counts. */
  sent = Number.NaN;
  received = Number.NaN;
  bytes = Number.NaN;
  retransmits = Number.NaN;
  lastSeen = Number.NaN;
  readonly #roundTrips = [new Sample(), new Sample()] as const;
  readonly #variances = [new Sample(), new Sample()] as const;

  /** A flow of which one end is in the group, or both. */
  add(store: FlowStore, slot: number, isClient: boolean, isServer: boolean): void {
    this.flows++;
    if (!store.flag(slot, ENDED)) this.living++;
    if (storedState(store, slot) === FAILED || storedFailure(store, slot) !== 0) this.failed++;
    const lastSeen = store.number(slot, LAST_SEEN);
    if (!(this.lastSeen >= lastSeen)) this.lastSeen = lastSeen;
    const forth = bytesSent(store, slot);
    const back = bytesReceived(store, slot);
    this.bytes = plus(plus(this.bytes, forth), back);
    if (isClient) {
      this.asClient++;
      this.#addEnd(store, slot, CLIENT, forth, back);
    }
    if (isServer) {
      this.asServer++;
      this.#addEnd(store, slot, SERVER, back, forth);
    }
  }

  #addEnd(store: FlowStore, slot: number, side: SideIndex, sent: number, received: number): void {
    this.sent = plus(this.sent, sent);
    this.received = plus(this.received, received);
    this.retransmits = plus(this.retransmits, sideRetransmits(store, slot, side));
    this.#roundTrips[side].add(roundTrip(store, slot, side));
    this.#variances[side].add(roundTripVariance(store, slot, side));
  }

  /** Median of the flows on that side, milliseconds; null where none was measured. */
  roundTrip(side: SideIndex): number | null {
    return this.#roundTrips[side].median;
  }

  variance(side: SideIndex): number | null {
    return this.#variances[side].median;
  }
}

/** What is not known adds nothing. */
function plus(sum: number, more: number): number {
  if (Number.isNaN(more)) return sum;
  return Number.isNaN(sum) ? more : sum + more;
}

class Sample {
  #values: number[] | null = null;
  #median: number | null | undefined;

  add(value: number): void {
    if (Number.isNaN(value)) return;
    this.#values ??= [];
    this.#values.push(value);
  }

  /** The lower of the two in the middle: one that was measured. */
  get median(): number | null {
    if (this.#median === undefined) {
      const sorted = new Float64Array(this.#values ?? []).sort();
      const middle = sorted[(sorted.length - 1) >> 1];
      this.#median = middle === undefined ? null : Number(middle.toPrecision(6));
    }
    return this.#median;
  }
}
