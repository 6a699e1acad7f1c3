/** Adds what an observation tells to the flow it belongs to. */
import { type EventEndpoint, TCP } from '@packetless/model';
import {
  forgetSideCounters,
  hasWireCounters,
  mergeSideCounters,
  mergeWireCounters,
  setWireVlan,
} from './counters.js';
import type { FlowStore } from './flow-store.js';
import { countWitness, isFirstOfSide } from './flow-witnesses.js';
import { addRetransmits, forgetHealth, mergeHealth } from './health.js';
import { betterIdentity, correctedIdentity, sameIdentity } from './identity.js';
import { storedSide } from './matching.js';
import { mergeReason } from './reasons.js';
import {
  ARRIVAL,
  CLAIMED,
  CLIENT,
  COOKIE,
  ENDED,
  FAILURE_CODES,
  FINAL,
  FIRST_SEEN,
  HANDSHAKE,
  HAS_HANDSHAKE,
  HOST_INTERNAL,
  IDENTITY,
  KIND,
  LAST_SEEN,
  LATENCY,
  LATENCY_OF_CLIENT,
  LOCATION,
  ORIENTED,
  REVISION,
  SERVER,
  SIDELESS,
  type SideIndex,
  stateCode,
} from './record-layout.js';
import type { Sighting } from './sighting.js';

/**
 * @param reversed the flow calls client what the observation calls server
 * @param witness interned reference of the observation's witness
 * @param interfaceName interned reference of its network interface's name, 0 for none
 */
export function mergeSighting(
  store: FlowStore,
  slot: number,
  sighting: Sighting,
  reversed: boolean,
  witness: number,
  interfaceName: number,
): void {
  const { observation } = sighting;
  let turned = reversed;
  if (observation.oriented && !store.flag(slot, ORIENTED)) {
    if (turned) store.flip(slot);
    turned = false;
    store.raise(slot, ORIENTED);
  }
  const side = storedSide(sighting.side, turned);
  const [client, server] = turned
    ? [observation.server, observation.client]
    : [observation.client, observation.server];
  const firstOfSide = isFirstOfSide(store, slot, witness, side);
  /** What happened before the side's end and comes after it has nothing new to say about its health. */
  const late = side !== null && store.flag(slot, FINAL << side) && !observation.ended;

  mergeCounters(store, slot, sighting, side, turned, firstOfSide);
  claim(store, slot, sighting, side);
  mergeEndpoint(store, slot, CLIENT, client, sighting, side, late);
  mergeEndpoint(store, slot, SERVER, server, sighting, side, late);
  mergeRetransmits(store, slot, sighting, side, firstOfSide);
  mergeHandshake(store, slot, sighting);
  mergeLatency(store, slot, sighting, side);
  mergeReason(store, slot, sighting, side);
  mergeState(store, slot, sighting, side);
  if (observation.witness.kind === 'agent') setInterfaceName(store, slot, interfaceName, side);
  if (observation.additional !== null) store.additional.merge(slot, observation.additional);
  countWitness(store, slot, witness, side);
  mergeTimes(store, slot, sighting);
  store.setWord(slot, REVISION, store.word(slot, REVISION) + 1);
}

/** The witness has the socket of this side. Where nobody has one, traffic inside a host is still tied to a place. */
function claim(store: FlowStore, slot: number, sighting: Sighting, side: SideIndex | null): void {
  if (sighting.hostInternal) store.raise(slot, HOST_INTERNAL);
  const { witness, location } = sighting.observation;
  if (witness.kind === 'packets' && location === null) return;
  if (side === null) {
    const placed = store.word(slot, LOCATION) !== 0 || store.word(slot, LOCATION + 1) !== 0;
    if (!placed && store.flag(slot, HOST_INTERNAL)) setLocation(store, slot, CLIENT, sighting.location);
    return;
  }
  if (!store.flag(slot, CLAIMED << side)) {
    if (hasWireCounters(store, slot)) forgetWire(store, slot, sighting, side);
    setLocation(store, slot, side, sighting.location);
    store.raise(slot, CLAIMED << side);
  }
  if (store.word(slot, COOKIE + side) === 0) store.setWord(slot, COOKIE + side, sighting.cookie);
}

/** What was seen on the wire of the state and this side's health gives way to what the kernel knows. */
function forgetWire(store: FlowStore, slot: number, sighting: Sighting, side: SideIndex): void {
  forgetHealth(store, slot, side);
  const { state } = sighting.observation;
  const isFirst = !store.flag(slot, CLAIMED) && !store.flag(slot, CLAIMED << 1);
  if (state !== null && isFirst && !store.flag(slot, ENDED)) setState(store, slot, 0);
}

function setLocation(store: FlowStore, slot: number, side: SideIndex, location: string): void {
  const before = store.word(slot, LOCATION + side);
  store.setWord(slot, LOCATION + side, store.locations.acquire(location, location));
  store.locations.release(before);
}

/**
 * A witness that does not say on which side it counts, counts for a side that has no witness of its own; its numbers
 * go when that side gets one.
 */
function mergeCounters(
  store: FlowStore,
  slot: number,
  sighting: Sighting,
  side: SideIndex | null,
  reversed: boolean,
  firstOfSide: boolean,
): void {
  const { counters, witness } = sighting.observation;
  if (counters === null) return;
  if (witness.kind === 'packets') {
    mergeWireCounters(store, slot, counters, reversed, sighting.behind ? sighting.seenAs : null);
    if (!sighting.behind) setWireVlan(store, slot, sighting.observation.vlan);
    return;
  }
  if (counters.kind === 'delta' && !firstOfSide) return;
  if (side !== null) {
    if (store.flag(slot, SIDELESS << side)) {
      forgetSideCounters(store, slot, side);
      store.lower(slot, SIDELESS << side);
    }
    mergeSideCounters(store, slot, side, counters, reversed);
  } else {
    const free = store.flag(slot, CLAIMED) ? (store.flag(slot, CLAIMED << 1) ? null : SERVER) : CLIENT;
    if (free === null) return;
    mergeSideCounters(store, slot, free, counters, reversed);
    store.raise(slot, SIDELESS << free);
  }
}

/**
 * A witness knows its own side's process; what it says of the other side only fills a gap. `corrected`: what it said
 * of its own side before is not so any more.
 */
function mergeEndpoint(
  store: FlowStore,
  slot: number,
  side: SideIndex,
  endpoint: EventEndpoint,
  { observation: { witness, corrected } }: Sighting,
  witnessSide: SideIndex | null,
  late: boolean,
): void {
  const lessKnown = witness.kind === 'packets' && store.flag(slot, CLAIMED << side);
  if (endpoint.tcp !== null && !late && !lessKnown) mergeHealth(store, slot, side, endpoint.tcp);
  const { process } = endpoint;
  if (process === null && endpoint.container === null) return;
  const container = endpoint.container === null ? null : store.containers.refer(witness, endpoint.container);
  const { identities } = store;
  const reference = store.word(slot, IDENTITY + side);
  const known = identities.get(reference);
  if (known === null) {
    store.setWord(slot, IDENTITY + side, identities.acquire(process, container));
    return;
  }
  if (sameIdentity(known, process, container)) return;
  const latest = { process, container };
  const foreign = witnessSide !== null && witnessSide !== side;
  const better = foreign
    ? betterIdentity(latest, known)
    : corrected
      ? correctedIdentity(known, latest)
      : betterIdentity(known, latest);
  if (sameIdentity(known, better.process, better.container)) return;
  store.setWord(slot, IDENTITY + side, identities.acquire(better.process, better.container));
  identities.release(reference);
}

/** An event that brings the total as well has it counted already. */
function mergeRetransmits(
  store: FlowStore,
  slot: number,
  sighting: Sighting,
  side: SideIndex | null,
  firstOfSide: boolean,
): void {
  const { retransmits, client, server } = sighting.observation;
  if (retransmits === null || !firstOfSide) return;
  const own = sighting.side === null ? null : sighting.side === CLIENT ? client : server;
  if (own?.tcp?.retransmits != null) return;
  addRetransmits(store, slot, side ?? CLIENT, retransmits);
}

function mergeHandshake(store: FlowStore, slot: number, sighting: Sighting): void {
  if (!sighting.hasHandshake || store.flag(slot, HAS_HANDSHAKE)) return;
  store.setWord(slot, HANDSHAKE, sighting.handshake);
  store.raise(slot, HAS_HANDSHAKE);
}

/** The connecting side measures the handshake; the accepting side's first round trip, or the wire's, stands in for it. */
function mergeLatency(store: FlowStore, slot: number, sighting: Sighting, side: SideIndex | null): void {
  const latency = sighting.observation.connectLatencyMs;
  if (latency === null || !(latency >= 0 && latency < 1e12)) return;
  const ofWire = sighting.observation.witness.kind === 'packets';
  if ((side === SERVER || ofWire) && store.flag(slot, LATENCY_OF_CLIENT)) return;
  store.setReal(slot, LATENCY, latency);
  if (side !== SERVER && !ofWire) store.raise(slot, LATENCY_OF_CLIENT);
}

/** The end of either side ends the flow, and nothing that comes later brings it back. */
function mergeState(store: FlowStore, slot: number, sighting: Sighting, side: SideIndex | null): void {
  const { began, ended, state, failure, witness } = sighting.observation;
  const ofWire = witness.kind === 'packets';
  if (failure !== null && !(ofWire && storedFailure(store, slot) !== 0))
    setFailure(store, slot, FAILURE_CODES.indexOf(failure));
  if (ended && side !== null) store.raise(slot, FINAL << side);
  if (store.flag(slot, ENDED)) return;
  const tcp = (store.word(slot, KIND) & 0xff) === TCP;
  if (ended) {
    store.raise(slot, ENDED);
    setState(store, slot, began ? FAILED : tcp ? CLOSE : CLOSED);
    return;
  }
  if (!tcp) {
    setState(store, slot, ACTIVE);
    return;
  }
  // A kernel knows its own socket's state; what is seen in between only resembles it.
  if (ofWire && (store.flag(slot, CLAIMED) || store.flag(slot, CLAIMED << 1))) return;
  const older = sighting.time < store.number(slot, LAST_SEEN);
  if (state !== null && !(older && storedState(store, slot) !== 0)) setState(store, slot, stateCode(state));
}

/** Takes the state of another record of the same conversation, where that one knows more. */
export function mergeStoredState(store: FlowStore, into: number, from: number): void {
  if (storedFailure(store, into) === 0) setFailure(store, into, storedFailure(store, from));
  if (store.flag(into, ENDED)) return;
  const has = (slot: number) => store.flag(slot, CLAIMED) || store.flag(slot, CLAIMED << 1);
  const knowsMore = storedState(store, into) === 0 || (has(from) && !has(into));
  if (store.flag(from, ENDED)) store.raise(into, ENDED);
  else if (!knowsMore) return;
  if (storedState(store, from) !== 0) setState(store, into, storedState(store, from));
}

const FAILED = stateCode('FAILED');
const CLOSE = stateCode('CLOSE');
const CLOSED = stateCode('CLOSED');
const ACTIVE = stateCode('ACTIVE');

/** Ends a flow whose addresses and ports a newer socket has. */
export function endFlow(store: FlowStore, slot: number): void {
  store.raise(slot, ENDED);
  setState(store, slot, (store.word(slot, KIND) & 0xff) === TCP ? CLOSE : CLOSED);
  store.setWord(slot, REVISION, store.word(slot, REVISION) + 1);
}

export function storedState(store: FlowStore, slot: number): number {
  return (store.word(slot, KIND) >>> 8) & 0xf;
}

export function storedFailure(store: FlowStore, slot: number): number {
  return (store.word(slot, KIND) >>> 12) & 0xf;
}

function setState(store: FlowStore, slot: number, code: number): void {
  store.setWord(slot, KIND, (store.word(slot, KIND) & ~0xf00) | (code << 8));
}

function setFailure(store: FlowStore, slot: number, code: number): void {
  if (code > 0) store.setWord(slot, KIND, (store.word(slot, KIND) & ~0xf000) | (code << 12));
}

/** Each end may use an interface of another name: the client's is the flow's, the server's while no other is known. */
export function setInterfaceName(
  store: FlowStore,
  slot: number,
  reference: number,
  side: SideIndex | null,
): void {
  const kind = store.word(slot, KIND);
  const known = kind >>> 16;
  if (reference === 0 || known === reference || (known !== 0 && side === SERVER)) return;
  const name = store.interfaceNames.get(reference)!;
  store.interfaceNames.acquire(name, name);
  store.interfaceNames.release(known);
  store.setWord(slot, KIND, (kind & 0xffff) | (reference << 16));
}

function mergeTimes(store: FlowStore, slot: number, sighting: Sighting): void {
  const first = store.number(slot, FIRST_SEEN);
  const last = store.number(slot, LAST_SEEN);
  const since = Math.min(sighting.observation.since ?? sighting.time, sighting.time);
  if (!(first <= since)) store.setNumber(slot, FIRST_SEEN, since);
  if (!(last >= sighting.time)) store.setNumber(slot, LAST_SEEN, sighting.time);
  store.setWord(slot, ARRIVAL, sighting.arrival);
}
