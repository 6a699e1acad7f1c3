/** How a line is laid out: in full, or in the width of a small terminal. */

import {
  type Container,
  type ConversationEvent,
  type EventEndpoint,
  type Process,
  protocolName,
} from '@packetless/model';
import type { Paint, Style } from '@packetless/terminal';
import { briefDetails, type DetailsContext, details } from './details.js';
import {
  briefProcessText,
  clock,
  containerText,
  endpointText,
  hasPorts,
  processText,
  userText,
} from './words.js';

/** One line's worth of facts: of a conversation, or of a socket that listens (then without an event). */
export interface LineFacts {
  readonly time: number;
  readonly label: string;
  readonly style: Style;
  readonly protocol: number;
  readonly process: Process | null;
  readonly client: Pick<EventEndpoint, 'address' | 'port'> | null;
  readonly server: Pick<EventEndpoint, 'address' | 'port'>;
  readonly side: ConversationEvent['side'];
  readonly details: DetailsContext | null;
  /** Of a socket that listens. */
  readonly container: Container | null;
}

export interface Layout {
  readonly header: string;
  line(facts: LineFacts, paint: Paint): string;
}

/** A terminal with fewer columns gets lines that fit. */
const FULL_FROM = 118;

/** `columns`: of the terminal; null: there is none, nothing limits a line. */
export function layoutFor(columns: number | null): Layout {
  return columns === null || columns >= FULL_FROM ? FULL : briefLayout(columns);
}

/** Widths that most lines keep; a longer text pushes the rest of its own line only. */
const WIDTH = { event: 14, protocol: 4, process: 22, user: 10, endpoint: 21 } as const;
/** Anyone. */
const NOBODY = '*';

const FULL: Layout = {
  header: [
    'TIME'.padEnd(12),
    'EVENT'.padEnd(WIDTH.event),
    'PROT',
    'PROCESS(PID)'.padEnd(WIDTH.process),
    'USER'.padEnd(WIDTH.user),
    'CLIENT'.padEnd(WIDTH.endpoint),
    ' ',
    'SERVER'.padEnd(WIDTH.endpoint),
    'DETAILS',
  ].join(' '),
  line: (facts, paint) => {
    const { client, server, protocol } = facts;
    const columns = [
      paint('dim', clock(facts.time, true)),
      paint(facts.style, facts.label.padEnd(WIDTH.event)),
      protocolName(protocol).padEnd(WIDTH.protocol),
      paint('bold', processText(facts.process).padEnd(WIDTH.process)),
      userText(facts.process).padEnd(WIDTH.user),
      (client === null ? NOBODY : endpointText(client, protocol)).padEnd(WIDTH.endpoint),
      paint('dim', '→'),
      endpointText(server, protocol).padEnd(WIDTH.endpoint),
      facts.details === null ? bracketed(facts.container) : details(facts.details),
    ];
    return columns.join(' ').trimEnd();
  },
};

function bracketed(container: Container | null): string {
  return container === null ? '' : `[${containerText(container)}]`;
}

const BRIEF_LABELS: { readonly [label: string]: string } = {
  CONNECT_FAILED: 'FAILED',
  RETRANSMIT: 'RETRANS',
  LISTEN_END: 'UNLISTN',
};
const BRIEF = { time: 8, event: 7, process: 16, port: 5, remote: 18 } as const;
const BRIEF_COLUMNS = 80;
const MOST_EXTRA = 8;

/** This host's process and port, then the other end: → what it opened, ← what was opened to it. */
function briefLayout(columns: number): Layout {
  const extra = Math.max(0, Math.min(MOST_EXTRA, Math.floor((columns - BRIEF_COLUMNS) / 2)));
  const process = BRIEF.process + extra;
  const remote = BRIEF.remote + extra;
  return {
    header: [
      'TIME'.padEnd(BRIEF.time),
      'EVENT'.padEnd(BRIEF.event),
      'PROCESS(PID)'.padEnd(process),
      'LPORT',
      ' ',
      'REMOTE'.padEnd(remote),
      'DETAILS',
    ].join(' '),
    line: (facts, paint) => {
      const { client, server, protocol, side } = facts;
      const [local, other] = side === 'server' || client === null ? [server, client] : [client, server];
      const listens = client === null;
      const columns = [
        paint('dim', clock(facts.time, false)),
        paint(facts.style, (BRIEF_LABELS[facts.label] ?? facts.label).padEnd(BRIEF.event)),
        paint('bold', briefProcessText(facts.process, process).padEnd(process)),
        (hasPorts(protocol) ? String(local.port) : '-').padStart(BRIEF.port),
        paint('dim', listens ? ' ' : side === 'server' ? '←' : '→'),
        (listens ? endpointText(local, protocol) : endpointText(other ?? server, protocol)).padEnd(remote),
        facts.details === null ? protocolName(protocol) : briefDetails(facts.details, unusual(protocol)),
      ];
      return columns.join(' ').trimEnd();
    },
  };
}

/** TCP is what most lines are about. */
function unusual(protocol: number): string | null {
  return protocol === 6 ? null : protocolName(protocol);
}
