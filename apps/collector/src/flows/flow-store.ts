/** The memory of a flow table: records in pages of typed arrays, and beside them what only few flows have. */
import type { ConversationEnds, Witness } from '@packetless/model';
import type { ContainerRegistry } from '../containers/container-registry.js';
import { AdditionalFields } from './additional-fields.js';
import { AddressPairs } from './address-pairs.js';
import { flipRecord } from './flip.js';
import { Identities } from './identities.js';
import { Interner } from './interner.js';
import {
  ADDRESS,
  ARRIVAL,
  CONGESTION_WINDOW,
  DELIVERY_RATE,
  FLAGS,
  GENERATION,
  HEALTH,
  HEALTH_WORDS,
  IDENTITY,
  IPV6,
  KIND,
  LATENCY,
  LIVE,
  LOCATION,
  MAX_REASONS,
  MORE_WITNESSES,
  NUMBERS,
  PACKETS,
  REASON_SHIFT,
  RETRANSMITS,
  REVISION,
  RTT,
  RTT_VARIANCE,
  UNACKNOWLEDGED,
  UNKNOWN,
  WITNESSES,
  WORDS,
} from './record-layout.js';
import { flipLegs } from './wire-legs.js';

/** Small, since half of the last page is empty on average. */
const PAGE_SHIFT = 10;
const PAGE_FLOWS = 1 << PAGE_SHIFT;
const PAGE_MASK = PAGE_FLOWS - 1;
/** Bytes and packets, sent and received, as a packet interface counted them, and their VLAN; behind translations, which legs. */
const WIRE_NUMBERS = 5;
export const WIRE_VLAN = 4;
export const WIRE_LEGS = 4;
/** References of witnesses and interface names have 16 bits, of which 0 means none. */
const MAX_SHORT_REFERENCES = 65_535;

/** Room for the text of processes and containers; a process that speaks for many flows is kept once. */
const IDENTITY_BYTES_PER_FLOW = 512;
const MIN_IDENTITY_BYTES = 1 << 24;

interface Page {
  readonly words: Uint32Array;
  /** The same memory, for fields that have fractions. */
  readonly reals: Float32Array;
  readonly numbers: Float64Array;
  /** Made when the first flow of the page is seen in packets. */
  wire: Float64Array | null;
  /** The same, of packets behind a translation of addresses. */
  wireBehind: Float64Array | null;
}

/** A witness of a flow beyond the first two. */
export interface MoreWitness {
  readonly reference: number;
  /** 0 unknown, 1 client, 2 server. */
  side: number;
  events: number;
}

/** Of a flow whose addresses are translated (NAT). */
export interface Translated {
  /** What it is called behind the last translation. */
  readonly after: ConversationEnds;
  /** The network namespace that translates first, in which the flow's own addresses have a meaning; null: not known. */
  readonly scope: string | null;
}

export class FlowStore {
  readonly identities: Identities;
  readonly locations = new Interner<string>(Number.MAX_SAFE_INTEGER);
  readonly witnesses = new Interner<Witness>(MAX_SHORT_REFERENCES);
  readonly interfaceNames = new Interner<string>(MAX_SHORT_REFERENCES);
  readonly reasons = new Interner<string>(MAX_REASONS);
  readonly pairs = new AddressPairs();
  readonly moreWitnesses = new Map<number, MoreWitness[]>();
  /** Those of flows that are; few. */
  readonly translated = new Map<number, Translated>();
  readonly additional: AdditionalFields;
  readonly #pages: Page[] = [];
  /** The first of the free places behind which the next is written; -1 for none. */
  #free = -1;
  #end = 0;
  #size = 0;
  #reasonsLeftOut = 0;

  constructor(
    readonly capacity: number,
    readonly containers: ContainerRegistry,
  ) {
    this.identities = new Identities(Math.max(MIN_IDENTITY_BYTES, capacity * IDENTITY_BYTES_PER_FLOW));
    this.additional = new AdditionalFields(capacity);
  }

  get size(): number {
    return this.#size;
  }

  /** One more than the greatest place ever used. */
  get end(): number {
    return this.#end;
  }

  /** How often a reason was not kept because there were too many different ones. */
  get reasonsLeftOut(): number {
    return this.#reasonsLeftOut;
  }

  countReasonLeftOut(): void {
    this.#reasonsLeftOut++;
  }

  /** A place for a flow, all fields unknown; -1 when the table is full. */
  allocate(): number {
    let slot = this.#free;
    if (slot >= 0) {
      this.#free = this.word(slot, ARRIVAL) - 1;
    } else {
      if (this.#end >= this.capacity) return -1;
      slot = this.#end++;
      if (slot >> PAGE_SHIFT === this.#pages.length) this.#pages.push(createPage());
    }
    this.#reset(slot);
    this.#size++;
    return slot;
  }

  /** Gives a place back with all that the flow held. */
  release(slot: number): void {
    const flags = this.word(slot, FLAGS);
    if (flags & IPV6) this.pairs.remove(this.word(slot, ADDRESS));
    for (const side of [0, 1]) {
      this.identities.release(this.word(slot, IDENTITY + side));
      this.locations.release(this.word(slot, LOCATION + side));
    }
    const witnesses = this.word(slot, WITNESSES);
    this.witnesses.release(witnesses >>> 16);
    this.witnesses.release(witnesses & 0xffff);
    this.interfaceNames.release(this.word(slot, KIND) >>> 16);
    this.reasons.release((flags >>> REASON_SHIFT) & MAX_REASONS);
    if (flags & MORE_WITNESSES) {
      for (const { reference } of this.moreWitnesses.get(slot) ?? []) this.witnesses.release(reference);
      this.moreWitnesses.delete(slot);
    }
    this.additional.remove(slot);
    this.translated.delete(slot);
    this.setWord(slot, FLAGS, 0);
    this.setWord(slot, ARRIVAL, this.#free + 1);
    this.#free = slot;
    this.#size--;
  }

  word(slot: number, field: number): number {
    return this.#pages[slot >> PAGE_SHIFT]!.words[(slot & PAGE_MASK) * WORDS + field]!;
  }

  setWord(slot: number, field: number, value: number): void {
    this.#pages[slot >> PAGE_SHIFT]!.words[(slot & PAGE_MASK) * WORDS + field] = value;
  }

  real(slot: number, field: number): number {
    return this.#pages[slot >> PAGE_SHIFT]!.reals[(slot & PAGE_MASK) * WORDS + field]!;
  }

  setReal(slot: number, field: number, value: number): void {
    this.#pages[slot >> PAGE_SHIFT]!.reals[(slot & PAGE_MASK) * WORDS + field] = value;
  }

  number(slot: number, field: number): number {
    return this.#pages[slot >> PAGE_SHIFT]!.numbers[(slot & PAGE_MASK) * NUMBERS + field]!;
  }

  setNumber(slot: number, field: number, value: number): void {
    this.#pages[slot >> PAGE_SHIFT]!.numbers[(slot & PAGE_MASK) * NUMBERS + field] = value;
  }

  flag(slot: number, flag: number): boolean {
    return (this.word(slot, FLAGS) & flag) !== 0;
  }

  raise(slot: number, flags: number): void {
    this.setWord(slot, FLAGS, this.word(slot, FLAGS) | flags);
  }

  lower(slot: number, flags: number): void {
    this.setWord(slot, FLAGS, this.word(slot, FLAGS) & ~flags);
  }

  /** What packets counted: bytes sent, received, packets sent, received, VLAN; NaN for unknown. */
  wire(slot: number, field: number): number {
    const { wire } = this.#pages[slot >> PAGE_SHIFT]!;
    return wire === null ? Number.NaN : wire[(slot & PAGE_MASK) * WIRE_NUMBERS + field]!;
  }

  setWire(slot: number, field: number, value: number): void {
    const page = this.#pages[slot >> PAGE_SHIFT]!;
    page.wire ??= new Float64Array(PAGE_FLOWS * WIRE_NUMBERS).fill(Number.NaN);
    page.wire[(slot & PAGE_MASK) * WIRE_NUMBERS + field] = value;
  }

  /** As `wire`, of packets that bear the addresses behind a translation: the same ones, seen once more. */
  wireBehind(slot: number, field: number): number {
    const { wireBehind } = this.#pages[slot >> PAGE_SHIFT]!;
    return wireBehind === null ? Number.NaN : wireBehind[(slot & PAGE_MASK) * WIRE_NUMBERS + field]!;
  }

  setWireBehind(slot: number, field: number, value: number): void {
    const page = this.#pages[slot >> PAGE_SHIFT]!;
    page.wireBehind ??= new Float64Array(PAGE_FLOWS * WIRE_NUMBERS).fill(Number.NaN);
    page.wireBehind[(slot & PAGE_MASK) * WIRE_NUMBERS + field] = value;
  }

  /** Client and server change places, with everything known about them. */
  flip(slot: number): void {
    const page = this.#pages[slot >> PAGE_SHIFT]!;
    const place = slot & PAGE_MASK;
    flipRecord(page.words.subarray(place * WORDS, (place + 1) * WORDS), page.numbers, place * NUMBERS);
    for (const wire of [page.wire, page.wireBehind]) {
      if (wire === null) continue;
      const at = place * WIRE_NUMBERS;
      const [bytesSent, bytesReceived, packetsSent, packetsReceived] = wire.subarray(at, at + WIRE_NUMBERS);
      wire.set([bytesReceived!, bytesSent!, packetsReceived!, packetsSent!], at);
    }
    const legs = place * WIRE_NUMBERS + WIRE_LEGS;
    if (page.wireBehind !== null) page.wireBehind[legs] = flipLegs(page.wireBehind[legs]!);
    if (this.flag(slot, IPV6)) this.pairs.flip(this.word(slot, ADDRESS));
    for (const witness of this.moreWitnesses.get(slot) ?? []) witness.side = [0, 2, 1][witness.side]!;
  }

  /** Bytes held, index and JavaScript's own overhead of maps estimated. */
  get retainedBytes(): number {
    let bytes = 0;
    for (const page of this.#pages) {
      bytes += page.words.byteLength + page.numbers.byteLength;
      bytes += (page.wire?.byteLength ?? 0) + (page.wireBehind?.byteLength ?? 0);
    }
    const named = this.locations.size + this.witnesses.size + this.interfaceNames.size + this.reasons.size;
    return (
      bytes +
      this.pairs.retainedBytes +
      this.identities.retainedBytes +
      this.additional.retainedBytes +
      named * INTERNED_BYTES +
      this.moreWitnesses.size * MORE_WITNESSES_BYTES +
      this.translated.size * TRANSLATED_BYTES
    );
  }

  #reset(slot: number): void {
    const page = this.#pages[slot >> PAGE_SHIFT]!;
    const generation = this.word(slot, GENERATION);
    page.words.set(EMPTY_WORDS, (slot & PAGE_MASK) * WORDS);
    this.setWord(slot, GENERATION, generation + 1);
    page.numbers.fill(Number.NaN, (slot & PAGE_MASK) * NUMBERS, ((slot & PAGE_MASK) + 1) * NUMBERS);
    for (const wire of [page.wire, page.wireBehind])
      wire?.fill(Number.NaN, (slot & PAGE_MASK) * WIRE_NUMBERS, ((slot & PAGE_MASK) + 1) * WIRE_NUMBERS);
  }
}

/** Key, map entry, array places and value of an interned name, about. */
const INTERNED_BYTES = 250;
const MORE_WITNESSES_BYTES = 300;
/** An object and a map entry; about. The ends are mostly those of the translation itself. */
const TRANSLATED_BYTES = 120;

function createPage(): Page {
  const words = new Uint32Array(PAGE_FLOWS * WORDS);
  return {
    words,
    reals: new Float32Array(words.buffer),
    numbers: new Float64Array(PAGE_FLOWS * NUMBERS),
    wire: null,
    wireBehind: null,
  };
}

/** The words of a flow nobody has said anything about. */
const EMPTY_WORDS = (() => {
  const words = new Uint32Array(WORDS);
  const reals = new Float32Array(words.buffer);
  words[FLAGS] = LIVE;
  words[REVISION] = 0;
  reals[LATENCY] = Number.NaN;
  words.fill(UNKNOWN, PACKETS, PACKETS + 4);
  for (const side of [0, 1]) {
    const health = HEALTH + side * HEALTH_WORDS;
    reals[health + RTT] = Number.NaN;
    words.fill(UNKNOWN, health + RETRANSMITS, health + HEALTH_WORDS);
  }
  for (const halves of [UNACKNOWLEDGED, CONGESTION_WINDOW, RTT_VARIANCE, DELIVERY_RATE]) {
    words[halves] = UNKNOWN;
  }
  return words;
})();
