/** Which events the user asked for, with the meaning that ebpflowexport gave to its options. */
import {
  type ConversationEvent,
  type Event,
  type EventFilter,
  type InterfaceCountersEvent,
  isLoopbackText,
  type ListeningEvent,
  type ListeningSocket,
  type TranslationsEvent,
} from '@packetless/model';

/**
 * `openings`: TCP CONNECT, ACCEPT, CONNECT_FAILED. `closes`: TCP CLOSE, CONNECT_FAILED.
 * `incoming` and `outgoing` go by the side of this host: incoming is what others opened.
 */
export interface Selection {
  readonly openings: boolean;
  readonly udp: boolean;
  readonly retransmits: boolean;
  readonly closes: boolean;
  /** Listening sockets, counters of interfaces. */
  readonly others: boolean;
  readonly incoming: boolean;
  readonly outgoing: boolean;
  /** Conversations over loopback, sockets that listen there, and loopback's counters. */
  readonly loopback: boolean;
  readonly listening: boolean;
}

export const EVERYTHING: Selection = {
  openings: true,
  udp: true,
  retransmits: true,
  closes: true,
  others: true,
  incoming: true,
  outgoing: true,
  loopback: true,
  listening: true,
};

/**
 * Options to selection: no kind given means every kind, no direction given means both.
 *
 *     selectionOf({ tcp: true, in: true }); // what others connected here, TCP only
 */
export function selectionOf(flags: {
  readonly tcp?: boolean;
  readonly udp?: boolean;
  readonly retr?: boolean;
  readonly tcpclose?: boolean;
  readonly in?: boolean;
  readonly out?: boolean;
  readonly loopback?: boolean;
  readonly listening?: boolean;
}): Selection {
  const everyKind = !flags.tcp && !flags.udp && !flags.retr && !flags.tcpclose;
  const bothDirections = !flags.in && !flags.out;
  return {
    openings: everyKind || flags.tcp === true,
    udp: everyKind || flags.udp === true,
    retransmits: everyKind || flags.retr === true,
    closes: everyKind || flags.tcpclose === true,
    others: everyKind && bothDirections,
    incoming: bothDirections || flags.in === true,
    outgoing: bothDirections || flags.out === true,
    loopback: flags.loopback ?? true,
    listening: flags.listening ?? true,
  };
}

const TCP = 6;
/** IANA ifType softwareLoopback. */
const LOOPBACK_TYPE = 24;
/** Every network namespace has one, and Linux names it so (drivers/net/loopback.c). */
const LOOPBACK_NAME = 'lo';

/**
 * What is left of an event when only what was asked for is wanted: itself, of a list of sockets those that were asked
 * for, or null. A conversation whose side is unknown passes either direction. Counters of living connections come with
 * their openings, listening sockets and counters of interfaces with everything, translations with any conversation.
 */
export function choose<Chosen extends Exclude<Event, { type: 'status' }>>(
  event: Chosen,
  selection: Selection,
  filter: EventFilter | null,
): Chosen | null {
  switch (event.type) {
    case 'listening':
      return chooseSockets(event, selection, filter) as Chosen | null;
    case 'counters':
      return filter?.counters(event) !== false && areCountersSelected(event, selection) ? event : null;
    case 'containers':
      return selection.others && filter === null ? event : null;
    case 'translations':
      return chooseTranslations(event, selection) as Chosen | null;
    default:
      return filter?.conversation(event) !== false && isConversationSelected(event, selection) ? event : null;
  }
}

/** An empty list says that there are none, so it is told like any other. */
function chooseSockets(
  event: ListeningEvent,
  selection: Selection,
  filter: EventFilter | null,
): ListeningEvent | null {
  if (!selection.others || !selection.listening) return null;
  if (selection.loopback && filter === null) return event;
  const sockets = event.sockets.filter(
    (socket) =>
      (selection.loopback || !isLoopbackSocket(socket)) && filter?.listening(socket, event.agent) !== false,
  );
  return { ...event, sockets };
}

/**
 * What a conversation is called elsewhere says which of those that were chosen are one, so it comes with any of its kind:
 * a filter cannot tell which, since programs and containers are not known of a translation.
 */
function chooseTranslations(event: TranslationsEvent, selection: Selection): TranslationsEvent | null {
  const tcp = selection.openings || selection.retransmits || selection.closes;
  if (tcp && selection.udp && selection.loopback) return event;
  const translations = event.translations.filter(
    ({ protocol, before: { client, server } }) =>
      (protocol === TCP ? tcp : selection.udp) &&
      (selection.loopback || !(isLoopbackText(client.address) || isLoopbackText(server.address))),
  );
  return translations.length === 0 && event.toldSince === null ? null : { ...event, translations };
}

function isLoopbackSocket({ address, interfaceName }: ListeningSocket): boolean {
  return interfaceName === LOOPBACK_NAME || isLoopbackText(address);
}

function areCountersSelected(event: InterfaceCountersEvent, selection: Selection): boolean {
  return selection.others && (selection.loopback || event.ifType !== LOOPBACK_TYPE);
}

function isConversationSelected(event: ConversationEvent, selection: Selection): boolean {
  if (event.side === 'client' && !selection.outgoing) return false;
  if (event.side === 'server' && !selection.incoming) return false;
  if (!selection.loopback && isLoopbackConversation(event)) return false;
  if (event.protocol !== TCP) return selection.udp;
  switch (event.name) {
    case 'CONNECT_FAILED':
      return selection.openings || selection.closes;
    case 'CLOSE':
      return selection.closes;
    case 'RETRANSMIT':
      return selection.retransmits;
    default:
      return selection.openings;
  }
}

/** A host that talks to an address of its own does so over its loopback interface too. */
function isLoopbackConversation({ interfaceName, client, server }: ConversationEvent): boolean {
  return interfaceName === LOOPBACK_NAME || isLoopbackText(client.address) || isLoopbackText(server.address);
}
