/** Which end of a socket's conversation is the client, and what follows for addresses and counters. */
import type { TcpRecord, UdpRecord } from '@packetless/introspection';
import type { EventCounters, EventEndpoint, Process, Side, TcpHealth } from '@packetless/model';

export interface Orientation {
  readonly side: Side;
  /** False when the kernel was asked too late to know and the ports had to tell. */
  readonly oriented: boolean;
}

/** Servers listen on lower ports than clients get; only used where nobody knows better. */
export function orient(record: TcpRecord | UdpRecord): Orientation {
  if (record.side !== null) return { side: record.side, oriented: true };
  return { side: record.localPort < record.remotePort ? 'server' : 'client', oriented: false };
}

/** Client's and server's end; what is known of the process and of TCP belongs to the end of this host. */
export function endpoints(
  record: TcpRecord | UdpRecord,
  side: Side,
  process: Process | null,
  tcp: TcpHealth | null,
): { client: EventEndpoint; server: EventEndpoint } {
  const local = { address: record.localAddress, port: record.localPort, process, container: null, tcp };
  const remote = {
    address: record.remoteAddress,
    port: record.remotePort,
    process: null,
    container: null,
    tcp: null,
  };
  return side === 'client' ? { client: local, server: remote } : { client: remote, server: local };
}

/** Totals as this host's socket sent and received them, turned to client → server. */
export function counters(
  side: Side,
  own: { bytesSent: number; bytesReceived: number; packetsSent: number; packetsReceived: number },
): EventCounters {
  const { bytesSent, bytesReceived, packetsSent, packetsReceived } = own;
  return side === 'client'
    ? { kind: 'absolute', bytesSent, bytesReceived, packetsSent, packetsReceived }
    : {
        kind: 'absolute',
        bytesSent: bytesReceived,
        bytesReceived: bytesSent,
        packetsSent: packetsReceived,
        packetsReceived: packetsSent,
      };
}
