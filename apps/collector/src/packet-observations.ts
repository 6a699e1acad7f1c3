/** Flows of packets become observations: what the wire shows of a conversation, to be merged with what agents say of it. */
import type { PacketFlow, PacketName, PacketSide, PacketTcp } from '@packetless/capture';
import type { Failure, Json, Observation, TcpHealth, TcpState, Witness } from '@packetless/model';

const FIN = 1;
const SYN = 2;

/** What was counted since the last telling, of each side. */
export interface Counted {
  readonly clientBytes: number;
  readonly clientPackets: number;
  readonly serverBytes: number;
  readonly serverPackets: number;
}

/** Where packets are from. */
export interface PacketOrigin {
  readonly witness: Witness;
  /** Name of the network interface; null for a file. */
  readonly interfaceName: string | null;
  /** Where that is, as in `ConversationEvent.location`; null when not known. */
  readonly location: string | null;
}

/** What packets called a conversation, by the kind of name. */
export type FlowNames = Partial<Record<PacketName['kind'], string>>;

/** What a telling of `flow` says, of which `counted` is new. */
export function packetObservation(
  flow: PacketFlow,
  counted: Counted,
  names: FlowNames,
  origin: PacketOrigin,
): Observation {
  const refused = isRefused(flow);
  const { witness, interfaceName, location } = origin;
  return {
    // One by one: of an object that begins with a spread V8 makes a map of its own, a hundred times as slow.
    witness,
    interfaceName,
    location,
    time: flow.lastTime,
    protocol: flow.protocol,
    client: end(flow.client),
    server: end(flow.server),
    side: null,
    oriented: flow.orientation === 'handshake',
    socket: null,
    handshake: flow.handshake,
    translated: null,
    state: stateOf(flow),
    counters: {
      kind: 'delta',
      bytesSent: counted.clientBytes,
      bytesReceived: counted.serverBytes,
      packetsSent: counted.clientPackets,
      packetsReceived: counted.serverPackets,
    },
    connectLatencyMs: handshakeTime(flow),
    retransmits: null,
    failure: failureOf(flow, refused),
    reason: null,
    additional: additionalOf(flow, names),
    vlan: flow.vlan,
    since: flow.firstTime,
    began: refused,
    // Silence is judged by the flow table, and a capture that ends or has no room ends no conversation.
    ended: flow.ended === 'closed' || flow.ended === 'reused' || refused,
    corrected: false,
  };
}

function end({ address, port, tcp }: PacketSide) {
  return { address, port, process: null, container: null, tcp: tcp === null ? null : healthOf(tcp) };
}

/** The round trip is the part of the way from where packets are captured to this side, and back. */
function healthOf(tcp: PacketTcp): TcpHealth {
  return {
    rttMs: tcp.dataRttMs ?? tcp.handshakeRttMs,
    rttVarMs: null,
    retransmits: tcp.retransmits,
    outOfOrder: tcp.outOfOrder,
    lost: null,
    unacknowledged: null,
    congestionWindow: null,
    deliveryRate: null,
  };
}

/** A reset in answer to a SYN, before the server said anything else. */
function isRefused({ state, client, server }: PacketFlow): boolean {
  return (
    state === 'RESET' &&
    client.tcp?.resets === 0 &&
    server.tcp !== null &&
    (server.tcp.flags & SYN) === 0 &&
    (client.tcp.flags & SYN) !== 0 &&
    server.tcp.resets > 0
  );
}

function failureOf({ state }: PacketFlow, refused: boolean): Failure | null {
  if (refused) return 'refused';
  return state === 'RESET' ? 'reset' : null;
}

/** The client's state, as its packets and the server's show it. */
function stateOf({ state, client }: PacketFlow): TcpState | null {
  switch (state) {
    case null:
      return null;
    case 'HALF_CLOSED':
      return ((client.tcp?.flags ?? 0) & FIN) !== 0 ? 'FIN_WAIT2' : 'CLOSE_WAIT';
    case 'CLOSED':
    case 'RESET':
      return 'CLOSE';
    default:
      return state;
  }
}

/** Both parts of the way: what the client waits from SYN to SYN-ACK, but for the time within its own host. */
function handshakeTime({ client, server }: PacketFlow): number | null {
  const parts = [client.tcp?.handshakeRttMs ?? null, server.tcp?.handshakeRttMs ?? null];
  return parts.includes(null) ? null : parts.reduce((sum: number, part) => sum + part!, 0);
}

function additionalOf(
  { tunnelled, fragmented, icmpError }: PacketFlow,
  { tls, quic, alpn, http, application, category }: FlowNames,
): { [key: string]: Json } | null {
  const found: { [key: string]: Json } = {};
  if (tls !== undefined) found.TLS_SERVER = tls;
  if (quic !== undefined) found.QUIC_SERVER = quic;
  if (alpn !== undefined) found.TLS_ALPN = alpn;
  if (http !== undefined) found.HTTP_HOST = http;
  if (application !== undefined) found.APPLICATION = application;
  if (category !== undefined) found.CATEGORY = category;
  if (tunnelled) found.TUNNELLED = true;
  if (fragmented) found.FRAGMENTED = true;
  if (icmpError !== null) found.ICMP_ERROR = `type ${icmpError.type}, code ${icmpError.code}`;
  return Object.keys(found).length === 0 ? null : found;
}
