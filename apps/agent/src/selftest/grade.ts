/** Holds what the agent told of one end of a conversation against what its application knows. */
import type { ConversationEvent } from '@packetless/model';
import type { ExpectedEnd } from './expected.js';
import type { Fact } from './fact.js';
import { hasPorts, labelOf, localEnd, type Observed, remoteEnd } from './observed.js';
import { gradeOwner } from './owner.js';

export interface Amount {
  readonly sent: number;
  readonly received: number;
}

export interface EndGrade {
  readonly attribution: 'right' | 'unknown' | 'WRONG';
  /** What the agent measured; null: it told of no bytes at all. */
  readonly measured: Amount | null;
  readonly counted: Amount;
  readonly latencyMs: number | null;
  /** What is amiss; empty: the end is as it should be. */
  readonly problems: readonly string[];
}

/** Bytes may differ by so much; where a kernel counts exactly, they do not. */
const TOLERANCE = 0.01;
/** Between the clock of an event, monotonic when it was taken, and an application's own. */
const CLOCK_SLACK_MS = 50;
/** A program is told of its connection after the kernel has measured; timers are no finer. */
const LATENCY_SLACK_MS = 0.1;

/** Whether the last event that there will be of this end has come. */
export function isComplete(end: ExpectedEnd, observed: Observed): boolean {
  const last = end.closing ?? end.opening;
  return observed.of(end.fact).some(({ name }) => name === last);
}

export function gradeEnd(end: ExpectedEnd, observed: Observed): EndGrade {
  const events = observed.of(end.fact);
  const counted = { sent: end.fact.sent, received: end.fact.received };
  if (events.length === 0) {
    const problems = ['the agent told nothing of it'];
    return { attribution: 'unknown', measured: null, counted, latencyMs: null, problems };
  }
  const { attribution, problems: named } = gradeOwner(end, events);
  const opening = events.find(({ name }) => name === end.opening) ?? null;
  const measured = measuredBytes(events);
  return {
    attribution,
    measured,
    counted,
    latencyMs: opening?.connectLatencyMs ?? null,
    problems: [
      ...named,
      ...gradeNames(end, events),
      ...gradePlace(end, events),
      ...(end.counted ? gradeBytes(end, measured, events) : []),
      ...(end.latency === null ? [] : gradeLatency(end.fact, end.latency, opening)),
      ...gradeFailure(end, events),
      ...gradeLife(end, events),
    ],
  };
}

/** Every conversation begins once and ends once, and nothing else is told of it. */
function gradeNames(end: ExpectedEnd, events: readonly ConversationEvent[]): readonly string[] {
  const problems: string[] = [];
  const usual = new Set<string | null>([null, 'OWNER', 'RETRANSMIT', end.opening, end.closing]);
  for (const event of events) if (!usual.has(event.name)) problems.push(`unexpected ${labelOf(event)}`);
  for (const name of [end.opening, end.closing]) {
    if (name === null) continue;
    const times = events.filter((event) => event.name === name).length;
    if (times !== 1) problems.push(times === 0 ? `no ${name}` : `${times} times ${name}`);
  }
  if (end.closing !== null && events.at(-1)?.name !== end.closing && problems.length === 0) {
    problems.push(`${labelOf(events.at(-1)!)} after ${end.closing}`);
  }
  return problems;
}

function gradePlace({ fact, side }: ExpectedEnd, events: readonly ConversationEvent[]): readonly string[] {
  const problems = new Set<string>();
  const none = fact.protocol === 255 ? '0.0.0.0' : null;
  for (const event of events) {
    const [local, remote] = [localEnd(event), remoteEnd(event)];
    const compare = (what: string, said: unknown, is: unknown): void => {
      if (said !== is) problems.add(`${labelOf(event)}: ${what} ${said} instead of ${is}`);
    };
    compare('protocol', event.protocol, fact.protocol);
    compare('side', event.side, side);
    if (isKnown(fact.local) || none !== null) compare('local address', local.address, none ?? fact.local);
    if (fact.remote !== '' || none !== null) compare('remote address', remote.address, none ?? fact.remote);
    if (hasPorts(fact.protocol)) {
      if (fact.localPort !== 0) compare('local port', local.port, fact.localPort);
      if (fact.remotePort !== 0) compare('remote port', remote.port, fact.remotePort);
    }
  }
  return [...problems];
}

/** A socket that could not connect may have no address of its own. */
function isKnown(address: string): boolean {
  return address !== '' && address !== '0.0.0.0' && address !== '::';
}

/** Totals as this end sent and received them. The last event has them all. */
function measuredBytes(events: readonly ConversationEvent[]): (Amount & { packets: Amount | null }) | null {
  const event = events.findLast(({ counters }) => counters !== null);
  if (event?.counters == null) return null;
  const { bytesSent, bytesReceived, packetsSent, packetsReceived } = event.counters;
  const packets =
    packetsSent === null || packetsReceived === null
      ? null
      : { sent: packetsSent, received: packetsReceived };
  const asClient = { sent: bytesSent, received: bytesReceived, packets };
  return event.side === 'server' ? turned(asClient) : asClient;
}

function turned({ sent, received, packets }: Amount & { packets: Amount | null }) {
  return {
    sent: received,
    received: sent,
    packets: packets === null ? null : { sent: packets.received, received: packets.sent },
  };
}

function gradeBytes(
  { fact }: ExpectedEnd,
  measured: (Amount & { packets: Amount | null }) | null,
  events: readonly ConversationEvent[],
): readonly string[] {
  if (measured === null) return ['no bytes'];
  const problems: string[] = [];
  const compare = (what: string, said: number, is: number): void => {
    if (Math.abs(said - is) > TOLERANCE * is) problems.push(`${what} ${said} instead of ${is}`);
  };
  compare('bytes sent', measured.sent, fact.sent);
  compare('bytes received', measured.received, fact.received);
  // Segments of a stream are the kernel's own affair; datagrams are the application's.
  if (events[0]!.protocol !== 6 && measured.packets !== null && fact.packetsSent + fact.packetsReceived > 0) {
    compare('packets sent', measured.packets.sent, fact.packetsSent);
    compare('packets received', measured.packets.received, fact.packetsReceived);
  }
  return problems;
}

function gradeLatency(fact: Fact, least: number, opening: ConversationEvent | null): readonly string[] {
  if (opening === null) return [];
  const { connectLatencyMs, name, time } = opening;
  if (connectLatencyMs === null) return ['no latency'];
  const problems: string[] = [];
  const longest = fact.connectingMs >= 0 ? fact.connectingMs : fact.end - fact.begin + CLOCK_SLACK_MS;
  if (!(connectLatencyMs > 0 && connectLatencyMs <= longest + LATENCY_SLACK_MS)) {
    problems.push(`latency ${connectLatencyMs} ms, but connecting took ${longest.toFixed(3)} ms`);
  }
  if (connectLatencyMs < least)
    problems.push(`latency ${connectLatencyMs} ms, but it was at least ${least} ms`);
  if (time > fact.end + CLOCK_SLACK_MS || (name === 'CONNECT' && time < fact.begin - CLOCK_SLACK_MS)) {
    problems.push(`${name} at ${time}, but it was between ${fact.begin} and ${fact.end}`);
  }
  return problems;
}

function gradeFailure(end: ExpectedEnd, events: readonly ConversationEvent[]): readonly string[] {
  const last = events.find(({ name }) => name === (end.closing ?? end.opening));
  if (last === undefined) return [];
  const problems: string[] = [];
  const { failure, reason } = last;
  if (end.failures.length === 0 && failure !== null) problems.push(`failure "${failure}" of a good end`);
  if (end.failures.length > 0 && (failure === null || !end.failures.includes(failure))) {
    problems.push(`failure ${failure ?? 'unknown'} instead of ${end.failures.join(' or ')}`);
  }
  if (end.reason !== null && !end.reason.test(reason ?? '')) {
    problems.push(`reason ${reason ?? 'unknown'} instead of ${end.reason.source}`);
  }
  return problems;
}

/** What is told while it lives: its counters, and what was sent again. */
function gradeLife(end: ExpectedEnd, events: readonly ConversationEvent[]): readonly string[] {
  const problems: string[] = [];
  const updates = events.filter(({ type }) => type === 'netstat');
  if (updates.length < end.updates) {
    problems.push(`told ${updates.length} times while it lived, not ${end.updates}`);
  }
  for (const state of end.states) {
    if (!updates.some((event) => event.state === state)) problems.push(`state ${state} was not told`);
  }
  const { by } = end;
  if (by !== null && !events.some((event) => event.time <= by && localEnd(event).process !== null)) {
    const first = events.find((event) => localEnd(event).process !== null);
    problems.push(
      first === undefined
        ? 'never told with its owner'
        : `told with its owner ${Math.round(first.time - by)} ms too late`,
    );
  }
  return [...problems, ...gradeRetransmits(end, events)];
}

function gradeRetransmits(end: ExpectedEnd, events: readonly ConversationEvent[]): readonly string[] {
  const { retransmits } = end.fact;
  if (retransmits < 0 || end.closing === null) return [];
  const problems: string[] = [];
  const told = events.reduce((sum, event) => sum + (event.retransmits ?? 0), 0);
  const close = events.find(({ name }) => name === end.closing);
  const total = close === undefined ? null : (localEnd(close).tcp?.retransmits ?? null);
  // More may be sent between the application's last look and the end.
  if (told < retransmits) problems.push(`${told} retransmissions told instead of ${retransmits}`);
  if (total !== null && total !== told) problems.push(`${total} retransmissions in all, but ${told} told`);
  if (events.some(({ name, reason }) => name === 'RETRANSMIT' && reason === null)) {
    problems.push('RETRANSMIT without its cause');
  }
  return problems;
}
