/** Which end of a socket's conversation is the client, and what follows for addresses and counters. */
import type { DatagramRecord, TcpRecord } from '@packetless/introspection';
import type { EventCounters, EventEndpoint, Process, Side, TcpHealth } from '@packetless/model';
import type { Reporter } from './conversation.js';

/** Servers listen on lower ports than clients get; only used where the kernel was asked too late to know. */
export function sideOf(record: TcpRecord | DatagramRecord): Side {
  return record.side ?? (record.localPort < record.remotePort ? 'server' : 'client');
}

/** The end of this host, which is the one that is known. */
export function localEnd(
  record: TcpRecord | DatagramRecord,
  reporter: Reporter,
  tcp: TcpHealth | null,
): EventEndpoint {
  const { owner, localAddress, localPort } = record;
  return {
    address: localAddress,
    port: localPort,
    process: owner === null ? null : explained(reporter.identify(owner, record.time), localAddress),
    container: owner === null ? null : reporter.containerOf(owner),
    tcp,
  };
}

/** Where Docker's own DNS server listens in the namespace of every container of a user-defined network. */
const DOCKER_DNS = '127.0.0.11';

/** Its process is the runtime's and lives on the host, though the socket is the container's by its place. */
function explained(process: Process, address: string): Process {
  if (address !== DOCKER_DNS || process.name !== 'dockerd') return process;
  return { ...process, role: 'answers DNS for a container (dockerd)' };
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
