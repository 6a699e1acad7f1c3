/** Records of translated conversations (NAT) become events, and what they are called afterwards can be looked up. */
import type { Ends, TranslationRecord, TranslationsToldRecord } from '@packetless/introspection';
import {
  type ConversationEnds,
  isLoopbackText,
  type Translation,
  type TranslationsEvent,
} from '@packetless/model';

/** Places to remember one in, by its ports. The look-up only adds to what is told of conversations; all are told. */
const PLACES = 16_384;
/** Told together. */
const MOST_GATHERED = 512;

interface Known {
  readonly protocol: number;
  readonly before: ConversationEnds;
  readonly after: ConversationEnds;
  readonly netns: number;
}

export interface TranslationsSurroundings {
  readonly agent: string;
  /** As in `ConversationEvent.location`. */
  location(netns: number): string;
}

export class Translations {
  /** Those in force; of two with the same place the later one. A map would cost more than all else about them. */
  readonly #known = new Array<Known | undefined>(PLACES).fill(undefined);
  #isEmpty = true;
  /** Records of one namespace that are not told yet. */
  #gathered: Translation[] = [];
  #netns = 0;
  /** Of the latest of them: one clock tells when they were told and since when all were. */
  #time = 0;
  /** When the turn ends: a batch of records is worked off within one. */
  #flushesSoon = false;

  constructor(
    private readonly surroundings: TranslationsSurroundings,
    private readonly onEvent: (event: TranslationsEvent) => void,
  ) {}

  take(record: TranslationRecord | TranslationsToldRecord): void {
    if (record.netns !== this.#netns) this.flush();
    this.#netns = record.netns;
    this.#time = record.time;
    if (record.kind === 'translations-told') {
      this.#tell(record.time, record.since);
      return;
    }
    const { protocol, netns, phase, time } = record;
    const before = conversationEnds(record.before);
    const after = conversationEnds(record.after);
    const place = placeOf(protocol, before);
    if (phase !== 'ended') this.#known[place] = { protocol, before, after, netns };
    else if (this.#find(protocol, before, netns) !== null) this.#known[place] = undefined;
    this.#isEmpty = false;
    const began = phase === 'began' ? time : null;
    this.#gathered.push({ protocol, before, after, began, ended: phase === 'ended' ? time : null });
    if (this.#gathered.length >= MOST_GATHERED) this.flush();
    if (this.#flushesSoon) return;
    this.#flushesSoon = true;
    queueMicrotask(() => this.flush());
  }

  /** Tells what it has gathered. */
  flush(): void {
    this.#flushesSoon = false;
    if (this.#gathered.length > 0) this.#tell(this.#time, null);
  }

  /** What a conversation that its client's socket calls so is called afterwards; null where that is not known. */
  of(protocol: number, ends: ConversationEnds, netns: number | null): ConversationEnds | null {
    return this.#isEmpty ? null : (this.#find(protocol, ends, netns)?.after ?? null);
  }

  #find(protocol: number, { client, server }: ConversationEnds, netns: number | null): Known | null {
    const known = this.#known[placeOf(protocol, { client, server })];
    if (known === undefined || known.protocol !== protocol) return null;
    const { before } = known;
    const isSame =
      before.client.port === client.port &&
      before.server.port === server.port &&
      before.client.address === client.address &&
      before.server.address === server.address;
    // Mostly another namespace translates than the client's; loopback has a meaning in one of them only.
    const isHere =
      known.netns === netns || !(isLoopbackText(client.address) || isLoopbackText(server.address));
    return isSame && isHere ? known : null;
  }

  #tell(time: number, toldSince: number | null): void {
    const translations = this.#gathered;
    this.#gathered = [];
    const { agent, location } = this.surroundings;
    this.onEvent({
      type: 'translations',
      time,
      agent,
      location: location(this.#netns),
      translations,
      toldSince,
    });
  }
}

function conversationEnds({ clientAddress, clientPort, serverAddress, serverPort }: Ends): ConversationEnds {
  return {
    client: { address: clientAddress, port: clientPort },
    server: { address: serverAddress, port: serverPort },
  };
}

function placeOf(protocol: number, { client, server }: ConversationEnds): number {
  return (
    (Math.imul(client.port, 0x9e3779b1) ^ Math.imul(server.port + protocol, 0x85ebca6b)) >>> (32 - PLACE_BITS)
  );
}

const PLACE_BITS = Math.log2(PLACES);
