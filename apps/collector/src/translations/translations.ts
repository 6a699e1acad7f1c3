/** The translations of addresses (NAT) that agents told of: bounded, each kept while something may still be told of it. */
import { randomBytes } from 'node:crypto';
import {
  type ConversationEnds,
  Ledger,
  type Observation,
  sameEnds,
  type Translation,
  type TranslationsEvent,
} from '@packetless/model';
import { FlowKey } from '../flows/flow-key.js';
import {
  areConfined,
  compareEnds,
  ELSEWHERE,
  isConfined,
  isOwnDatagrams,
  type KnownTranslation,
  NOT_MEANT,
  nearness,
  SAME_HOST,
  wasInForce,
} from './known-translation.js';

export interface TranslationsOptions {
  /** The most at once. */
  readonly capacity?: number;
  /** One that ended stays for so long: what is told late of its conversation still finds it. */
  readonly lingerMs?: number;
}

/** Told of by a flow table that shows what is translated. */
export interface TranslationListener {
  /** It is new, or in force again, or has ended. */
  translationChanged(translation: KnownTranslation): void;
}

/** What an observation is of, when it was called something else behind a translation. */
export interface Untranslated {
  readonly observation: Observation;
  /** The first step back, and with it what the server's side calls the conversation. */
  readonly last: KnownTranslation;
  /** The last step back: where it comes from the client. */
  readonly first: KnownTranslation;
  /** The observation may be of another conversation that has these addresses itself. */
  readonly isDoubtful: boolean;
}

const DEFAULT_CAPACITY = 131_072;
const DEFAULT_LINGER_MS = 120_000;
/** Translations of one conversation, one after the other: client's namespace, its host, a router, a host, a namespace. */
const MAX_STEPS = 5;
/** Of the same addresses: hosts that use the same private ones. */
const MAX_ALIKE = 64;
const NONE: readonly KnownTranslation[] = [];

type Index = Map<number, KnownTranslation[]>;

export class Translations {
  readonly ledger = new Ledger<'evicted early' | 'too many alike'>('translations');
  /** Flow tables hash with it too, so that a key is hashed once. */
  readonly seed = randomBytes(4).readInt32LE();
  readonly #capacity: number;
  readonly #lingerMs: number;
  readonly #byBefore: Index = new Map();
  readonly #byAfter: Index = new Map();
  /** The one used longest ago first. */
  readonly #all = new Set<KnownTranslation>();
  /** Those of one place, to end what nobody tells of any more; and who told of them last. */
  readonly #byPlace = new Map<string, Set<KnownTranslation>>();
  readonly #tellers = new Map<string, string>();
  /** Those that ended, by the collector's clock, the earliest first. */
  readonly #ended = new Map<KnownTranslation, number>();
  readonly #key = new FlowKey(this.seed);
  readonly #listeners: TranslationListener[] = [];

  constructor(options: TranslationsOptions = {}) {
    this.#capacity = options.capacity ?? DEFAULT_CAPACITY;
    this.#lingerMs = options.lingerMs ?? DEFAULT_LINGER_MS;
  }

  get size(): number {
    return this.#all.size;
  }

  listen(listener: TranslationListener): void {
    this.#listeners.push(listener);
  }

  /** `now`: the collector's clock. */
  hear(event: TranslationsEvent, teller: string, now: number): void {
    const { location, time, toldSince } = event;
    for (const translation of event.translations) this.#learn(translation, location, teller, time, now);
    if (toldSince === null) return;
    for (const known of this.#byPlace.get(location ?? teller) ?? NONE) {
      if (known.ended === null && known.told < toldSince) this.#end(known, time, now);
    }
  }

  /** Exporters of flows tell of a translation with each flow. An agent of ours tells its own apart, with their places. */
  hearOf(observation: Observation, now: number): void {
    const { translated, location, witness, protocol, client, server, time, ended } = observation;
    if (translated === null || location !== null) return;
    const before = {
      client: { address: client.address, port: client.port },
      server: { address: server.address, port: server.port },
    };
    const translation = { protocol, before, after: translated, began: null, ended: ended ? time : null };
    this.#learn(translation, null, witness.id, time, now);
  }

  /** Nobody tells any more how it goes on with those of a witness that has gone. */
  expire(now: number, isHeard: (teller: string) => boolean): void {
    for (const [place, some] of this.#byPlace) {
      if (isHeard(this.#tellers.get(place) ?? place)) continue;
      for (const known of some) if (known.ended === null) this.#end(known, known.told, now);
    }
    for (const [known, endedAt] of this.#ended) {
      if (now - endedAt < this.#lingerMs && now >= endedAt) return;
      this.#forget(known);
      this.ledger.deliver();
    }
  }

  /**
   * What the observation is called before all translations that it came through; null when there is none.
   * `key` holds its own key when it is called, and that of the result when it returns one.
   */
  trace(observation: Observation, key: FlowKey): Untranslated | null {
    let current = observation;
    let last: KnownTranslation | null = null;
    let first: KnownTranslation | null = null;
    let isDoubtful = false;
    for (let step = 0; step < MAX_STEPS; step++) {
      const confined = step === 0 ? isConfined(current) : areConfined(current);
      const known = this.#after(current, key.hash, confined);
      if (known === null) break;
      const next = untranslate(current, known);
      if (!key.read(next)) break;
      this.#touch(known);
      isDoubtful ||= known.ended !== null || nearness(known, observation.location, false) < SAME_HOST;
      first = known;
      last ??= known;
      current = next;
    }
    const turning = this.#turning(current, key.hash);
    if (turning !== null) {
      current = turn(current, turning.before);
      if (!key.read(current)) return null;
      first ??= turning;
      last ??= turning;
    }
    return first === null || last === null ? null : { observation: current, first, last, isDoubtful };
  }

  /** What these addresses are before all translations of the kind, as far as it is certain. */
  originOf(translation: KnownTranslation): KnownTranslation {
    let first = translation;
    for (let step = 1; step < MAX_STEPS; step++) {
      const { protocol, before, location } = first;
      if (!this.#key.readEnds(before.client, before.server, protocol)) break;
      const next = this.#choose(this.#byAfter.get(this.#key.hash), (known) =>
        known !== translation && known.protocol === protocol && sameEnds(known.after, before)
          ? nearness(known, location, false)
          : NOT_MEANT,
      );
      if (next === null) break;
      first = next;
    }
    return first;
  }

  /** What becomes of a conversation that has these ends in this place: the first of its translations, and the last. */
  behind(
    protocol: number,
    ends: ConversationEnds,
    location: string | null,
    confined: boolean,
  ): Pick<Untranslated, 'first' | 'last'> | null {
    let first: KnownTranslation | null = null;
    let last: KnownTranslation | null = null;
    let current = ends;
    for (let step = 0; step < MAX_STEPS; step++) {
      if (!this.#key.readEnds(current.client, current.server, protocol)) break;
      const next = this.#choose(this.#byBefore.get(this.#key.hash), (known) =>
        known.ended === null && known.protocol === protocol && sameEnds(known.before, current)
          ? nearness(known, last?.location ?? location, last === null && confined)
          : NOT_MEANT,
      );
      if (next === null) break;
      first ??= next;
      last = next;
      current = next.after;
    }
    return first === null || last === null ? null : { first, last };
  }

  /** Whether no other translation takes these addresses, or makes them: then a place elsewhere means this one. */
  isOnlyOne({ protocol, before, after }: KnownTranslation): boolean {
    return (
      this.#isOnly(this.#byBefore, before, protocol, 'before') &&
      this.#isOnly(this.#byAfter, after, protocol, 'after')
    );
  }

  /** What an operator should know, one sentence each. */
  get problems(): string[] {
    if (this.#all.size < this.#capacity) return [];
    return [
      `No room for more than ${this.#capacity} translations of addresses: those not used for the longest time go ` +
        'early, and conversations that still have one may be shown twice; raise --max-flows.',
    ];
  }

  get retainedBytes(): number {
    return this.#all.size * BYTES_EACH;
  }

  #isOnly(index: Index, ends: ConversationEnds, protocol: number, which: 'before' | 'after'): boolean {
    if (!this.#key.readEnds(ends.client, ends.server, protocol)) return false;
    const alike = index.get(this.#key.hash) ?? NONE;
    let count = 0;
    for (const known of alike) {
      if (known.protocol === protocol && known.ended === null && sameEnds(known[which], ends)) count++;
    }
    return count <= 1;
  }

  #after(observation: Observation, hash: number, confined: boolean): KnownTranslation | null {
    const alike = this.#byAfter.get(hash);
    if (alike === undefined) return null;
    const { protocol, client, server, side, oriented, location, since, began, time } = observation;
    const start = since ?? (began ? time : null);
    return this.#choose(alike, (known) => {
      if (known.protocol !== protocol) return NOT_MEANT;
      const direction = compareEnds(known.after, client, server);
      if (direction === 0) return NOT_MEANT;
      const near = nearness(known, location, confined);
      // Who began a conversation is known to both, a contradiction means two; and a client's socket has the addresses
      // before all translations, whatever else has the same.
      const isTheirs = oriented && (direction < 0 || side === 'client');
      if (isTheirs && !isOwnDatagrams(protocol, near)) return NOT_MEANT;
      return wasInForce(known, start, near >= SAME_HOST) ? near : NOT_MEANT;
    });
  }

  /** What shows that a datagram which seems to have begun a conversation was an answer in it. */
  #turning({ protocol, client, server, location }: Observation, hash: number): KnownTranslation | null {
    return this.#choose(this.#byBefore.get(hash), (known) => {
      if (known.protocol !== protocol || known.ended !== null) return NOT_MEANT;
      const near = nearness(known, location, true);
      const isTurned = compareEnds(known.before, client, server) < 0;
      return isTurned && isOwnDatagrams(protocol, near) ? near : NOT_MEANT;
    });
  }

  /** The nearest; of equally near ones that in force, and elsewhere only one that is the only one. */
  #choose(
    among: readonly KnownTranslation[] | undefined,
    rate: (known: KnownTranslation) => number,
  ): KnownTranslation | null {
    if (among === undefined) return null;
    let best: KnownTranslation | null = null;
    let bestRate = NOT_MEANT;
    for (const known of among) {
      const rated = rate(known);
      if (rated < bestRate || rated === NOT_MEANT) continue;
      if (rated === bestRate && best !== null && !isLater(known, best)) continue;
      best = known;
      bestRate = rated;
    }
    return bestRate === ELSEWHERE && best !== null && !this.isOnlyOne(best) ? null : best;
  }

  #learn(told: Translation, location: string | null, teller: string, time: number, now: number): void {
    const place = location ?? teller;
    this.#tellers.set(place, teller);
    const known = this.#find(told, place);
    if (known !== null) {
      known.told = Math.max(known.told, time);
      this.#touch(known);
      if (told.ended !== null && known.ended === null) this.#end(known, told.ended, now);
      else if (told.ended === null && known.ended !== null) {
        // The same addresses and ports once more.
        known.began = told.began;
        known.ended = null;
        this.#ended.delete(known);
        this.#tell(known);
      }
      return;
    }
    this.#add(told, location, place, time, now);
  }

  #find({ protocol, before, after }: Translation, place: string): KnownTranslation | null {
    if (!this.#key.readEnds(before.client, before.server, protocol)) return null;
    for (const known of this.#byBefore.get(this.#key.hash) ?? NONE) {
      if (
        known.protocol === protocol &&
        known.place === place &&
        sameEnds(known.before, before) &&
        sameEnds(known.after, after)
      ) {
        return known;
      }
    }
    return null;
  }

  #add(told: Translation, location: string | null, place: string, time: number, now: number): void {
    const { protocol, before, after, began, ended } = told;
    this.ledger.see();
    if (ended === null) this.#endReplaced(told, place, time, now);
    if (this.#all.size >= this.#capacity) {
      for (const oldest of this.#all) {
        this.#forget(oldest);
        this.ledger.drop('evicted early');
        break;
      }
    }
    const known: KnownTranslation = {
      protocol,
      before,
      after,
      location,
      place,
      began,
      ended: null,
      told: time,
    };
    if (!this.#insert(this.#byBefore, before, known)) {
      this.ledger.drop('too many alike');
      return;
    }
    if (!this.#insert(this.#byAfter, after, known)) {
      this.#remove(this.#byBefore, before, known);
      this.ledger.drop('too many alike');
      return;
    }
    this.#all.add(known);
    const there = this.#byPlace.get(place);
    if (there === undefined) this.#byPlace.set(place, new Set([known]));
    else there.add(known);
    if (ended === null) this.#tell(known);
    else this.#end(known, ended, now);
  }

  /** A place has each of these addresses once: whoever tells of them anew missed an end, or has no word for it. */
  #endReplaced({ protocol, before, after }: Translation, place: string, time: number, now: number): void {
    for (const [index, which, ends] of [
      [this.#byBefore, 'before', before],
      [this.#byAfter, 'after', after],
    ] as const) {
      if (!this.#key.readEnds(ends.client, ends.server, protocol)) continue;
      for (const known of index.get(this.#key.hash) ?? NONE) {
        const isSame = known.place === place && known.protocol === protocol && sameEnds(known[which], ends);
        if (isSame && known.ended === null) this.#end(known, time, now);
      }
    }
  }

  #insert(index: Index, ends: ConversationEnds, known: KnownTranslation): boolean {
    if (!this.#key.readEnds(ends.client, ends.server, known.protocol)) return false;
    const alike = index.get(this.#key.hash);
    if (alike === undefined) index.set(this.#key.hash, [known]);
    else if (alike.length < MAX_ALIKE) alike.push(known);
    else return false;
    return true;
  }

  #remove(index: Index, ends: ConversationEnds, known: KnownTranslation): void {
    if (!this.#key.readEnds(ends.client, ends.server, known.protocol)) return;
    const { hash } = this.#key;
    const rest = index.get(hash)?.filter((other) => other !== known) ?? [];
    if (rest.length === 0) index.delete(hash);
    else index.set(hash, rest);
  }

  #end(known: KnownTranslation, at: number, now: number): void {
    known.ended = at;
    this.#ended.set(known, now);
    this.#tell(known);
  }

  #tell(known: KnownTranslation): void {
    for (const listener of this.#listeners) listener.translationChanged(known);
  }

  #touch(known: KnownTranslation): void {
    this.#all.delete(known);
    this.#all.add(known);
  }

  #forget(known: KnownTranslation): void {
    this.#all.delete(known);
    this.#ended.delete(known);
    this.#remove(this.#byBefore, known.before, known);
    this.#remove(this.#byAfter, known.after, known);
    const there = this.#byPlace.get(known.place);
    there?.delete(known);
    if (there === undefined || there.size > 0) return;
    this.#byPlace.delete(known.place);
    this.#tellers.delete(known.place);
  }
}

/** Objects, texts of four addresses, places in four maps; about. */
const BYTES_EACH = 700;

function isLater(a: KnownTranslation, b: KnownTranslation): boolean {
  if ((a.ended === null) !== (b.ended === null)) return a.ended === null;
  return (a.began ?? a.told) > (b.began ?? b.told);
}

/** The same observation, by the names that the conversation has before a translation, which knows who began it. */
function untranslate(observation: Observation, { before, after }: KnownTranslation): Observation {
  const { client, server } = observation;
  if (compareEnds(after, client, server) > 0) {
    return {
      ...observation,
      client: { ...client, ...before.client },
      server: { ...server, ...before.server },
      oriented: true,
      translated: null,
    };
  }
  return turn(observation, before);
}

/** The same observation with client and server exchanged, and called so. */
function turn(observation: Observation, ends: ConversationEnds): Observation {
  const { client, server, side, counters } = observation;
  return {
    ...observation,
    client: { ...server, ...ends.client },
    server: { ...client, ...ends.server },
    side: side === null ? null : side === 'client' ? 'server' : 'client',
    oriented: true,
    counters: counters && {
      ...counters,
      bytesSent: counters.bytesReceived,
      bytesReceived: counters.bytesSent,
      packetsSent: counters.packetsReceived,
      packetsReceived: counters.packetsSent,
    },
    translated: null,
  };
}
