/** Which events the user asked for, with the meaning that ebpflowexport gave to its options. */
import type { ConversationEvent, Event } from '@packetless/model';

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
}

export const EVERYTHING: Selection = {
  openings: true,
  udp: true,
  retransmits: true,
  closes: true,
  others: true,
  incoming: true,
  outgoing: true,
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
  };
}

const TCP = 6;

/**
 * Whether an event was asked for. One whose side is unknown passes either direction. Counters of living connections
 * come with their openings, listening sockets and counters of interfaces with everything.
 */
export function isSelected(event: Event, selection: Selection): boolean {
  if (event.type !== 'flow' && event.type !== 'netstat') return selection.others;
  return isConversationSelected(event, selection);
}

function isConversationSelected(event: ConversationEvent, selection: Selection): boolean {
  if (event.side === 'client' && !selection.outgoing) return false;
  if (event.side === 'server' && !selection.incoming) return false;
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
