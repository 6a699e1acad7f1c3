/** Events of one conversation after another, for tests to vary. */
import type { ConversationEvent, EventCounters, Process, TcpHealth } from '@packetless/model';

export function sampleProcess(changes: Partial<Process> = {}): Process {
  return {
    pid: 4242,
    tid: 4242,
    uid: 1000,
    user: 'alice',
    gid: 1000,
    group: 'alice',
    name: 'curl',
    script: null,
    exeDeleted: false,
    role: null,
    exe: '/usr/bin/curl',
    cmdline: 'curl -s http://192.0.2.9/',
    parent: null,
    evidence: 'kernel',
    ...changes,
  };
}

export function totals(bytesSent: number, bytesReceived: number): EventCounters {
  return { kind: 'absolute', bytesSent, bytesReceived, packetsSent: 1, packetsReceived: 1 };
}

export function health(changes: Partial<TcpHealth> = {}): TcpHealth {
  return {
    rttMs: null,
    rttVarMs: null,
    retransmits: 0,
    outOfOrder: 0,
    lost: 0,
    unacknowledged: 0,
    congestionWindow: 10,
    deliveryRate: null,
    ...changes,
  };
}

/** The client's own end is that of the reporting host; `socket` tells conversations apart. */
export function sampleEvent(
  changes: Partial<Omit<ConversationEvent, 'client' | 'server'>> & {
    readonly process?: Process | null;
    readonly tcp?: TcpHealth;
    readonly remote?: string;
  } = {},
): ConversationEvent {
  const { process = sampleProcess(), tcp = health(), remote = '192.0.2.9', ...event } = changes;
  const own = { process, container: null, tcp };
  const other = { process: null, container: null, tcp: null };
  const server = event.side === 'server';
  return {
    type: event.name === null ? 'netstat' : 'flow',
    name: 'CONNECT',
    time: 1_700_000_000_000,
    protocol: 6,
    client: server
      ? { address: remote, port: 50_000, ...other }
      : { address: '192.0.2.2', port: 40_000, ...own },
    server: server ? { address: '192.0.2.2', port: 80, ...own } : { address: remote, port: 80, ...other },
    side: 'client',
    oriented: true,
    interfaceName: 'eth0',
    exporter: null,
    agent: 'a',
    location: 'b/1',
    socket: 1,
    handshake: null,
    translated: null,
    state: 'ESTABLISHED',
    counters: totals(0, 0),
    connectLatencyMs: null,
    retransmits: null,
    failure: null,
    reason: null,
    additional: null,
    ...event,
  };
}
