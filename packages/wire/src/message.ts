/** A message as it comes off the socket → events, or the reason why not. */
import type { Event } from '@packetless/model';
import { decodeContainers } from './dialect/containers.js';
import { decodeConversation } from './dialect/conversation.js';
import { decodeCounters } from './dialect/counters.js';
import { MAX_EVENTS_PER_MESSAGE } from './dialect/limits.js';
import { decodeListening } from './dialect/listening.js';
import { decodeStatus } from './dialect/status.js';
import { decodeTlv } from './dialect/tlv.js';
import { decodeTranslations } from './dialect/translations.js';
import { isObject, type JsonObject } from './dialect/value.js';
import { decodeHeader, type Header } from './header.js';
import { isTlv, readPayload } from './payload.js';
import type { RejectReason } from './reject.js';

export interface Rejected {
  readonly reason: RejectReason;
  /** Messages or events. */
  readonly count: number;
}

export interface Decoded {
  /** Null when there was none that we know. */
  readonly header: Header | null;
  /** Empty without a header. */
  readonly topic: string;
  readonly events: readonly Event[];
  readonly rejected: readonly Rejected[];
  /** Why something in it is of no use here though nothing is wrong with it: a topic's name, or `listening socket`. */
  readonly ignored: string | null;
  /** How many: messages of that topic (1), or listening sockets. */
  readonly ignoredCount: number;
}

/** Topics that are known and that nobody needs yet; `ebpf` is the binary twin of a `flow` message (docs/wire.md §9). */
const IGNORED_TOPICS = new Set(['ebpf', 'template', 'option', 'hello', 'snmp-ifaces', 'message']);

type Reader = (header: Header, content: unknown, receivedAt: number) => Decoded;
const READERS: ReadonlyMap<string, Reader> = new Map([
  ['flow', decodeFlows],
  ['event', decodeStatusMessage],
  ['counter', decodeCounterMessage],
  ['listening-ports', (header, value, at) => decodeList(header, value, at, decodeListening)],
  ['container', (header, value, at) => decodeList(header, value, at, decodeContainers)],
  ['translation', (header, value, at) => decodeList(header, value, at, decodeTranslations)],
]);
const LISTENING = 'listening socket';
const NOTHING: readonly never[] = [];

/**
 * Reads one message. Never throws, whatever the frames hold.
 * `receivedAt`: epoch milliseconds, for events without a time.
 */
export function decodeMessage(frames: readonly Uint8Array[], receivedAt: number): Decoded {
  if (frames.length !== 2) return rejected(null, 'wrong number of frames');
  const header = decodeHeader(frames[0]!);
  if (header === null) return rejected(null, 'unknown header');
  const { topic } = header;
  if (IGNORED_TOPICS.has(topic)) {
    return { header, topic, events: NOTHING, rejected: NOTHING, ignored: topic, ignoredCount: 1 };
  }
  const read = READERS.get(topic);
  if (read === undefined) return rejected(header, 'unknown topic');

  const payload = readPayload(header, frames[1]!);
  if ('reject' in payload) return rejected(header, payload.reject);
  const content = isTlv(header) ? parseTlv(payload.bytes) : parseJson(payload.bytes);
  if ('reject' in content) return rejected(header, content.reject);
  return read(header, content.value, receivedAt);
}

function decodeFlows(header: Header, value: unknown, receivedAt: number): Decoded {
  const records: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (records.length > MAX_EVENTS_PER_MESSAGE) return rejected(header, 'too many events', records.length);
  const events: Event[] = [];
  let refused: Map<RejectReason, number> | null = null;
  let listening = 0;
  for (const record of records) {
    const result = isObject(record)
      ? decodeConversation(record, header.layout, receivedAt)
      : ({ reject: 'not an object' } as const);
    if (result === 'listening') listening++;
    else if ('event' in result) events.push(result.event);
    else {
      refused ??= new Map();
      refused.set(result.reject, (refused.get(result.reject) ?? 0) + 1);
    }
  }
  return {
    header,
    topic: header.topic,
    events,
    rejected: refused === null ? NOTHING : Array.from(refused, ([reason, count]) => ({ reason, count })),
    ignored: listening === 0 ? null : LISTENING,
    ignoredCount: listening,
  };
}

function decodeStatusMessage(header: Header, value: unknown, receivedAt: number): Decoded {
  if (!isObject(value)) return rejected(header, 'not an object');
  return accepted(header, decodeStatus(value, receivedAt));
}

/** A TLV payload is a list of records, of which each message has one. */
function decodeCounterMessage(header: Header, value: unknown, receivedAt: number): Decoded {
  const record: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (!isObject(record)) return rejected(header, 'not an object');
  const result = decodeCounters(record, receivedAt);
  return 'event' in result ? accepted(header, result.event) : rejected(header, result.reject);
}

type ListResult =
  | { readonly event: Event; readonly refused: number }
  | { readonly reject: RejectReason; readonly count: number };

/** A message that is one event with a list, of which some entries may be refused. */
function decodeList(
  header: Header,
  value: unknown,
  receivedAt: number,
  decode: (record: JsonObject, receivedAt: number) => ListResult,
): Decoded {
  if (!isObject(value)) return rejected(header, 'not an object');
  const result = decode(value, receivedAt);
  if ('reject' in result) return rejected(header, result.reject, result.count);
  const decoded = accepted(header, result.event);
  return result.refused === 0
    ? decoded
    : { ...decoded, rejected: [{ reason: 'bad field', count: result.refused }] };
}

function accepted(header: Header, event: Event): Decoded {
  return {
    header,
    topic: header.topic,
    events: [event],
    rejected: NOTHING,
    ignored: null,
    ignoredCount: 0,
  };
}

function rejected(header: Header | null, reason: RejectReason, count = 1): Decoded {
  return {
    header,
    topic: header === null ? '' : header.topic,
    events: NOTHING,
    rejected: [{ reason, count }],
    ignored: null,
    ignoredCount: 0,
  };
}

type Content = { readonly value: unknown } | { readonly reject: RejectReason };

function parseTlv(bytes: Uint8Array): Content {
  const value = decodeTlv(bytes);
  return value === null ? { reject: 'bad TLV' } : { value };
}

function parseJson(bytes: Uint8Array): Content {
  try {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
    return { value: JSON.parse(text) };
  } catch {
    return { reject: 'not JSON' };
  }
}
