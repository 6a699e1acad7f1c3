/** Which events the user asked for, with the meaning that ebpflowexport gave to its options. */
import type { ConversationEvent } from '@packetless/model';

/**
 * `openings`: TCP CONNECT, ACCEPT, CONNECT_FAILED. `closes`: TCP CLOSE, CONNECT_FAILED.
 * `incoming` and `outgoing` go by the side of this host: incoming is what others opened.
 */
export interface Selection {
  readonly openings: boolean;
  readonly udp: boolean;
  readonly retransmits: boolean;
  readonly closes: boolean;
  readonly incoming: boolean;
  readonly outgoing: boolean;
}

export const EVERYTHING: Selection = {
  openings: true,
  udp: true,
  retransmits: true,
  closes: true,
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
    incoming: bothDirections || flags.in === true,
    outgoing: bothDirections || flags.out === true,
  };
}

const UDP = 17;

/** Whether an event was asked for. One whose side is unknown passes either direction. */
export function isSelected(event: ConversationEvent, selection: Selection): boolean {
  if (event.side === 'client' && !selection.outgoing) return false;
  if (event.side === 'server' && !selection.incoming) return false;
  if (event.protocol === UDP) return selection.udp;
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
