/**
 * Two flows turn out to be one conversation, seen before and behind a translation of addresses. Each side's kernel was
 * told of in one of them, so what is known of a side is taken whole and nothing is added up.
 */

import { absorbSideCounters, absorbWire, hasSideCounters } from './counters.js';
import type { FlowStore, Translated } from './flow-store.js';
import { countWitness, forEachWitness } from './flow-witnesses.js';
import { half, setHalf } from './halves.js';
import { betterIdentity } from './identity.js';
import { elapsed, storedSide } from './matching.js';
import { mergeStoredState, setInterfaceName } from './merge.js';
import { takeReason } from './reasons.js';
import {
  ARRIVAL,
  CLAIMED,
  CLIENT,
  CONGESTION_WINDOW,
  COOKIE,
  DELIVERED,
  DELIVERY_RATE,
  ENDED,
  FINAL,
  FIRST_SEEN,
  HANDSHAKE,
  HAS_HANDSHAKE,
  HEALTH,
  HEALTH_WORDS,
  IDENTITY,
  KIND,
  LAST_SEEN,
  LATENCY,
  LATENCY_OF_CLIENT,
  LOCATION,
  REVISION,
  RTT_VARIANCE,
  SERVER,
  SIDELESS,
  type SideIndex,
  UNACKNOWLEDGED,
} from './record-layout.js';

const SIDES: readonly SideIndex[] = [CLIENT, SERVER];

/** @param reversed the first flow calls client whom the second one calls server */
export function canBeOne(
  store: FlowStore,
  before: number,
  reversed: boolean,
  behind: number,
  toleranceMs: number,
): boolean {
  for (const side of SIDES) {
    const other = storedSide(side, reversed)!;
    if (!store.flag(before, CLAIMED << other) || !store.flag(behind, CLAIMED << side)) continue;
    const cookie = store.word(before, COOKIE + other);
    const sameSocket =
      cookie !== 0 &&
      cookie === store.word(behind, COOKIE + side) &&
      store.word(before, LOCATION + other) === store.word(behind, LOCATION + side);
    if (!sameSocket) return false;
  }
  const both = store.flag(before, HAS_HANDSHAKE) && store.flag(behind, HAS_HANDSHAKE);
  if (both && store.word(before, HANDSHAKE) !== store.word(behind, HANDSHAKE)) return false;
  return !isOver(store, before, behind, toleranceMs) && !isOver(store, behind, before, toleranceMs);
}

/** Whether a flow had ended when the other one began. */
function isOver(store: FlowStore, slot: number, other: number, toleranceMs: number): boolean {
  return (
    store.flag(slot, ENDED) && store.number(slot, LAST_SEEN) + toleranceMs < store.number(other, FIRST_SEEN)
  );
}

/**
 * Everything that is known of `from`, the one behind the translation, goes to `into`; `from` is left to be removed.
 * `seenAs`: hash of the ends of `from`.
 */
export function absorbFlow(store: FlowStore, into: number, from: number, seenAs: number): void {
  for (const side of SIDES) absorbSide(store, into, from, side);
  absorbWire(store, into, from, seenAs);
  if (!store.flag(into, HAS_HANDSHAKE) && store.flag(from, HAS_HANDSHAKE)) {
    store.setWord(into, HANDSHAKE, store.word(from, HANDSHAKE));
    store.raise(into, HAS_HANDSHAKE);
  }
  absorbLatency(store, into, from);
  takeReason(store, into, from);
  mergeStoredState(store, into, from);
  setInterfaceName(store, into, store.word(from, KIND) >>> 16, SERVER);
  store.additional.merge(into, store.additional.get(from));
  forEachWitness(store, from, (reference, side, events) =>
    countWitness(store, into, reference, side === 0 ? null : ((side - 1) as SideIndex), events),
  );
  absorbTimes(store, into, from);
  store.setWord(into, REVISION, store.word(into, REVISION) + store.word(from, REVISION) + 1);
  // Where the other interface shows both, they become one there as well, and this is the one that stays.
  if (store.word(into, DELIVERED) === 0) store.setWord(into, DELIVERED, store.word(from, DELIVERED));
}

/** Whoever has the socket knows best; of what neither has, each knows something. */
function absorbSide(store: FlowStore, into: number, from: number, side: SideIndex): void {
  const hasSocket = store.flag(into, CLAIMED << side);
  const takesSocket = !hasSocket && store.flag(from, CLAIMED << side);
  if (takesSocket || (!hasSocket && !hasSideCounters(store, into, side))) {
    absorbSideCounters(store, into, from, side, false);
    copyFlag(store, into, from, SIDELESS << side);
  }
  absorbIdentity(store, into, from, side, takesSocket);
  if (hasSocket) {
    // Of one socket that has both addresses, each was told with what it sent, or with what it received.
    if (store.flag(from, CLAIMED << side)) absorbSideCounters(store, into, from, side, true);
    return;
  }
  absorbHealth(store, into, from, side);
  if (store.word(into, LOCATION + side) === 0 || takesSocket) takeLocation(store, into, from, side);
  if (!takesSocket) return;
  store.setWord(into, COOKIE + side, store.word(from, COOKIE + side));
  store.raise(into, CLAIMED << side);
  copyFlag(store, into, from, FINAL << side);
}

function copyFlag(store: FlowStore, into: number, from: number, flag: number): void {
  if (store.flag(from, flag)) store.raise(into, flag);
  else store.lower(into, flag);
}

function absorbIdentity(
  store: FlowStore,
  into: number,
  from: number,
  side: SideIndex,
  fromKnowsBetter: boolean,
): void {
  const { identities } = store;
  const other = identities.get(store.word(from, IDENTITY + side));
  if (other === null) return;
  const reference = store.word(into, IDENTITY + side);
  const own = identities.get(reference);
  const better =
    own === null ? other : fromKnowsBetter ? betterIdentity(own, other) : betterIdentity(other, own);
  store.setWord(into, IDENTITY + side, identities.acquire(better.process, better.container));
  identities.release(reference);
}

function absorbHealth(store: FlowStore, into: number, from: number, side: SideIndex): void {
  const at = HEALTH + side * HEALTH_WORDS;
  for (let word = at; word < at + HEALTH_WORDS; word++) store.setWord(into, word, store.word(from, word));
  for (const field of [UNACKNOWLEDGED, CONGESTION_WINDOW, RTT_VARIANCE, DELIVERY_RATE])
    setHalf(store, into, field, side, half(store, from, field, side));
}

function takeLocation(store: FlowStore, into: number, from: number, side: SideIndex): void {
  const location = store.locations.get(store.word(from, LOCATION + side));
  if (location === null) return;
  const before = store.word(into, LOCATION + side);
  store.setWord(into, LOCATION + side, store.locations.acquire(location, location));
  store.locations.release(before);
}

function absorbLatency(store: FlowStore, into: number, from: number): void {
  if (store.flag(into, LATENCY_OF_CLIENT)) return;
  const latency = store.real(from, LATENCY);
  if (Number.isNaN(latency)) return;
  const ofClient = store.flag(from, LATENCY_OF_CLIENT);
  if (!ofClient && !Number.isNaN(store.real(into, LATENCY))) return;
  store.setReal(into, LATENCY, latency);
  if (ofClient) store.raise(into, LATENCY_OF_CLIENT);
}

function absorbTimes(store: FlowStore, into: number, from: number): void {
  if (!(store.number(into, FIRST_SEEN) <= store.number(from, FIRST_SEEN)))
    store.setNumber(into, FIRST_SEEN, store.number(from, FIRST_SEEN));
  if (!(store.number(into, LAST_SEEN) >= store.number(from, LAST_SEEN)))
    store.setNumber(into, LAST_SEEN, store.number(from, LAST_SEEN));
  if (elapsed(store.word(into, ARRIVAL), store.word(from, ARRIVAL)) > 0)
    store.setWord(into, ARRIVAL, store.word(from, ARRIVAL));
}

/** What a flow is called behind the last translation that is known of it. */
export function setTranslated(store: FlowStore, slot: number, translated: Translated): void {
  const known = store.translated.get(slot);
  if (known?.after === translated.after && known.scope === translated.scope) return;
  store.translated.set(slot, translated);
  store.setWord(slot, REVISION, store.word(slot, REVISION) + 1);
}
