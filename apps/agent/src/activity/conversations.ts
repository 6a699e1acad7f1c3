/** What conversations do from moment to moment: differences of the totals that events tell. */
import type { ConversationEvent, EventEndpoint, Process, TcpHealth } from '@packetless/model';
import { keyOf } from '../events/durations.js';

/** What happened in a span of time; bytes as this host's socket sent and received them. */
export interface Deed {
  bytesOut: number;
  bytesIn: number;
  retransmits: number;
  opened: number;
  failed: number;
}

/** One socket's conversation with one peer. */
export interface Conversation {
  /** The latest that is known of it. */
  event: ConversationEvent;
  process: Process | null;
  rttMs: number | null;
  /** When it ended, by the clock of `tick`; null while it lives. */
  endedAt: number | null;
  /** Since the last tick. */
  now: Deed;
  /** Between the last two ticks. */
  before: Deed;
  /** Totals as they were last told. */
  told: { bytesOut: number; bytesIn: number; retransmits: number };
}

/** What one event added. */
export interface Change extends Readonly<Deed> {
  readonly conversation: Conversation;
  /** Nothing was known of it before. */
  readonly isNew: boolean;
}

export interface ConversationsOptions {
  /** Whether the bytes of conversations whose begin was not seen count from that begin on; else from the first event. */
  readonly countsUnseen?: boolean;
  readonly capacity?: number;
}

const DEFAULT_CAPACITY = 65_536;
/** A look at all sockets that met one before it closed may be told after its end, and then tells nothing new. */
const REMEMBER_ENDED_MS = 3000;

/**
 * Conversations by socket. Since only differences to what was told before count, no byte counts twice: neither in a
 * CLOSE that repeats the totals, nor in the same event again.
 */
export class Conversations {
  readonly #table = new Map<string, Conversation>();
  readonly #capacity: number;
  readonly #countsUnseen: boolean;
  #crowdedOut = 0;

  constructor(options: ConversationsOptions = {}) {
    this.#capacity = options.capacity ?? DEFAULT_CAPACITY;
    this.#countsUnseen = options.countsUnseen ?? false;
  }

  /** Living ones, and those that ended a moment ago. */
  values(): IterableIterator<Conversation> {
    return this.#table.values();
  }

  /** How many living ones gave way because there were too many. */
  get crowdedOut(): number {
    return this.#crowdedOut;
  }

  /** To be shown every event of conversations, in order; `now` in milliseconds. */
  observe(event: ConversationEvent, now: number): Change {
    const key = keyOf(event);
    const known = this.#table.get(key);
    const conversation = known ?? this.#add(key, event);
    // Peers without socket cookies use the same key for the next conversation of the same ends.
    if (conversation.endedAt !== null && isOpening(event)) begin(conversation);
    const { told } = conversation;
    const totals = ownTotals(event, told);
    const counts = known !== undefined || isBegin(event) || (this.#countsUnseen && event.name === 'CLOSE');
    const change: Change = {
      conversation,
      isNew: known === undefined,
      bytesOut: counts ? grown(totals.bytesOut, told.bytesOut) : 0,
      bytesIn: counts ? grown(totals.bytesIn, told.bytesIn) : 0,
      retransmits:
        counts && ownHealth(event) !== null
          ? grown(totals.retransmits, told.retransmits)
          : event.name === 'RETRANSMIT'
            ? (event.retransmits ?? 1)
            : 0,
      opened: isOpening(event) ? 1 : 0,
      failed: event.name === 'CONNECT_FAILED' || event.failure !== null ? 1 : 0,
    };
    told.bytesOut = Math.max(told.bytesOut, totals.bytesOut);
    told.bytesIn = Math.max(told.bytesIn, totals.bytesIn);
    told.retransmits = Math.max(told.retransmits, totals.retransmits);
    add(conversation.now, change);
    learn(conversation, event);
    if (event.name === 'CLOSE' || event.name === 'CONNECT_FAILED') conversation.endedAt ??= now;
    return change;
  }

  /** A span of time is over: what happened in it is `before` from now on. */
  tick(now: number): void {
    for (const [key, conversation] of this.#table) {
      if (conversation.endedAt !== null && now - conversation.endedAt > REMEMBER_ENDED_MS) {
        this.#table.delete(key);
      }
      const { before } = conversation;
      conversation.before = conversation.now;
      conversation.now = clear(before);
    }
  }

  #add(key: string, event: ConversationEvent): Conversation {
    while (this.#table.size >= this.#capacity) this.#evict();
    const conversation: Conversation = {
      event,
      process: null,
      rttMs: null,
      endedAt: null,
      now: idle(),
      before: idle(),
      told: { bytesOut: 0, bytesIn: 0, retransmits: 0 },
    };
    this.#table.set(key, conversation);
    return conversation;
  }

  /** The oldest that has ended, among the oldest; else the oldest. */
  #evict(): void {
    let looked = 0;
    for (const [key, { endedAt }] of this.#table) {
      if (endedAt !== null) {
        this.#table.delete(key);
        return;
      }
      looked += 1;
      if (looked === 64) break;
    }
    const [oldest] = this.#table.keys();
    if (oldest !== undefined) this.#table.delete(oldest);
    this.#crowdedOut += 1;
  }
}

interface Totals {
  readonly bytesOut: number;
  readonly bytesIn: number;
  readonly retransmits: number;
}

/** As this host's socket counted; what the event does not tell is as it was told before. */
function ownTotals(event: ConversationEvent, told: Totals): Totals {
  const { side, counters } = event;
  const retransmits = ownHealth(event)?.retransmits ?? told.retransmits;
  if (counters === null) return { ...told, retransmits };
  const { bytesSent, bytesReceived } = counters;
  const [out, incoming] = side === 'server' ? [bytesReceived, bytesSent] : [bytesSent, bytesReceived];
  return counters.kind === 'absolute'
    ? { bytesOut: out, bytesIn: incoming, retransmits }
    : { bytesOut: told.bytesOut + out, bytesIn: told.bytesIn + incoming, retransmits };
}

function ownEnd({ side, client, server }: ConversationEvent): EventEndpoint {
  return side === 'server' ? server : client;
}

function ownHealth(event: ConversationEvent): TcpHealth | null {
  return ownEnd(event).tcp;
}

/** Totals of one socket never go backwards; one that does was told late. */
function grown(total: number, told: number): number {
  return Math.max(0, total - told);
}

function isOpening({ name }: ConversationEvent): boolean {
  return name === 'CONNECT' || name === 'ACCEPT' || name === 'SEND' || name === 'RECV';
}

/** The socket had no bytes of this conversation before this event. */
function isBegin(event: ConversationEvent): boolean {
  return isOpening(event) || event.name === 'CONNECT_FAILED';
}

function begin(conversation: Conversation): void {
  conversation.endedAt = null;
  conversation.told = { bytesOut: 0, bytesIn: 0, retransmits: 0 };
}

/** What an event leaves out stays as it was told before. */
function learn(conversation: Conversation, event: ConversationEvent): void {
  const { process, tcp } = ownEnd(event);
  conversation.rttMs = tcp?.rttMs ?? conversation.rttMs;
  conversation.event = process === null ? withProcess(event, conversation.process) : event;
  conversation.process = process ?? conversation.process;
}

function withProcess(event: ConversationEvent, process: Process | null): ConversationEvent {
  if (process === null) return event;
  return event.side === 'server'
    ? { ...event, server: { ...event.server, process } }
    : { ...event, client: { ...event.client, process } };
}

export function idle(): Deed {
  return { bytesOut: 0, bytesIn: 0, retransmits: 0, opened: 0, failed: 0 };
}

function add(deed: Deed, more: Readonly<Deed>): void {
  deed.bytesOut += more.bytesOut;
  deed.bytesIn += more.bytesIn;
  deed.retransmits += more.retransmits;
  deed.opened += more.opened;
  deed.failed += more.failed;
}

function clear(deed: Deed): Deed {
  deed.bytesOut = 0;
  deed.bytesIn = 0;
  deed.retransmits = 0;
  deed.opened = 0;
  deed.failed = 0;
  return deed;
}
