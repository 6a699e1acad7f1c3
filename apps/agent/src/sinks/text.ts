/** Events as lines for people. */
import { isIPv6 } from 'node:net';
import {
  type ConversationEvent,
  type EventCounters,
  type EventEndpoint,
  type Process,
  protocolName,
} from '@packetless/model';
import { Durations } from './durations.js';
import { inert } from './inert.js';
import type { LineFormat } from './line-sink.js';
import { bytes, duration, milliseconds } from './quantities.js';

/** ANSI SGR parameters, ECMA-48 8.3.117. */
const STYLES = {
  good: '32',
  bad: '31',
  warning: '33',
  dim: '2',
  bold: '1',
  plain: '',
} as const;
type Style = keyof typeof STYLES;

const EVENT_STYLES: { readonly [name: string]: Style } = {
  CONNECT: 'good',
  ACCEPT: 'good',
  SEND: 'good',
  RECV: 'good',
  CONNECT_FAILED: 'bad',
  RETRANSMIT: 'warning',
  CLOSE: 'plain',
  OWNER: 'dim',
};

/** Widths that most lines keep; a longer text pushes the rest of its own line only. */
const WIDTH = { event: 14, protocol: 4, process: 22, user: 10, endpoint: 21 } as const;

/** Makes the format. It remembers when conversations began, to tell at CLOSE how long they lasted. */
export function textFormat(options: { readonly colour: boolean }): LineFormat {
  const durations = new Durations();
  const paint = options.colour
    ? (style: Style, text: string) => (style === 'plain' ? text : `\u001b[${STYLES[style]}m${text}\u001b[0m`)
    : (_: Style, text: string) => text;

  return (event) => {
    const lasted = durations.observe(event);
    const label = labelOf(event);
    if (label === null) return null;
    const process = event.client.process ?? event.server.process;
    const columns = [
      paint('dim', clock(event.time)),
      paint(EVENT_STYLES[label] ?? 'plain', label.padEnd(WIDTH.event)),
      protocolName(event.protocol).padEnd(WIDTH.protocol),
      paint('bold', processText(process).padEnd(WIDTH.process)),
      userText(process).padEnd(WIDTH.user),
      endpointText(event.client).padEnd(WIDTH.endpoint),
      paint('dim', '→'),
      endpointText(event.server).padEnd(WIDTH.endpoint),
      details(event, lasted, paint),
    ];
    return columns.join(' ').trimEnd();
  };
}

/** Colours are for a terminal, and for those who did not refuse them: https://no-color.org. */
export function wantsColour(stream: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && !environment.NO_COLOR && environment.TERM !== 'dumb';
}

/** Null: nothing happened that a person would want a line for (the counters of a living conversation). */
function labelOf(event: ConversationEvent): string | null {
  return event.name;
}

function clock(time: number): string {
  const date = new Date(time);
  const two = (value: number) => String(value).padStart(2, '0');
  const fraction = String(date.getMilliseconds()).padStart(3, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${fraction}`;
}

function processText(process: Process | null): string {
  return process === null ? '?' : `${inert(process.name)}(${process.pid})`;
}

function userText(process: Process | null): string {
  return process === null ? '?' : inert(process.user ?? String(process.uid ?? '?'));
}

function endpointText({ address, port }: EventEndpoint): string {
  return isIPv6(address) ? `[${address}]:${port}` : `${inert(address)}:${port}`;
}

function details(
  event: ConversationEvent,
  lasted: number | null,
  paint: (style: Style, text: string) => string,
): string {
  const parts: string[] = [];
  if (event.connectLatencyMs !== null && event.name !== 'CLOSE')
    parts.push(milliseconds(event.connectLatencyMs));
  if (event.retransmits !== null) {
    parts.push(`${event.retransmits} ${event.retransmits === 1 ? 'segment' : 'segments'}`);
  }
  if (event.name === 'CLOSE' && event.counters !== null) parts.push(trafficText(event.counters));
  if (lasted !== null) parts.push(`in ${duration(lasted)}`);
  if (event.failure !== null) parts.push(paint('bad', event.failure));
  return parts.join('  ');
}

/** The arrows are those of the line: → what the client sent, ← what it received. */
function trafficText({ bytesSent, bytesReceived }: EventCounters): string {
  return `→ ${bytes(bytesSent)}  ← ${bytes(bytesReceived)}`;
}
