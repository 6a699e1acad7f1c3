/** What the last column says: whatever is known of an event besides who and where. */

import type { ConversationEvent, EventCounters, Process } from '@packetless/model';
import { bytes, duration, inert, milliseconds, type Paint } from '@packetless/terminal';
import { containerText, endpointText, evidenceText } from './words.js';

export interface DetailsContext {
  readonly event: ConversationEvent;
  readonly process: Process | null;
  /** How long the conversation lasted; null while it does, or when its begin was not seen. */
  readonly lastedMs: number | null;
  /** Name of the network namespace where it is not the host's own. */
  readonly place: string | null;
  readonly paint: Paint;
}

/** In full: the arrows are those of the line, → what the client sent and ← what it received. */
export function details({ event, process, lastedMs, place, paint }: DetailsContext): string {
  const container = event.client.container ?? event.server.container;
  const parts = [
    latency(event, milliseconds),
    retransmission(event),
    event.name === 'CLOSE' && event.counters !== null ? traffic(event.counters) : null,
    lastedMs === null ? null : `in ${duration(lastedMs)}`,
    translated(event),
    paint('bad', failure(event) ?? ''),
    container === null ? null : `[${containerText(container)}]`,
    place === null ? null : `in ${place}`,
    process?.role == null ? null : inert(process.role),
    process === null ? null : paint('dim', evidenceText(process.evidence) ?? ''),
  ];
  return parts.filter(Boolean).join('  ');
}

/** In little room: ↑ what this host's process sent, ↓ what it received. */
export function briefDetails({ event, lastedMs, paint }: DetailsContext, protocol: string | null): string {
  const parts = [
    protocol,
    latency(event, (value) => compact(milliseconds(value))),
    retransmission(event),
    event.name === 'CLOSE' && event.counters !== null ? ownTraffic(event, event.counters) : null,
    lastedMs === null ? null : compact(duration(lastedMs)),
    paint('bad', failure(event) ?? ''),
  ];
  return parts.filter(Boolean).join(' ');
}

function latency(
  { name, connectLatencyMs }: ConversationEvent,
  write: (value: number) => string,
): string | null {
  return connectLatencyMs === null || name === 'CLOSE' || name === 'OWNER' ? null : write(connectLatencyMs);
}

/** Where it really goes, and what others see in place of its client. */
function translated({ client, server, translated, protocol }: ConversationEvent): string | null {
  if (translated === null) return null;
  const to = endpointText(translated.server, protocol);
  const as = endpointText(translated.client, protocol);
  const parts = [
    to === endpointText(server, protocol) ? null : `⇒ ${to}`,
    as === endpointText(client, protocol) ? null : `as ${as}`,
  ];
  return parts.filter(Boolean).join('  ');
}

/** `2 segments, timeout`; the state where it is not the usual one. */
function retransmission({ name, retransmits, reason, state }: ConversationEvent): string | null {
  if (name !== 'RETRANSMIT') return null;
  const count = retransmits ?? 1;
  const cause = reason === null ? '' : `, ${reason}`;
  const where = state === null || state === 'ESTABLISHED' ? '' : `, ${state}`;
  return `${count} ${count === 1 ? 'segment' : 'segments'}${cause}${where}`;
}

/** Who reset it says more than that it was reset; that a peer refuses by a reset (RFC 9293 3.10.7.1) goes without saying. */
function failure({ name, failure, reason }: ConversationEvent): string | null {
  if (name === 'RETRANSMIT' || reason === null || (failure === 'refused' && reason === 'peer reset'))
    return failure;
  return failure === null || failure === 'reset' ? reason : `${failure} (${reason})`;
}

function traffic({ bytesSent, bytesReceived }: EventCounters): string {
  return `→ ${bytes(bytesSent)}  ← ${bytes(bytesReceived)}`;
}

function ownTraffic({ side }: ConversationEvent, { bytesSent, bytesReceived }: EventCounters): string {
  const [up, down] = side === 'server' ? [bytesReceived, bytesSent] : [bytesSent, bytesReceived];
  return `↑${compact(bytes(up))} ↓${compact(bytes(down))}`;
}

function compact(quantity: string): string {
  return quantity.replaceAll(' ', '');
}
