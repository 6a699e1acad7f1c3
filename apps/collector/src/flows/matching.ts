/**
 * Does an observation belong to a flow with the same addresses, ports and protocol? Equal ones may be different
 * conversations: loopback of two hosts, private addresses used twice, a port used again.
 */

import { TCP } from '@packetless/model';
import { hostOf } from '../location.js';
import { hasWireCounters, isOfVlan } from './counters.js';
import type { FlowStore } from './flow-store.js';
import {
  ARRIVAL,
  CLAIMED,
  COOKIE,
  ENDED,
  FIRST_SEEN,
  HANDSHAKE,
  HAS_HANDSHAKE,
  HOST_INTERNAL,
  KIND,
  LAST_SEEN,
  LOCATION,
  PORTS,
  type SideIndex,
} from './record-layout.js';
import type { Sighting } from './sighting.js';

/** How surely an observation belongs to a flow: not at all … it is the very same socket. */
export const UNRELATED = 0;
const UNCLAIMED = 1;
const SAME_HANDSHAKE = 2;
const SAME_SOCKET = 3;
/** The tuple was taken over by a newer socket at the same place: the flow is over, the observation begins another. */
export const SUPERSEDED = -1;

/** A second end's CLOSE arrives this much later than the first one at most, and so does the first word of another witness. */
const LATE_MS = 5000;
/** Clocks of two witnesses differ by this much at most. */
const CLOCKS_APART_MS = 5000;

/** @param reversed the flow calls client what the observation calls server */
export function matchStrength(store: FlowStore, slot: number, sighting: Sighting, reversed: boolean): number {
  if (!isSameScope(store, slot, sighting) || isOfOtherVlan(store, slot, sighting)) return UNRELATED;
  const side = storedSide(sighting.side, reversed);
  if (side !== null && store.flag(slot, CLAIMED << side)) return claimedBySame(store, slot, sighting, side);

  const handshake = compareHandshakes(store, slot, sighting);
  if (handshake !== 0) return handshake > 0 ? SAME_HANDSHAKE : UNRELATED;
  if (store.flag(slot, ENDED) && !belongsToEnded(store, slot, sighting, isFirstWord(store, slot, sighting)))
    return UNRELATED;
  return UNCLAIMED;
}

/** Traffic inside a host is told apart by the host. Nobody may have told yet where it is. */
function isSameScope(store: FlowStore, slot: number, sighting: Sighting): boolean {
  if (!store.flag(slot, HOST_INTERNAL) && !sighting.hostInternal) return true;
  const reference = store.word(slot, LOCATION) || store.word(slot, LOCATION + 1);
  const known = store.translated.get(slot)?.scope ?? store.locations.get(reference);
  if (known === null || known === sighting.scope) return true;
  const { witness, location } = sighting.observation;
  // Packets of a file are from anywhere; those of an interface are no less those of an agent that does not tell where it is.
  if (witness.kind === 'packets') return location === null || !isPlace(known);
  return location === null && isPlacedByPackets(store, slot);
}

/** Virtual networks may have the same addresses. Agents do not know of them: what they say belongs to either. */
function isOfOtherVlan(store: FlowStore, slot: number, { observation, behind }: Sighting): boolean {
  return observation.witness.kind === 'packets' && !behind && !isOfVlan(store, slot, observation.vlan);
}

/** No agent has said where it is, but packets have. */
function isPlacedByPackets(store: FlowStore, slot: number): boolean {
  return hasWireCounters(store, slot) && !store.flag(slot, CLAIMED) && !store.flag(slot, CLAIMED << 1);
}

/** A host and a network namespace of it; an agent that does not tell its own is kept under its identity. */
function isPlace(location: string): boolean {
  return location.includes('/');
}

function claimedBySame(store: FlowStore, slot: number, sighting: Sighting, side: SideIndex): number {
  if (store.locations.get(store.word(slot, LOCATION + side)) !== sighting.location) return UNRELATED;
  const { observation, cookie } = sighting;
  const known = store.word(slot, COOKIE + side);
  const ended = store.flag(slot, ENDED);
  if (cookie !== 0 && known !== 0) {
    // Without ports any number of sockets may have the same addresses at once: two that ping one host.
    if (cookie !== known)
      return store.word(slot, PORTS) === 0 ? UNRELATED : supersedes(store, slot, sighting);
    // A datagram socket outlives its conversations; a TCP socket has one.
    const again = ended && observation.began && sighting.time > store.number(slot, LAST_SEEN);
    return again && (store.word(slot, KIND) & 0xff) !== TCP ? UNRELATED : SAME_SOCKET;
  }
  const handshake = compareHandshakes(store, slot, sighting);
  if (handshake !== 0) return handshake > 0 ? SAME_SOCKET : supersedes(store, slot, sighting);
  if (observation.began)
    return isToldTwice(store, slot, sighting) ? SAME_SOCKET : supersedes(store, slot, sighting);
  return ended && !belongsToEnded(store, slot, sighting, false) ? UNRELATED : SAME_SOCKET;
}

/** An end reported late does not end what came after it. */
function supersedes(store: FlowStore, slot: number, sighting: Sighting): number {
  const { ended, began } = sighting.observation;
  const newer = sighting.time >= store.number(slot, LAST_SEEN);
  return !store.flag(slot, ENDED) && newer && (began || !ended) ? SUPERSEDED : UNRELATED;
}

/** Without cookies the same event told twice is known by its time, which has microseconds. */
function isToldTwice(store: FlowStore, slot: number, sighting: Sighting): boolean {
  return sighting.time === store.number(slot, FIRST_SEEN) || sighting.time === store.number(slot, LAST_SEEN);
}

/**
 * What happened before the end, the other side's own end soon after it, and what a witness that has not spoken of the
 * flow yet tells late, or by another clock.
 */
function belongsToEnded(store: FlowStore, slot: number, sighting: Sighting, isFirstWord: boolean): boolean {
  const { since, ended, began } = sighting.observation;
  const after = (since ?? sighting.time) - store.number(slot, LAST_SEEN);
  if (after <= 0) return true;
  if (elapsed(store.word(slot, ARRIVAL), sighting.arrival) >= LATE_MS) return false;
  return (ended && !began) || (isFirstWord && after < CLOCKS_APART_MS);
}

/** Nobody has told yet what this witness tells: of packets, or of this side, while the other one is on another host. */
function isFirstWord(store: FlowStore, slot: number, sighting: Sighting): boolean {
  if (sighting.observation.witness.kind === 'packets') return !hasWireCounters(store, slot);
  const isClaimed = store.flag(slot, CLAIMED) || store.flag(slot, CLAIMED << 1);
  return sighting.side !== null && isClaimed && !isOnSameHost(store, slot, sighting);
}

/** Milliseconds between two readings of the collector's clock modulo 2^32; 0 when it was set back. */
export function elapsed(from: number, to: number): number {
  const span = (to - from) >>> 0;
  return span >= 2 ** 31 ? 0 : span;
}

/** 1 equal, -1 different, 0 one of them is not known. */
function compareHandshakes(store: FlowStore, slot: number, sighting: Sighting): -1 | 0 | 1 {
  if (!sighting.hasHandshake || !store.flag(slot, HAS_HANDSHAKE)) return 0;
  return store.word(slot, HANDSHAKE) === sighting.handshake ? 1 : -1;
}

/** Of two flows that an observation could belong to equally, whether `a` is likelier: same host, alive, recent. */
export function isLikelier(store: FlowStore, a: number, b: number, sighting: Sighting): boolean {
  const sameHost = Number(isOnSameHost(store, a, sighting)) - Number(isOnSameHost(store, b, sighting));
  if (sameHost !== 0) return sameHost > 0;
  const living = Number(store.flag(b, ENDED)) - Number(store.flag(a, ENDED));
  if (living !== 0) return living > 0;
  return store.number(a, LAST_SEEN) > store.number(b, LAST_SEEN);
}

/** Locations name the host first: boot, then network namespace. */
function isOnSameHost(store: FlowStore, slot: number, sighting: Sighting): boolean {
  const host = hostOf(sighting.location);
  for (const side of [0, 1]) {
    const known = store.locations.get(store.word(slot, LOCATION + side));
    if (known !== null && hostOf(known) === host) return true;
  }
  return false;
}

export function storedSide(side: SideIndex | null, reversed: boolean): SideIndex | null {
  if (side === null || !reversed) return side;
  return side === 0 ? 1 : 0;
}
