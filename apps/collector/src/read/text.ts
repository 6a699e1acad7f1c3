/** A conversation of a capture file as a line of text. */
import type { Flow, FlowEndpoint } from '@packetless/model';
import {
  bytes,
  duration,
  fitted,
  fittedRight,
  inert,
  type Paint,
  type Style,
  socketText,
} from '@packetless/terminal';

interface TextColumn {
  readonly title: string;
  /** A longer text pushes the rest of its own line only. */
  readonly width: number;
  readonly right?: boolean;
  text(flow: Flow, begin: number): string;
  style?(flow: Flow): Style;
}

const COLUMNS: readonly TextColumn[] = [
  {
    title: 'START',
    width: 11,
    right: true,
    text: ({ firstSeen }, begin) => ((firstSeen - begin) / 1000).toFixed(3),
  },
  { title: 'LASTED', width: 12, right: true, text: ({ durationMs }) => duration(durationMs) },
  { title: 'PROTO', width: 6, text: ({ protocol }) => protocol },
  { title: 'CLIENT', width: 21, text: ({ client }) => endText(client) },
  { title: 'SERVER', width: 21, text: ({ server }) => endText(server) },
  { title: 'STATE', width: 12, text: stateText, style: (flow) => (isBroken(flow) ? 'bad' : 'plain') },
  { title: 'SENT', width: 9, right: true, text: ({ bytes: { sent } }) => orDash(sent, bytes) },
  { title: 'RECEIVED', width: 9, right: true, text: ({ bytes: { received } }) => orDash(received, bytes) },
  {
    title: 'PACKETS',
    width: 7,
    right: true,
    text: ({ packets }) => `${(packets.sent ?? 0) + (packets.received ?? 0)}`,
  },
  {
    title: 'RTT',
    width: 10,
    right: true,
    text: ({ tcp }) => orDash(longer(tcp?.client?.rttMs, tcp?.server?.rttMs), duration),
  },
  {
    title: 'RETR',
    width: 5,
    right: true,
    text: (flow) => orDash(retransmits(flow), String),
    style: (flow) => ((retransmits(flow) ?? 0) > 0 ? 'warning' : 'plain'),
  },
  { title: 'NAME', width: 0, text: nameText },
];

export const HEADER = COLUMNS.map(({ title, width, right }) => padded(title, width, right)).join(' ');

/** `begin`: time of the first packet of the file, epoch milliseconds. */
export function flowLine(flow: Flow, begin: number, paint: Paint): string {
  const cells = COLUMNS.map((column) => {
    const text = padded(column.text(flow, begin), column.width, column.right);
    return paint(column.style?.(flow) ?? 'plain', text);
  });
  return cells.join(' ').trimEnd();
}

function padded(text: string, width: number, right = false): string {
  if (text.length >= width) return text;
  return right ? fittedRight(text, width) : fitted(text, width);
}

function endText({ address, port }: FlowEndpoint): string {
  return port === 0 ? inert(address) : socketText(address, port);
}

function stateText({ state, tcp }: Flow): string {
  return tcp?.failure ?? state ?? '-';
}

const isBroken = ({ tcp }: Flow) => tcp?.failure != null;

function retransmits({ tcp }: Flow): number | null {
  const [client, server] = [tcp?.client?.retransmits ?? null, tcp?.server?.retransmits ?? null];
  return client === null && server === null ? null : (client ?? 0) + (server ?? 0);
}

function longer(one: number | null | undefined, other: number | null | undefined): number | null {
  return one == null ? (other ?? null) : Math.max(one, other ?? 0);
}

/** Whom the client asked for, else what the server is called, or what was said in its place. */
function nameText({ serverName, server, additional: { ICMP_ERROR } }: Flow): string {
  const name = serverName ?? server.hostname;
  if (name !== null) return inert(name);
  return ICMP_ERROR === undefined ? '' : `ICMP error ${inert(String(ICMP_ERROR))}`;
}

function orDash<Value>(value: Value | null, text: (value: Value) => string): string {
  return value === null ? '-' : text(value);
}
