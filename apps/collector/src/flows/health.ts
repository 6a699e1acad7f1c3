/** TCP's health per side, as that side's kernel measured it. */
import type { TcpHealth } from '@packetless/model';
import type { FlowStore } from './flow-store.js';
import { fromShortReal, half, setHalf, toShortReal } from './halves.js';
import {
  CONGESTION_WINDOW,
  DELIVERY_RATE,
  HEALTH,
  HEALTH_WORDS,
  LOST,
  MAX_COUNT,
  OUT_OF_ORDER,
  RETRANSMITS,
  RTT,
  RTT_VARIANCE,
  type SideIndex,
  UNACKNOWLEDGED,
  UNKNOWN,
  UNKNOWN_HALF,
} from './record-layout.js';

/** Measures are the latest told; counts since the beginning never go backwards. */
export function mergeHealth(store: FlowStore, slot: number, side: SideIndex, latest: TcpHealth): boolean {
  const at = HEALTH + side * HEALTH_WORDS;
  let changed = mergeTime(store, slot, at + RTT, latest.rttMs);
  changed = setShortReal(store, slot, RTT_VARIANCE, side, latest.rttVarMs) || changed;
  changed = mergeTotal(store, slot, at + RETRANSMITS, latest.retransmits) || changed;
  changed = mergeTotal(store, slot, at + OUT_OF_ORDER, latest.outOfOrder) || changed;
  changed = setCount(store, slot, at + LOST, latest.lost) || changed;
  changed = setHalfCount(store, slot, UNACKNOWLEDGED, side, latest.unacknowledged) || changed;
  changed = setHalfCount(store, slot, CONGESTION_WINDOW, side, latest.congestionWindow) || changed;
  return setShortReal(store, slot, DELIVERY_RATE, side, latest.deliveryRate) || changed;
}

/** Nothing is known of this side's health. */
export function forgetHealth(store: FlowStore, slot: number, side: SideIndex): void {
  const at = HEALTH + side * HEALTH_WORDS;
  store.setReal(slot, at + RTT, Number.NaN);
  for (const field of [RETRANSMITS, OUT_OF_ORDER, LOST]) store.setWord(slot, at + field, UNKNOWN);
  for (const field of [UNACKNOWLEDGED, CONGESTION_WINDOW, RTT_VARIANCE, DELIVERY_RATE]) {
    setHalf(store, slot, field, side, UNKNOWN_HALF);
  }
}

/** Adds retransmissions that were told one by one. */
export function addRetransmits(store: FlowStore, slot: number, side: SideIndex, count: number): boolean {
  if (!isCount(count) || count === 0) return false;
  const field = HEALTH + side * HEALTH_WORDS + RETRANSMITS;
  const known = store.word(slot, field);
  store.setWord(slot, field, Math.min((known === UNKNOWN ? 0 : known) + count, MAX_COUNT));
  return true;
}

function mergeTime(store: FlowStore, slot: number, field: number, milliseconds: number | null): boolean {
  if (milliseconds === null || !(milliseconds >= 0 && milliseconds < 1e12)) return false;
  const time = Math.fround(milliseconds);
  if (store.real(slot, field) === time) return false;
  store.setReal(slot, field, time);
  return true;
}

function mergeTotal(store: FlowStore, slot: number, field: number, count: number | null): boolean {
  const known = store.word(slot, field);
  if (count !== null && known !== UNKNOWN && count < known) return false;
  return setCount(store, slot, field, count);
}

function setCount(store: FlowStore, slot: number, field: number, count: number | null): boolean {
  if (count === null || !isCount(count)) return false;
  const next = Math.min(count, MAX_COUNT);
  if (store.word(slot, field) === next) return false;
  store.setWord(slot, field, next);
  return true;
}

/** A window has at most 1 GiB (RFC 7323), so more than 65,534 segments are told as that many. */
function setHalfCount(
  store: FlowStore,
  slot: number,
  field: number,
  side: SideIndex,
  count: number | null,
): boolean {
  if (count === null || !isCount(count)) return false;
  return setHalf(store, slot, field, side, Math.min(count, UNKNOWN_HALF - 1));
}

function setShortReal(
  store: FlowStore,
  slot: number,
  field: number,
  side: SideIndex,
  value: number | null,
): boolean {
  if (value === null || !(value >= 0)) return false;
  return setHalf(store, slot, field, side, toShortReal(value));
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0;
}

/** Null when this side's kernel told nothing. */
export function readHealth(store: FlowStore, slot: number, side: SideIndex): TcpHealth | null {
  const at = HEALTH + side * HEALTH_WORDS;
  const health: TcpHealth = {
    rttMs: readTime(store, slot, at + RTT),
    rttVarMs: readShortReal(store, slot, RTT_VARIANCE, side),
    retransmits: readCount(store, slot, at + RETRANSMITS),
    outOfOrder: readCount(store, slot, at + OUT_OF_ORDER),
    lost: readCount(store, slot, at + LOST),
    unacknowledged: readHalfCount(store, slot, UNACKNOWLEDGED, side),
    congestionWindow: readHalfCount(store, slot, CONGESTION_WINDOW, side),
    deliveryRate: readShortReal(store, slot, DELIVERY_RATE, side),
  };
  return Object.values(health).every((value) => value === null) ? null : health;
}

/** A float holds seven digits; six of them, so that 0.177 is not shown as 0.17700000107. */
export function readTime(store: FlowStore, slot: number, field: number): number | null {
  const time = store.real(slot, field);
  return Number.isNaN(time) ? null : Number(time.toPrecision(6));
}

function readCount(store: FlowStore, slot: number, field: number): number | null {
  const count = store.word(slot, field);
  return count === UNKNOWN ? null : count;
}

function readHalfCount(store: FlowStore, slot: number, field: number, side: SideIndex): number | null {
  const count = half(store, slot, field, side);
  return count === UNKNOWN_HALF ? null : count;
}

/** Three digits, as many as it has. */
function readShortReal(store: FlowStore, slot: number, field: number, side: SideIndex): number | null {
  const value = fromShortReal(half(store, slot, field, side));
  return Number.isNaN(value) ? null : Number(value.toPrecision(3));
}

/** The longer of both sides' round-trip times, NaN when neither is known. */
export function longestRoundTrip(store: FlowStore, slot: number): number {
  const client = store.real(slot, HEALTH + RTT);
  const server = store.real(slot, HEALTH + HEALTH_WORDS + RTT);
  return Number.isNaN(client) ? server : Number.isNaN(server) ? client : Math.max(client, server);
}

/** As the kernel of this side measured it, milliseconds; NaN when not known. */
export function roundTrip(store: FlowStore, slot: number, side: SideIndex): number {
  return store.real(slot, HEALTH + side * HEALTH_WORDS + RTT);
}

export function roundTripVariance(store: FlowStore, slot: number, side: SideIndex): number {
  return fromShortReal(half(store, slot, RTT_VARIANCE, side));
}

/** Retransmissions of one side, NaN when not known. */
export function sideRetransmits(store: FlowStore, slot: number, side: SideIndex): number {
  const count = store.word(slot, HEALTH + side * HEALTH_WORDS + RETRANSMITS);
  return count === UNKNOWN ? Number.NaN : count;
}

/** Retransmissions of both sides, NaN when neither is known. */
export function allRetransmits(store: FlowStore, slot: number): number {
  const client = store.word(slot, HEALTH + RETRANSMITS);
  const server = store.word(slot, HEALTH + HEALTH_WORDS + RETRANSMITS);
  if (client === UNKNOWN) return server === UNKNOWN ? Number.NaN : server;
  return server === UNKNOWN ? client : client + server;
}

/** The greater of both sides' delivery rates, bytes a second; most conversations have one side that sends. */
export function greatestDeliveryRate(store: FlowStore, slot: number): number {
  const client = fromShortReal(half(store, slot, DELIVERY_RATE, 0));
  const server = fromShortReal(half(store, slot, DELIVERY_RATE, 1));
  return Number.isNaN(client) ? server : Number.isNaN(server) ? client : Math.max(client, server);
}

/** The greater of both sides' congestion windows, segments; NaN when neither is known. */
export function greatestWindow(store: FlowStore, slot: number): number {
  const client = half(store, slot, CONGESTION_WINDOW, 0);
  const server = half(store, slot, CONGESTION_WINDOW, 1);
  if (client === UNKNOWN_HALF) return server === UNKNOWN_HALF ? Number.NaN : server;
  return server === UNKNOWN_HALF ? client : Math.max(client, server);
}
