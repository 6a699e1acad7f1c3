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
  /** Places whose tellers are not heard of, and what ended with that. */
  readonly #silent = new Map<string, ReadonlySet<KnownTranslation>>();
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

  /** Namespaces that something is known of. */
  get places(): number {
    return this.#tellers.size;
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
    // Of what comes back they tell the same the other way: from behind it to before it.
    const names = [
      { before: translated, after: before },
      { before: turned(translated), after: turned(before) },
    ].find((inverse) => this.#find({ protocol, ...inverse }, witness.id) !== null) ?? {
      before,
      after: translated,
    };
    const translation = { protocol, ...names, began: null, ended: ended ? time : null };
    this.#learn(translation, null, witness.id, time, now);
  }

  /** Nobody tells any more how it goes on with those of a witness that has gone. */
  expire(now: number, isHeard: (teller: string) => boolean): void {
    for (const [place, some] of this.#byPlace) {
      const isSilent = !isHeard(this.#tellers.get(place) ?? place);
      if (isSilent === this.#silent.has(place)) continue;
      if (isSilent) this.#silence(place, some, now);
      else this.#hearAgain(place, some);
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
    const visited: ConversationEnds[] = [current];
    for (let step = 0; step < MAX_STEPS; step++) {
      const confined = step === 0 ? isConfined(current) : areConfined(current);
      const known = this.#after(current, key.hash, confined);
      if (known === null || isAmong(visited, known.before)) break;
      visited.push(known.before);
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
    const visited = [translation.after, translation.before];
    for (let step = 1; step < MAX_STEPS; step++) {
      const { protocol, before, location } = first;
      if (!this.#key.readEnds(before.client, before.server, protocol)) break;
      const next = this.#choose(this.#byAfter.get(this.#key.hash), (known) =>
        known !== translation && known.protocol === protocol && sameEnds(known.after, before)
          ? nearness(known, location, false)
          : NOT_MEANT,
      );
      if (next === null || isAmong(visited, next.before)) break;
      visited.push(next.before);
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
    const visited = [ends];
    for (let step = 0; step < MAX_STEPS; step++) {
      if (!this.#key.readEnds(current.client, current.server, protocol)) break;
      const next = this.#choose(this.#byBefore.get(this.#key.hash), (known) =>
        known.ended === null && known.protocol === protocol && sameEnds(known.before, current)
          ? nearness(known, last?.location ?? location, last === null && confined)
          : NOT_MEANT,
      );
      if (next === null || isAmong(visited, next.after)) break;
      visited.push(next.after);
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
    let only: KnownTranslation | null = null;
    for (const known of alike) {
      if (known.protocol !== protocol || known.ended !== null || !sameEnds(known[which], ends)) continue;
      // An exporter may tell of the same one as the agent there.
      if (only !== null && !isOneMapping(only, known)) return false;
      only = known;
    }
    return true;
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
    const known = this.#find(told, place);
    if (known !== null) {
      this.#tellers.set(place, teller);
      known.told = Math.max(known.told, time);
      this.#touch(known);
      if (told.ended !== null && known.ended === null) this.#end(known, told.ended, now);
      else if (told.ended === null && known.ended !== null) {
        // The same addresses and ports once more.
        this.#goOn(known, told.began);
      }
      return;
    }
    if (this.#add(told, location, place, time, now)) this.#tellers.set(place, teller);
  }

  #find(
    { protocol, before, after }: Omit<Translation, 'began' | 'ended'>,
    place: string,
  ): KnownTranslation | null {
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

  /** False: it is refused, which is counted, and nothing else has changed. */
  #add(told: Translation, location: string | null, place: string, time: number, now: number): boolean {
    const { protocol, before, after, began, ended } = told;
    this.ledger.see();
    if (!this.#hasRoom(this.#byBefore, before, protocol) || !this.#hasRoom(this.#byAfter, after, protocol)) {
      this.ledger.drop('too many alike');
      return false;
    }
    if (ended === null) this.#endReplaced(told, place, time, now);
    if (this.#all.size >= this.#capacity) this.#evict();
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
    this.#insert(this.#byBefore, before, known);
    this.#insert(this.#byAfter, after, known);
    this.#all.add(known);
    const there = this.#byPlace.get(place);
    if (there === undefined) this.#byPlace.set(place, new Set([known]));
    else there.add(known);
    if (ended === null) this.#tell(known);
    else this.#end(known, ended, now);
    return true;
  }

  /** The one used longest ago goes. */
  #evict(): void {
    const [oldest] = this.#all;
    this.#forget(oldest!);
    this.ledger.drop('evicted early');
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

  /** False also for addresses that are none. */
  #hasRoom(index: Index, { client, server }: ConversationEnds, protocol: number): boolean {
    if (!this.#key.readEnds(client, server, protocol)) return false;
    return (index.get(this.#key.hash)?.length ?? 0) < MAX_ALIKE;
  }

  #insert(index: Index, { client, server }: ConversationEnds, known: KnownTranslation): void {
    this.#key.readEnds(client, server, known.protocol);
    const alike = index.get(this.#key.hash);
    if (alike === undefined) index.set(this.#key.hash, [known]);
    else alike.push(known);
  }

  #remove(index: Index, ends: ConversationEnds, known: KnownTranslation): void {
    if (!this.#key.readEnds(ends.client, ends.server, known.protocol)) return;
    const { hash } = this.#key;
    const rest = index.get(hash)?.filter((other) => other !== known) ?? [];
    if (rest.length === 0) index.delete(hash);
    else index.set(hash, rest);
  }

  /** Nobody knows how it goes on with these. */
  #silence(place: string, some: Iterable<KnownTranslation>, now: number): void {
    const ended = [...some].filter((known) => known.ended === null);
    this.#silent.set(place, new Set(ended));
    for (const known of ended) this.#end(known, known.told, now);
  }

  /** It was only a pause: what was in force before it goes on, unless it is told otherwise. */
  #hearAgain(place: string, some: ReadonlySet<KnownTranslation>): void {
    const paused = this.#silent.get(place) ?? NONE;
    this.#silent.delete(place);
    for (const known of paused)
      if (some.has(known) && known.ended === known.told) this.#goOn(known, known.began);
  }

  #goOn(known: KnownTranslation, began: number | null): void {
    known.began = began;
    known.ended = null;
    this.#ended.delete(known);
    this.#tell(known);
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
    this.#silent.delete(known.place);
  }
}

/** Objects, texts of four addresses, places in four maps; about. */
const BYTES_EACH = 700;

function isLater(a: KnownTranslation, b: KnownTranslation): boolean {
  if ((a.ended === null) !== (b.ended === null)) return a.ended === null;
  return (a.began ?? a.told) > (b.began ?? b.told);
}

/** Two tell of the same translation: where it is, one of them does not say. */
function isOneMapping(a: KnownTranslation, b: KnownTranslation): boolean {
  if (a.location !== null && b.location !== null) return false;
  return sameEnds(a.before, b.before) && sameEnds(a.after, b.after);
}

/** Whether the conversation with these ends, or the other way round, is among them: translations can go round. */
function isAmong(visited: readonly ConversationEnds[], { client, server }: ConversationEnds): boolean {
  return visited.some((ends) => compareEnds(ends, client, server) !== 0);
}

function turned({ client, server }: ConversationEnds): ConversationEnds {
  return { client: server, server: client };
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
