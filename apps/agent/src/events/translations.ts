/** Records of translated conversations (NAT) become events, and what they are called afterwards can be looked up. */
import type { Ends, TranslationRecord, TranslationsToldRecord } from '@packetless/introspection';
import {
  type ConversationEnds,
  isLoopbackText,
  type Translation,
  type TranslationsEvent,
} from '@packetless/model';

/** Remembered for the look-up, which only adds to what is told of conversations; all are told. */
const MOST_KNOWN = 65_536;

export interface TranslationsSurroundings {
  readonly agent: string;
  /** As in `ConversationEvent.location`. */
  location(netns: number): string;
}

export class Translations {
  /** Afterwards, by what they are before. The oldest gives way. */
  readonly #known = new Map<string, ConversationEnds>();
  /** Records of one namespace that are not told yet. */
  #gathered: Translation[] = [];
  #netns = 0;
  /** Of the latest of them: one clock tells when they were told and since when all were. */
  #time = 0;

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
    const key = keyOf(protocol, before, netns);
    this.#known.delete(key);
    if (phase !== 'ended') this.#remember(key, after);
    const began = phase === 'began' ? time : null;
    this.#gathered.push({ protocol, before, after, began, ended: phase === 'ended' ? time : null });
  }

  /** Tells what it has gathered. */
  flush(): void {
    if (this.#gathered.length > 0) this.#tell(this.#time, null);
  }

  /** What a conversation that its client's socket calls so is called afterwards; null where that is not known. */
  of(protocol: number, ends: ConversationEnds, netns: number | null): ConversationEnds | null {
    if (this.#known.size === 0) return null;
    return this.#known.get(keyOf(protocol, ends, netns ?? 0)) ?? null;
  }

  #remember(key: string, after: ConversationEnds): void {
    if (this.#known.size >= MOST_KNOWN) {
      for (const oldest of this.#known.keys()) {
        this.#known.delete(oldest);
        break;
      }
    }
    this.#known.set(key, after);
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

/** Mostly another namespace translates than the client's; what is loopback's has a meaning in one of them only. */
function keyOf(protocol: number, { client, server }: ConversationEnds, netns: number): string {
  const place = isLoopbackText(client.address) || isLoopbackText(server.address) ? netns : '';
  return `${protocol} ${client.address} ${client.port} ${server.address} ${server.port} ${place}`;
}
