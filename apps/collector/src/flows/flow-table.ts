/** The flows of one interface: observations come in, each finds its flow or begins one; what is over or idle goes. */
import { type ConversationEnds, Ledger, type Observation, type Witness } from '@packetless/model';
import { ContainerRegistry } from '../containers/container-registry.js';
import {
  areConfined,
  CLOCKS_DIFFER_MS,
  type KnownTranslation,
  SAME_HOST,
} from '../translations/known-translation.js';
import { Translations, type Untranslated } from '../translations/translations.js';
import { absorbFlow, canBeOne, setTranslated } from './absorb.js';
import { moveWireBehind } from './counters.js';
import { FlowKey, readStoredAddress } from './flow-key.js';
import { createFlowRow, type FlowRow } from './flow-row.js';
import { FlowStore } from './flow-store.js';
import { type Hostnames, NO_HOSTNAMES } from './hostnames.js';
import { KeyIndex } from './key-index.js';
import { LatestName } from './latest-name.js';
import { elapsed, isLikelier, matchStrength, SUPERSEDED } from './matching.js';
import { endFlow, mergeSighting } from './merge.js';
import {
  ADDRESS,
  ARRIVAL,
  DELIVERED,
  ENDED,
  FLAGS,
  GENERATION,
  HOST_INTERNAL,
  IPV6,
  KIND,
  LAST_SEEN,
  LIVE,
  LOCAL,
  ORIENTED,
  PORTS,
  SERVER,
} from './record-layout.js';
import { NO_SERVICES, type Services } from './services.js';
import { Sighting } from './sighting.js';
import { nearnessBefore, nearnessBehind } from './translated-flows.js';

export interface FlowTableOptions {
  /** Name of the interface whose flows these are. */
  readonly interfaceName: string;
  /** The most flows at once. */
  readonly capacity: number;
  /** Whether the 16-byte address at `offset` lies in a local network. */
  isLocal(bytes: Uint8Array, offset: number): boolean;
  /** What people call the network that the address lies in; default: nothing. */
  aliasOf?(bytes: Uint8Array, offset: number): string | null;
  /** A flow nobody speaks of for so long goes. */
  readonly idleMs: number;
  /** An ended flow stays visible for so long. */
  readonly endedMs: number;
  /** The containers that flows refer to; default: a registry of the table's own. */
  readonly containers?: ContainerRegistry;
  /** What addresses stand for; default: nothing is known of that. */
  readonly services?: Services;
  /** The translations of addresses that hosts tell of; default: none. */
  readonly translations?: Translations;
  /** What hosts are called; default: nothing is known of that. */
  readonly hostnames?: Hostnames;
  /** The collector's clock, epoch milliseconds. Idleness is measured by it and not by the times in events. */
  now?(): number;
}

export type TableDrop = 'bad address' | 'table full' | 'too many alike' | 'too many names';

export const MAX_CAPACITY = 1 << 24;
/** Spans are measured modulo 2^32 ms; half of that can be told from a clock set back. */
export const MAX_SPAN_MS = 2 ** 31 - 1;
/** Flows with the same addresses, ports and protocol that are kept apart: locations, and uses one after the other. */
const MAX_ALIKE = 32;
/** Places whose hashes look alike; the others of them are chance. */
const MAX_CANDIDATES = 128;
/** Places that one call of `expire` looks at, about 5 ms; a larger table takes several calls. */
const EXPIRY_BATCH = 1 << 18;
/** Flows that one call of `expire` lets go at most, about 35 ms. */
const EXPIRY_LIMIT = 1 << 15;
/** Places that are looked at to find an ended flow that can go early. */
const EVICTION_BATCH = 256;

/** Other tables that a flow can be marked as shown by. */
const MAX_OTHERS = 255;

let tables = 0;

export class FlowTable {
  /** Observations: seen, merged, or refused and why. */
  readonly ledger = new Ledger<TableDrop>('flow table');
  /**
   * Flows: begun, gone in their time, gone early because the table was full, or found to be another one's continuation;
   * in flight are those visible now.
   */
  readonly lifecycle = new Ledger<'evicted early' | 'same conversation, translated'>('flows');
  readonly interfaceName: string;
  readonly capacity: number;
  /** For the readers beside this file (rows and queries). */
  readonly store: FlowStore;
  readonly services: Services;
  readonly hostnames: Hostnames;
  /** Alias of the local network that the address lies in. */
  readonly aliasOf: (bytes: Uint8Array, offset: number) => string | null;
  readonly #number = ++tables;
  readonly #options: FlowTableOptions;
  readonly #now: () => number;
  readonly #index: KeyIndex;
  readonly #translations: Translations;
  readonly #key: FlowKey;
  readonly #otherKey: FlowKey;
  readonly #sighting = new Sighting();
  readonly #witness: LatestName<Witness>;
  readonly #interfaceName: LatestName<string>;
  readonly #candidates = new Int32Array(MAX_CANDIDATES);
  readonly #address = new Uint8Array(16);
  /** Tables that show flows of this one, too. */
  readonly #others: FlowTable[] = [];
  /** Of the latest observation; -1 when it was refused. */
  #latest = -1;
  #ended = 0;
  #revision = 0;
  #expiryCursor = 0;
  #evictionCursor = 0;

  constructor(options: FlowTableOptions) {
    const { capacity, idleMs, endedMs } = options;
    if (!Number.isInteger(capacity) || capacity < 1 || capacity > MAX_CAPACITY) {
      throw new RangeError(`A flow table holds 1 to ${MAX_CAPACITY} flows, not ${capacity}.`);
    }
    for (const span of [idleMs, endedMs]) {
      if (!(span >= 0 && span <= MAX_SPAN_MS))
        throw new RangeError(`Flows stay 0 to ${MAX_SPAN_MS} ms, not ${span}.`);
    }
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.interfaceName = options.interfaceName;
    this.capacity = capacity;
    this.store = new FlowStore(capacity, options.containers ?? new ContainerRegistry());
    this.services = options.services ?? NO_SERVICES;
    this.hostnames = options.hostnames ?? NO_HOSTNAMES;
    this.aliasOf = options.aliasOf ?? (() => null);
    this.#translations = options.translations ?? new Translations();
    this.#translations.listen(this);
    this.#key = new FlowKey(this.#translations.seed);
    this.#otherKey = new FlowKey(this.#translations.seed);
    this.#index = new KeyIndex(capacity);
    this.#witness = new LatestName(this.store.witnesses);
    this.#interfaceName = new LatestName(this.store.interfaceNames);
  }

  get size(): number {
    return this.store.size;
  }

  /** Flows that are over and still visible. */
  get ended(): number {
    return this.#ended;
  }

  /** Grows with every change, also of containers that flows refer to, of services and of names of hosts. */
  get revision(): number {
    return this.#revision + this.store.containers.revision + this.services.revision + this.hostnames.revision;
  }

  /** Merges an observation into the flow it belongs to, or begins one; false when it is refused. */
  apply(observation: Observation): boolean {
    this.ledger.see();
    this.#latest = -1;
    const refused = this.#apply(observation);
    if (refused === null) this.ledger.deliver();
    else this.ledger.drop(refused);
    return refused === null;
  }

  /** The flow of the latest observation is also shown by `other`, as the flow of that one's latest observation. */
  markShownBy(other: FlowTable): void {
    if (this.#latest < 0 || other.#latest < 0) return;
    let number = this.#others.indexOf(other);
    if (number < 0) number = this.#others.push(other) - 1;
    if (number < MAX_OTHERS)
      this.store.setWord(this.#latest, DELIVERED, ((number + 1) << 24) | other.#latest);
  }

  /** Whether another interface shows the flow as well now, so that both together would count it twice. */
  isShownElsewhere(slot: number): boolean {
    const link = this.store.word(slot, DELIVERED);
    if (link === 0) return false;
    const { store } = this.#others[(link >>> 24) - 1]!;
    const place = link & (MAX_CAPACITY - 1);
    // It may have gone since, and another one come to its place.
    if (!store.flag(place, LIVE)) return false;
    this.#otherKey.readStored(this.store, slot);
    return this.#otherKey.compare(store, place) !== 0;
  }

  #apply(observation: Observation): TableDrop | null {
    if (!this.#key.read(observation)) return 'bad address';
    this.#sighting.seenAs = this.#key.hash;
    const traced = this.#trace(observation);
    if (traced === null) this.#sighting.read(observation, this.#key, this.#now());
    else this.#sighting.read(traced.observation, this.#key, this.#now(), traced.first.location);
    const { witness, interfaceName } = observation;
    const witnessReference = this.#witness.refer(witness.id, witness);
    const nameReference =
      interfaceName === null ? 0 : this.#interfaceName.refer(interfaceName, interfaceName);
    if (witnessReference === 0 || (nameReference === 0 && interfaceName !== null)) return 'too many names';
    const refused = this.#place(witnessReference, nameReference);
    if (refused === null && traced !== null) this.#tellTranslated(this.#latest, traced);
    return refused;
  }

  /** What it is called before translations; null: as it is. The key is that of the result. */
  #trace(observation: Observation): Untranslated | null {
    if (this.#translations.size === 0) return null;
    const traced = this.#translations.trace(observation, this.#key);
    if (traced === null || !traced.isDoubtful) return traced;
    this.#key.read(observation);
    this.#sighting.read(observation, this.#key, this.#now());
    if (this.#hasFlow()) return null;
    this.#key.read(traced.observation);
    return traced;
  }

  /** Whether a flow is there already that the observation belongs to, by the addresses that it has. */
  #hasFlow(): boolean {
    const count = this.#index.find(this.#key.hash, this.#candidates);
    for (let index = 0; index < count; index++) {
      const candidate = this.#candidates[index]!;
      const direction = this.#key.compare(this.store, candidate);
      if (direction !== 0 && matchStrength(this.store, candidate, this.#sighting, direction < 0) > 0)
        return true;
    }
    return false;
  }

  /** A server's socket has the last addresses; what is seen on the way may be translated once more. */
  #tellTranslated(slot: number, { first, last }: Untranslated): void {
    const isLast = this.#sighting.side === SERVER;
    if (!isLast && this.store.translated.has(slot)) return;
    const further = isLast
      ? null
      : this.#translations.behind(last.protocol, last.after, last.location, areConfined(last.after));
    this.#setTranslated(slot, { first, last: further?.last ?? last });
  }

  #setTranslated(slot: number, { first, last }: Pick<Untranslated, 'first' | 'last'>): void {
    setTranslated(this.store, slot, { after: last.after, scope: first.location });
  }

  /** Flows that were told apart become one, and those that have a translation show it. */
  translationChanged(translation: KnownTranslation): void {
    const { store } = this;
    const translations = this.#translations;
    const origin = translations.originOf(translation);
    const behind = this.#pick(
      translation.after,
      translation.protocol,
      (slot, reversed) => nearnessBehind(store, slot, reversed, translation),
      translation,
    );
    if (behind >= 0) this.#orient(behind, translation.after);
    const before = this.#pick(
      origin.before,
      translation.protocol,
      (slot, reversed) => {
        if (behind >= 0 && !canBeOne(store, slot, reversed, behind, CLOCKS_DIFFER_MS)) return 0;
        return nearnessBefore(store, slot, reversed, origin);
      },
      origin,
    );
    // Its addresses behind would be those before: nothing is translated.
    if (before >= 0 && before === behind) return;
    if (before >= 0) this.#orient(before, origin.before);
    const further = behind < 0 ? undefined : store.translated.get(behind);
    if (behind >= 0 && before >= 0) this.#absorb(before, behind);
    else if (behind >= 0) this.#rename(behind, origin.before);
    const slot = before >= 0 ? before : behind;
    if (slot < 0 || (translation.ended !== null && behind < 0 && store.translated.has(slot))) return;
    const after =
      further?.after ??
      translations.behind(translation.protocol, translation.after, translation.location, false)?.last.after ??
      translation.after;
    setTranslated(store, slot, { after, scope: origin.location });
    this.#revision++;
  }

  /** The nearest flow with these ends; -1 when none is meant. */
  #pick(
    { client, server }: ConversationEnds,
    protocol: number,
    rate: (slot: number, reversed: boolean) => number,
    translation: KnownTranslation,
  ): number {
    if (!this.#key.readEnds(client, server, protocol)) return -1;
    let best = -1;
    let bestRate = 0;
    const count = this.#index.find(this.#key.hash, this.#candidates);
    for (let index = 0; index < count; index++) {
      const candidate = this.#candidates[index]!;
      const direction = this.#key.compare(this.store, candidate);
      if (direction === 0) continue;
      const rated = rate(candidate, direction < 0);
      if (rated < bestRate || rated === 0) continue;
      if (rated === bestRate && this.#isOlder(candidate, best)) continue;
      best = candidate;
      bestRate = rated;
    }
    return best >= 0 && bestRate < SAME_HOST && !this.#translations.isOnlyOne(translation) ? -1 : best;
  }

  /** Whoever translates a conversation knows who began it. */
  #orient(slot: number, { client, server }: ConversationEnds): void {
    const protocol = this.store.word(slot, KIND) & 0xff;
    if (this.#key.readEnds(client, server, protocol) && this.#key.compare(this.store, slot) < 0)
      this.store.flip(slot);
    this.store.raise(slot, ORIENTED);
  }

  #absorb(into: number, from: number): void {
    const wasEnded = this.store.flag(into, ENDED);
    absorbFlow(this.store, into, from, this.#hashOf(from));
    if (!wasEnded && this.store.flag(into, ENDED)) this.#ended++;
    this.#remove(from);
    this.lifecycle.drop('same conversation, translated');
  }

  /** What was seen behind a translation only gets the addresses that it has before it. */
  #rename(slot: number, { client, server }: ConversationEnds): void {
    const { store } = this;
    if (!this.#key.readEnds(client, server, store.word(slot, KIND) & 0xff)) return;
    moveWireBehind(store, slot, this.#hashOf(slot));
    this.#unindex(slot);
    if (store.flag(slot, IPV6)) store.pairs.remove(store.word(slot, ADDRESS));
    store.lower(slot, IPV6 | LOCAL | (LOCAL << 1) | (this.#key.loopback ? 0 : HOST_INTERNAL));
    this.#writeKey(slot);
  }

  #hashOf(slot: number): number {
    this.#otherKey.readStored(this.store, slot);
    return this.#otherKey.hash;
  }

  /** Finds or makes the flow and merges. */
  #place(witness: number, interfaceName: number): TableDrop | null {
    const { store } = this;
    let slot = -1;
    let reversed = false;
    let strongest = 0;
    let alike = 0;
    let endedAlike = -1;
    const count = this.#index.find(this.#key.hash, this.#candidates);
    for (let index = 0; index < count; index++) {
      const candidate = this.#candidates[index]!;
      const direction = this.#key.compare(store, candidate);
      if (direction === 0) continue;
      alike++;
      if (store.flag(candidate, ENDED) && (endedAlike < 0 || this.#isOlder(candidate, endedAlike))) {
        endedAlike = candidate;
      }
      const strength = matchStrength(store, candidate, this.#sighting, direction < 0);
      if (strength === SUPERSEDED) {
        endFlow(store, candidate);
        this.#ended++;
        this.#revision++;
      } else if (
        strength > strongest ||
        (strength === strongest && strength > 0 && isLikelier(store, candidate, slot, this.#sighting))
      ) {
        slot = candidate;
        reversed = direction < 0;
        strongest = strength;
      }
    }
    if (slot < 0) {
      if (alike >= MAX_ALIKE || count === MAX_CANDIDATES) {
        if (endedAlike < 0) return 'too many alike';
        this.#evict(endedAlike);
      }
      slot = this.#begin();
      if (slot < 0) return 'table full';
    }
    this.#latest = slot;
    const wasEnded = store.flag(slot, ENDED);
    mergeSighting(store, slot, this.#sighting, reversed, witness, interfaceName);
    if (!wasEnded && store.flag(slot, ENDED)) this.#ended++;
    this.#revision++;
    return null;
  }

  #isOlder(a: number, b: number): boolean {
    return this.store.number(a, LAST_SEEN) < this.store.number(b, LAST_SEEN);
  }

  /** A new flow with the key that was read; -1 when there is no room. */
  #begin(): number {
    const { store } = this;
    let slot = store.allocate();
    if (slot < 0 && this.#evictEnded()) slot = store.allocate();
    if (slot < 0) return -1;
    store.setWord(slot, KIND, this.#key.protocol);
    this.#writeKey(slot);
    this.lifecycle.see();
    this.#lookBehind(slot);
    return slot;
  }

  /** A new flow may be known to be translated. */
  #lookBehind(slot: number): void {
    const { observation, behind, hostInternal } = this.#sighting;
    const { protocol, client, server, location, side, oriented } = observation;
    // A server's socket has the addresses behind all translations.
    if (behind || this.#translations.size === 0 || (oriented && side === 'server')) return;
    const found = this.#translations.behind(protocol, { client, server }, location, hostInternal);
    if (found !== null) this.#setTranslated(slot, found);
  }

  /** Gives the flow at a place the ends that were read, and enters it in the index. */
  #writeKey(slot: number): void {
    const { store } = this;
    const key = this.#key;
    store.setWord(slot, PORTS, ((key.clientPort << 16) | key.serverPort) >>> 0);
    if (key.ipv6) {
      store.raise(slot, IPV6);
      store.setWord(slot, ADDRESS, store.pairs.add(key.words));
    } else {
      store.setWord(slot, ADDRESS, key.words[3]!);
      store.setWord(slot, ADDRESS + 1, key.words[7]!);
    }
    this.#markLocal(slot);
    this.#index.insert(key.hash, slot);
  }

  #markLocal(slot: number): void {
    for (const side of [0, 1] as const) {
      readStoredAddress(this.store, slot, side, this.#address);
      if (this.#options.isLocal(this.#address, 0)) this.store.raise(slot, LOCAL << side);
    }
  }

  /** Looks at some places for an ended flow and lets it go before its time. */
  #evictEnded(): boolean {
    const { store } = this;
    for (let looked = 0; looked < Math.min(EVICTION_BATCH, store.end); looked++) {
      const slot = this.#evictionCursor;
      this.#evictionCursor = slot + 1 < store.end ? slot + 1 : 0;
      if ((store.word(slot, FLAGS) & (LIVE | ENDED)) === (LIVE | ENDED)) {
        this.#evict(slot);
        return true;
      }
    }
    return false;
  }

  #evict(slot: number): void {
    this.#remove(slot);
    this.lifecycle.drop('evicted early');
  }

  /**
   * Lets go of what is idle or has ended long enough ago; returns how many. Call it every second: a call does a
   * bounded part of the work, so that in a table of millions a flow may stay a few seconds longer.
   */
  expire(now: number): number {
    const { store } = this;
    const { idleMs, endedMs } = this.#options;
    const clock = now >>> 0;
    let gone = 0;
    this.#witness.forget();
    this.#interfaceName.forget();
    const batch = Math.min(EXPIRY_BATCH, store.end);
    for (let looked = 0; looked < batch && gone < EXPIRY_LIMIT; looked++) {
      const slot = this.#expiryCursor;
      this.#expiryCursor = slot + 1 < store.end ? slot + 1 : 0;
      const flags = store.word(slot, FLAGS);
      if (!(flags & LIVE)) continue;
      const age = elapsed(store.word(slot, ARRIVAL), clock);
      if (age < (flags & ENDED ? endedMs : idleMs)) continue;
      this.#remove(slot);
      this.lifecycle.deliver();
      gone++;
    }
    return gone;
  }

  #unindex(slot: number): void {
    const { store } = this;
    this.#otherKey.readStored(store, slot);
    this.#index.remove(this.#otherKey.hash, slot, (place) => {
      this.#otherKey.readStored(store, place);
      return this.#otherKey.hash;
    });
  }

  #remove(slot: number): void {
    const { store } = this;
    this.#unindex(slot);
    if (store.flag(slot, ENDED)) this.#ended--;
    store.release(slot);
    this.#revision++;
  }

  /** The flow with this id; null when there is none, or none any more. */
  get(id: string): FlowRow | null {
    const parts = /^(\d{1,9})-([0-9a-z]{1,6})-([0-9a-z]{1,8})$/.exec(id);
    if (parts === null || Number(parts[1]) !== this.#number) return null;
    const slot = Number.parseInt(parts[2]!, 36);
    if (slot >= this.store.end || !this.store.flag(slot, LIVE)) return null;
    return this.store.word(slot, GENERATION) === Number.parseInt(parts[3]!, 36) ? this.row(slot) : null;
  }

  /** The flow at a place of the store, which must be in use. */
  row(slot: number): FlowRow {
    const generation = this.store.word(slot, GENERATION);
    const id = `${this.#number}-${slot.toString(36)}-${generation.toString(36)}`;
    return createFlowRow(this, slot, id);
  }

  /** Memory held for flows, in bytes; about, where JavaScript's own objects are concerned. */
  retainedBytes(): number {
    return this.store.retainedBytes + this.#index.retainedBytes;
  }
}

export type { FlowRow } from './flow-row.js';
