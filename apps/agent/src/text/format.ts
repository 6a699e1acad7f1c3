/** Events as lines for people. */

import type { ConversationEvent, Event, ListeningSocket } from '@packetless/model';
import { inert, painter, type Style } from '@packetless/terminal';
import { Durations } from '../events/durations.js';
import type { LineFormat } from '../sinks/line-sink.js';
import { type Layout, type LineFacts, layoutFor } from './layout.js';
import { ListeningChanges } from './listening-changes.js';

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

/** A source that looks now and then tells begin and end at once, and knows nothing of the time between. */
const SHORTEST_MS = 0.05;

export interface TextOptions {
  readonly colour: boolean;
  /** The terminal's width at this moment; null: it is no terminal, lines are of full width and have no header. */
  readonly columns: () => number | null;
  /** Name of the network namespace of an event, null for the host's own. */
  readonly placeOf: (location: string | null) => string | null;
}

/** Makes the format. It remembers when conversations began, to tell at CLOSE how long they lasted, and who listens. */
export function textFormat({ colour, columns, placeOf }: TextOptions): LineFormat {
  const durations = new Durations();
  const listening = new ListeningChanges();
  const paint = painter(colour);
  let width: number | null = null;
  let layout: Layout | null = null;

  /** With the header before it when the columns are new or have moved. */
  const write = (lines: readonly LineFacts[]): string | null => {
    if (lines.length === 0) return null;
    const now = columns();
    const moved = layout === null || now !== width;
    const next = moved ? layoutFor(now) : layout!;
    const changed = next.header !== layout?.header;
    layout = next;
    width = now;
    const text = lines.map((facts) => next.line(facts, paint)).join('\n');
    return changed && now !== null ? `${paint('bold', next.header)}\n${text}` : text;
  };

  const conversation = (event: ConversationEvent): LineFacts[] => {
    const age = durations.observe(event);
    // The counters of a living conversation are nothing that a person would want a line for.
    if (event.name === null) return [];
    const process = event.client.process ?? event.server.process;
    const place = placeOf(event.location);
    const details = {
      event,
      process,
      lastedMs: event.name === 'CLOSE' && age !== null && age >= SHORTEST_MS ? age : null,
      place: place === null ? null : inert(place),
      paint,
    };
    return [
      {
        ...event,
        label: event.name,
        style: EVENT_STYLES[event.name] ?? 'plain',
        process,
        details,
        container: null,
      },
    ];
  };

  return (event: Event) => {
    switch (event.type) {
      case 'flow':
      case 'netstat':
        return write(conversation(event));
      case 'listening':
        return write(listening.observe(event).map(({ kind, socket }) => listener(event.time, kind, socket)));
      default:
        return null;
    }
  };
}

function listener(time: number, kind: 'began' | 'ended', socket: ListeningSocket): LineFacts {
  const { protocol, process } = socket;
  const began = kind === 'began';
  return {
    time: began ? (socket.since ?? time) : time,
    label: began ? 'LISTEN' : 'LISTEN_END',
    style: began ? 'good' : 'plain',
    protocol,
    process,
    client: null,
    server: socket,
    side: 'server',
    details: null,
    container: socket.container,
  };
}
