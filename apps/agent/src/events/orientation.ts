/** Which end of a socket's conversation is the client, and what follows for addresses and counters. */
import type { TcpRecord, UdpRecord } from '@packetless/introspection';
import type { EventCounters, EventEndpoint, Process, Side, TcpHealth } from '@packetless/model';

/** Servers listen on lower ports than clients get; only used where the kernel was asked too late to know. */
export function sideOf(record: TcpRecord | UdpRecord): Side {
  return record.side ?? (record.localPort < record.remotePort ? 'server' : 'client');
}

/** The end of this host, which is the one that is known. */
export function localEnd(
  record: TcpRecord | UdpRecord,
  process: Process | null,
  tcp: TcpHealth | null,
): EventEndpoint {
  return { address: record.localAddress, port: record.localPort, process, container: null, tcp };
}

export function remoteEnd(record: TcpRecord | UdpRecord): EventEndpoint {
  return {
    address: record.remoteAddress,
    port: record.remotePort,
    process: null,
    container: null,
    tcp: null,
  };
}

/** Totals as this host's socket sent and received them, turned to client → server. */
export function counters(
  side: Side,
  bytesSent: number,
  bytesReceived: number,
  packetsSent: number,
  packetsReceived: number,
): EventCounters {
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
