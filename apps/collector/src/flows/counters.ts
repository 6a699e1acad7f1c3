/**
 * Bytes and packets of a flow. The client's kernel, the server's kernel and packet interfaces count the same bytes,
 * so each one's numbers are kept apart and never added up.
 */
import type { EventCounters, Traffic } from '@packetless/model';
import { type FlowStore, WIRE_LEGS, WIRE_VLAN } from './flow-store.js';
import { BYTES, FINAL, MAX_COUNT, PACKETS, type SideIndex, UNKNOWN } from './record-layout.js';
import { legOf, NO_LEG, packLegs, unpackLegs } from './wire-legs.js';

/** Places within PACKETS, BYTES and the wire's numbers. */
const SENT = 0;
const RECEIVED = 1;
const WIRE_PACKETS = 2;

/** Takes what a kernel counted at `side`; returns whether it changes anything. */
export function mergeSideCounters(
  store: FlowStore,
  slot: number,
  side: SideIndex,
  counters: EventCounters,
  reversed: boolean,
): boolean {
  const sent = side * 2 + (reversed ? RECEIVED : SENT);
  const received = side * 2 + (reversed ? SENT : RECEIVED);
  const { kind } = counters;
  let changed = mergeBytes(store, slot, BYTES + sent, kind, counters.bytesSent);
  changed = mergeBytes(store, slot, BYTES + received, kind, counters.bytesReceived) || changed;
  changed = mergePackets(store, slot, PACKETS + sent, kind, counters.packetsSent) || changed;
  return mergePackets(store, slot, PACKETS + received, kind, counters.packetsReceived) || changed;
}

/**
 * Takes what a packet interface counted. What it counted behind a translation of addresses it may have counted before
 * it as well, so that is kept apart; and of several legs behind, one after the other, each direction is one's that showed
 * it first. `leg`: hash of the ends that packets behind a translation bear; null for those before all.
 */
export function mergeWireCounters(
  store: FlowStore,
  slot: number,
  counters: EventCounters,
  reversed: boolean,
  leg: number | null,
): void {
  const { bytesSent, bytesReceived, packetsSent, packetsReceived } = counters;
  const { kind } = counters;
  mergeWire(store, slot, reversed ? RECEIVED : SENT, kind, bytesSent, packetsSent, leg);
  mergeWire(store, slot, reversed ? SENT : RECEIVED, kind, bytesReceived, packetsReceived, leg);
}

/** Whether packets of this VLAN (null: of none) may be its: those that were counted before a translation, if any, were. */
export function isOfVlan(store: FlowStore, slot: number, vlan: number | null): boolean {
  if (Number.isNaN(store.wire(slot, SENT))) return true;
  const known = store.wire(slot, WIRE_VLAN);
  return vlan === null ? Number.isNaN(known) : known === vlan;
}

/** VLAN of the packets that were counted before a translation; null: they have none, or there were none. */
export function wireVlan(store: FlowStore, slot: number): number | null {
  return known(store.wire(slot, WIRE_VLAN));
}

export function setWireVlan(store: FlowStore, slot: number, vlan: number | null): void {
  if (vlan !== null) store.setWire(slot, WIRE_VLAN, vlan);
}

/** Whether a packet interface has counted anything of it. */
export function hasWireCounters(store: FlowStore, slot: number): boolean {
  return !Number.isNaN(store.wire(slot, SENT)) || !Number.isNaN(store.wireBehind(slot, SENT));
}

/** Nobody counted at this side, as far as is known. */
export function forgetSideCounters(store: FlowStore, slot: number, side: SideIndex): void {
  for (const field of [SENT, RECEIVED]) {
    store.setNumber(slot, BYTES + side * 2 + field, Number.NaN);
    store.setWord(slot, PACKETS + side * 2 + field, UNKNOWN);
  }
}

/** Totals never go backwards; what is no count (negative, a fraction, beyond 2^53) is not taken. */
function nextCount(known: number, kind: EventCounters['kind'], given: number, max: number): number {
  if (!Number.isInteger(given) || given < 0 || given > Number.MAX_SAFE_INTEGER) return known;
  if (Number.isNaN(known)) return Math.min(given, max);
  return Math.min(kind === 'delta' ? known + given : Math.max(known, given), max);
}

function mergeBytes(
  store: FlowStore,
  slot: number,
  field: number,
  kind: EventCounters['kind'],
  given: number,
): boolean {
  const known = store.number(slot, field);
  const next = nextCount(known, kind, given, Number.MAX_SAFE_INTEGER);
  if (Object.is(next, known)) return false;
  store.setNumber(slot, field, next);
  return true;
}

/** Packets stop counting at 2^32 − 2, as the kernel's own segment counters wrap at 2^32. */
function mergePackets(
  store: FlowStore,
  slot: number,
  field: number,
  kind: EventCounters['kind'],
  given: number | null,
): boolean {
  if (given === null) return false;
  const known = countOrNaN(store.word(slot, field));
  const next = nextCount(known, kind, given, MAX_COUNT);
  if (Object.is(next, known)) return false;
  store.setWord(slot, field, next);
  return true;
}

/** Bytes and packets of one direction. */
function mergeWire(
  store: FlowStore,
  slot: number,
  direction: number,
  kind: EventCounters['kind'],
  bytes: number,
  packets: number | null,
  leg: number | null,
): void {
  // Nothing is known of a leg that has shown nothing.
  const isOfLeg = leg === null || bytes === 0 || isOfLegBehind(store, slot, direction, legOf(leg));
  if (!isOfLeg) return;
  for (const [field, given] of [
    [direction, bytes],
    [WIRE_PACKETS + direction, packets],
  ] as const) {
    if (given === null) continue;
    const known = leg === null ? store.wire(slot, field) : store.wireBehind(slot, field);
    const next = nextCount(known, kind, given, Number.MAX_SAFE_INTEGER);
    if (Object.is(next, known)) continue;
    if (leg === null) store.setWire(slot, field, next);
    else store.setWireBehind(slot, field, next);
  }
}

/** Whether this leg counts the direction: the one that showed it first, from now on this one if none has yet. */
function isOfLegBehind(store: FlowStore, slot: number, direction: number, leg: number): boolean {
  const [sends, receives] = unpackLegs(store.wireBehind(slot, WIRE_LEGS));
  const known = direction === SENT ? sends : receives;
  if (known !== NO_LEG) return known === leg;
  store.setWireBehind(slot, WIRE_LEGS, direction === SENT ? packLegs(leg, receives) : packLegs(sends, leg));
  return true;
}

function countOrNaN(word: number): number {
  return word === UNKNOWN ? Number.NaN : word;
}

export function bytesSent(store: FlowStore, slot: number): number {
  return bytesOf(store, slot, SENT);
}

export function bytesReceived(store: FlowStore, slot: number): number {
  return bytesOf(store, slot, RECEIVED);
}

/** Both directions; one that nobody counted adds nothing. NaN when neither was counted. */
export function bytesTotal(store: FlowStore, slot: number): number {
  return sum(bytesSent(store, slot), bytesReceived(store, slot));
}

export function packetsTotal(store: FlowStore, slot: number): number {
  return sum(packetsOf(store, slot, SENT), packetsOf(store, slot, RECEIVED));
}

export function bytesTraffic(store: FlowStore, slot: number): Traffic {
  return { sent: known(bytesSent(store, slot)), received: known(bytesReceived(store, slot)) };
}

export function packetsTraffic(store: FlowStore, slot: number): Traffic {
  return { sent: known(packetsOf(store, slot, SENT)), received: known(packetsOf(store, slot, RECEIVED)) };
}

function bytesOf(store: FlowStore, slot: number, direction: number): number {
  const wire = wireCount(store, slot, direction);
  if (wire > 0) return wire;
  const client = store.number(slot, BYTES + direction);
  const server = store.number(slot, BYTES + 2 + direction);
  return orWire(wire, chosen(store, slot, client, server));
}

/** Packets before a translation and those behind it are the same ones. */
function wireCount(store: FlowStore, slot: number, field: number): number {
  const before = store.wire(slot, field);
  return before > 0 ? before : orWire(before, store.wireBehind(slot, field));
}

/**
 * What was counted of packets is from now on of those behind a translation: nobody saw them before it.
 * `leg`: hash of the ends that they bear.
 */
export function moveWireBehind(store: FlowStore, slot: number, leg: number): void {
  for (const direction of [SENT, RECEIVED]) {
    addBehind(
      store,
      slot,
      direction,
      legOf(leg),
      store.wire(slot, direction),
      store.wire(slot, WIRE_PACKETS + direction),
    );
  }
  if (!Number.isNaN(store.wire(slot, SENT))) {
    for (let field = 0; field <= WIRE_VLAN; field++) store.setWire(slot, field, Number.NaN);
  }
}

/** Takes what was counted of one conversation that turned out to be the other's, behind a translation. */
export function absorbWire(store: FlowStore, into: number, from: number, leg: number): void {
  moveWireBehind(store, from, leg);
  const legs = unpackLegs(store.wireBehind(from, WIRE_LEGS));
  for (const direction of [SENT, RECEIVED]) {
    const [bytes, packets] = [direction, WIRE_PACKETS + direction].map((field) =>
      store.wireBehind(from, field),
    );
    addBehind(store, into, direction, legs[direction]!, bytes!, packets!);
  }
}

/** Counts that are not known add nothing, and those of another leg than the one that counts are the same packets. */
function addBehind(
  store: FlowStore,
  slot: number,
  direction: number,
  leg: number,
  bytes: number,
  packets: number,
): void {
  if (Number.isNaN(bytes) || (bytes > 0 && !isOfLegBehind(store, slot, direction, leg))) return;
  store.setWireBehind(slot, direction, sum(store.wireBehind(slot, direction), bytes));
  const field = WIRE_PACKETS + direction;
  store.setWireBehind(slot, field, sum(store.wireBehind(slot, field), packets));
}

/** Takes a side's count from another flow. `greater`: of both counts the greater one, else that one. */
export function absorbSideCounters(
  store: FlowStore,
  into: number,
  from: number,
  side: SideIndex,
  greater: boolean,
): void {
  for (const direction of [SENT, RECEIVED]) {
    const field = side * 2 + direction;
    const bytes = store.number(from, BYTES + field);
    if (!greater || isMore(bytes, store.number(into, BYTES + field)))
      store.setNumber(into, BYTES + field, bytes);
    const packets = store.word(from, PACKETS + field);
    if (!greater || isMore(countOrNaN(packets), countOrNaN(store.word(into, PACKETS + field))))
      store.setWord(into, PACKETS + field, packets);
  }
}

/** Any count is more than none. */
function isMore(count: number, than: number): boolean {
  return count > than || (Number.isNaN(than) && !Number.isNaN(count));
}

/** Whether a kernel has counted at this side. */
export function hasSideCounters(store: FlowStore, slot: number, side: SideIndex): boolean {
  return !Number.isNaN(store.number(slot, BYTES + side * 2));
}

/** Where packets of one direction only pass by, the kernels' count is all that there is of the other. */
function orWire(wire: number, counted: number): number {
  return Number.isNaN(counted) ? wire : counted;
}

function packetsOf(store: FlowStore, slot: number, direction: number): number {
  const wire = wireCount(store, slot, WIRE_PACKETS + direction);
  if (wire > 0) return wire;
  const client = countOrNaN(store.word(slot, PACKETS + direction));
  const server = countOrNaN(store.word(slot, PACKETS + 2 + direction));
  return orWire(wire, chosen(store, slot, client, server));
}

/**
 * Of two kernels' counts of the same bytes: the client's when its socket is closed or both are, the server's when
 * only its is; while both live, the greater, since both only grow and the greater was read later.
 */
function chosen(store: FlowStore, slot: number, client: number, server: number): number {
  if (Number.isNaN(client)) return server;
  if (Number.isNaN(server)) return client;
  if (store.flag(slot, FINAL)) return client;
  if (store.flag(slot, FINAL << 1)) return server;
  return Math.max(client, server);
}

function sum(a: number, b: number): number {
  if (Number.isNaN(a)) return b;
  return Number.isNaN(b) ? a : a + b;
}

function known(count: number): number | null {
  return Number.isNaN(count) ? null : count;
}
