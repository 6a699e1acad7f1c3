/** Why a connection was reset or sent segments again, and whose kernel said so. */
import type { Side } from '@packetless/model';
import type { FlowStore } from './flow-store.js';
import {
  ENDED,
  FLAGS,
  MAX_REASONS,
  REASON_SHIFT,
  REASON_SIDE_SHIFT,
  type SideIndex,
} from './record-layout.js';
import type { Sighting } from './sighting.js';

/** Who was reset knows only that; who reset knows why. */
const TELLS_LEAST = 'peer reset';

/** Call it before the observation ends the flow: what is told of an end is worth more than what came before. */
export function mergeReason(
  store: FlowStore,
  slot: number,
  sighting: Sighting,
  side: SideIndex | null,
): void {
  const { reason, ended } = sighting.observation;
  if (reason === null) return;
  const known = storedReason(store, slot);
  if (known !== 0 && store.flag(slot, ENDED) && (!ended || reason === TELLS_LEAST)) return;
  const reference = store.reasons.acquire(reason, reason);
  if (reference === 0) {
    store.countReasonLeftOut();
    return;
  }
  store.reasons.release(known);
  const others = store.word(slot, FLAGS) & ((1 << REASON_SHIFT) - 1);
  const sideCode = side === null ? 0 : side + 1;
  store.setWord(slot, FLAGS, others | (reference << REASON_SHIFT) | (sideCode << REASON_SIDE_SHIFT));
}

/** Takes what another record of the same conversation says, where this one says nothing. */
export function takeReason(store: FlowStore, into: number, from: number): void {
  const text = store.reasons.get(storedReason(store, from));
  if (text === null || storedReason(store, into) !== 0) return;
  const reference = store.reasons.acquire(text, text);
  if (reference === 0) {
    store.countReasonLeftOut();
    return;
  }
  const others = store.word(into, FLAGS) & ((1 << REASON_SHIFT) - 1);
  const sideCode = store.word(from, FLAGS) >>> REASON_SIDE_SHIFT;
  store.setWord(into, FLAGS, others | (reference << REASON_SHIFT) | (sideCode << REASON_SIDE_SHIFT));
}

/** Interned reference, 0 for none. */
export function storedReason(store: FlowStore, slot: number): number {
  return (store.word(slot, FLAGS) >>> REASON_SHIFT) & MAX_REASONS;
}

export function storedReasonSide(store: FlowStore, slot: number): Side | null {
  const code = store.word(slot, FLAGS) >>> REASON_SIDE_SHIFT;
  return code === 0 ? null : code === 1 ? 'client' : 'server';
}
