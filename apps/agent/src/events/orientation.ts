/** Which end of a socket's conversation is the client, and what follows for addresses and counters. */
import type { DatagramRecord, TcpRecord } from '@packetless/introspection';
import type { EventCounters, EventEndpoint, Process, Side, TcpHealth } from '@packetless/model';

/** Servers listen on lower ports than clients get; only used where the kernel was asked too late to know. */
export function sideOf(record: TcpRecord | DatagramRecord): Side {
  return record.side ?? (record.localPort < record.remotePort ? 'server' : 'client');
}

/** The end of this host, which is the one that is known. */
export function localEnd(
  record: TcpRecord | DatagramRecord,
  process: Process | null,
  tcp: TcpHealth | null,
): EventEndpoint {
  return { address: record.localAddress, port: record.localPort, process, container: null, tcp };
}

export function remoteEnd(record: TcpRecord | DatagramRecord): EventEndpoint {
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
  packetsSent: number | null,
  packetsReceived: number | null,
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
