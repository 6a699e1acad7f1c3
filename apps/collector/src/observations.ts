/** Events become observations: what happened turns into what is now known. */
import {
  type ConversationEvent,
  type Observation,
  TCP,
  type TcpState,
  type Witness,
} from '@packetless/model';

/** What `event` says, said by `witness`. */
export function toObservation(event: ConversationEvent, witness: Witness): Observation {
  return {
    witness,
    time: event.time,
    protocol: event.protocol,
    client: event.client,
    server: event.server,
    side: event.side,
    oriented: event.oriented,
    interfaceName: event.interfaceName,
    location: event.location,
    socket: event.socket,
    handshake: event.handshake,
    translated: event.translated,
    state: event.state ?? impliedState(event),
    counters: event.counters,
    connectLatencyMs: event.connectLatencyMs,
    retransmits: event.retransmits,
    failure: event.failure,
    reason: event.reason,
    additional: event.additional,
    vlan: null,
    since: null,
    began: tellsBeginning(event),
    ended: tellsEnd(event),
    corrected: event.name === 'OWNER',
  };
}

/** CONNECT and ACCEPT are sent when the handshake is done. */
function impliedState(event: ConversationEvent): TcpState | null {
  const established = event.name === 'CONNECT' || event.name === 'ACCEPT';
  return established && event.protocol === TCP ? 'ESTABLISHED' : null;
}

function tellsBeginning(event: ConversationEvent): boolean {
  switch (event.name) {
    case 'CONNECT':
    case 'ACCEPT':
    case 'CONNECT_FAILED':
      return true;
    case 'SEND':
    case 'RECV':
      // Agents that do not know the socket (ebpflowexport) report every datagram, not only the first.
      return event.socket !== null;
    default:
      return false;
  }
}

function tellsEnd(event: ConversationEvent): boolean {
  if (event.name === 'CLOSE' || event.name === 'CONNECT_FAILED') return true;
  return event.name === null && event.state === 'CLOSE';
}
