/** Who has seen a flow, on which side, how often. */
import type { FlowWitness, Side } from '@packetless/model';
import type { FlowStore } from './flow-store.js';
import {
  EVENTS,
  FLAGS,
  MAX_COUNT,
  MORE_WITNESSES,
  type SideIndex,
  WITNESS_SIDES,
  WITNESSES,
} from './record-layout.js';

/** Beside the two in the record. A flow is seen by two ends and what lies between them. */
const MAX_MORE = 14;

const SIDES: readonly (Side | null)[] = [null, 'client', 'server'];

/** Counts events of the witness. `side` is as the flow calls it. */
export function countWitness(
  store: FlowStore,
  slot: number,
  reference: number,
  side: SideIndex | null,
  events = 1,
): void {
  const sideCode = side === null ? 0 : side + 1;
  const both = store.word(slot, WITNESSES);
  const flags = store.word(slot, FLAGS);
  for (const place of [0, 1]) {
    const known = place === 0 ? both >>> 16 : both & 0xffff;
    const shift = WITNESS_SIDES + place * 2;
    if (known === reference && ((flags >>> shift) & 3) === sideCode) {
      store.setWord(slot, EVENTS + place, Math.min(store.word(slot, EVENTS + place) + events, MAX_COUNT));
      return;
    }
    if (known !== 0) continue;
    const { id } = store.witnesses.get(reference)!;
    store.witnesses.acquire(id, store.witnesses.get(reference)!);
    store.setWord(slot, WITNESSES, (place === 0 ? reference << 16 : both | reference) >>> 0);
    store.raise(slot, sideCode << shift);
    store.setWord(slot, EVENTS + place, events);
    return;
  }
  countMore(store, slot, reference, sideCode, events);
}

function countMore(store: FlowStore, slot: number, reference: number, side: number, events: number): void {
  const more = store.moreWitnesses.get(slot) ?? [];
  const known = more.find((witness) => witness.reference === reference && witness.side === side);
  if (known !== undefined) {
    known.events += events;
    return;
  }
  if (more.length === MAX_MORE) return;
  const witness = store.witnesses.get(reference)!;
  store.witnesses.acquire(witness.id, witness);
  more.push({ reference, side, events });
  store.moreWitnesses.set(slot, more);
  store.raise(slot, MORE_WITNESSES);
}

/** Whether this witness was the first one on this side: what is told as differences is taken from one only. */
export function isFirstOfSide(
  store: FlowStore,
  slot: number,
  reference: number,
  side: SideIndex | null,
): boolean {
  const sideCode = side === null ? 0 : side + 1;
  const both = store.word(slot, WITNESSES);
  const flags = store.word(slot, FLAGS);
  if (both >>> 16 === 0 || ((flags >>> WITNESS_SIDES) & 3) === sideCode) {
    return both >>> 16 === 0 || both >>> 16 === reference;
  }
  if ((both & 0xffff) === 0 || ((flags >>> (WITNESS_SIDES + 2)) & 3) === sideCode) {
    return (both & 0xffff) === 0 || (both & 0xffff) === reference;
  }
  const first = store.moreWitnesses.get(slot)?.find((witness) => witness.side === sideCode);
  return first === undefined || first.reference === reference;
}

/** References of all witnesses, each side of one separately. */
export function forEachWitness(
  store: FlowStore,
  slot: number,
  visit: (reference: number, side: number, events: number) => void,
): void {
  const both = store.word(slot, WITNESSES);
  const flags = store.word(slot, FLAGS);
  if (both >>> 16 !== 0) visit(both >>> 16, (flags >>> WITNESS_SIDES) & 3, store.word(slot, EVENTS));
  if ((both & 0xffff) !== 0) {
    visit(both & 0xffff, (flags >>> (WITNESS_SIDES + 2)) & 3, store.word(slot, EVENTS + 1));
  }
  if (!(flags & MORE_WITNESSES)) return;
  for (const { reference, side, events } of store.moreWitnesses.get(slot) ?? [])
    visit(reference, side, events);
}

export function readWitnesses(store: FlowStore, slot: number): FlowWitness[] {
  const witnesses: FlowWitness[] = [];
  forEachWitness(store, slot, (reference, side, events) => {
    const { kind, name } = store.witnesses.get(reference)!;
    witnesses.push({ kind, name, side: SIDES[side]!, events });
  });
  return witnesses;
}
