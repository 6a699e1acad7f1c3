/** Kernel records about sockets become events. */
import type { DatagramRecord, Owner, TcpCounters, TcpRecord } from '@packetless/introspection';
import {
  type Container,
  type ConversationEnds,
  type ConversationEvent,
  type EventCounters,
  type FlowEventName,
  type Process,
  type Side,
  TCP_STATES,
  type TcpHealth,
} from '@packetless/model';
import { closeFailure, connectFailure, resetReason } from './failure.js';
import { counters, localEnd, remoteEnd, sideOf } from './orientation.js';

/** What a record does not say itself. */
export interface Reporter {
  readonly agent: string;
  readonly exporter: string | null;
  location(netns: number): string;
  identify(owner: Owner, time: number): Process;
  containerOf(owner: Owner): Container | null;
  /** What a conversation that its client calls so is called behind a translation of addresses; null: nothing is known. */
  translated(protocol: number, ends: ConversationEnds, netns: number | null): ConversationEnds | null;
}

const TCP = 6;

const TCP_EVENT_NAMES: { readonly [kind in TcpRecord['kind']]: FlowEventName | null } = {
  connect: 'CONNECT',
  accept: 'ACCEPT',
  'connect-failed': 'CONNECT_FAILED',
  close: 'CLOSE',
  retransmit: 'RETRANSMIT',
  owner: 'OWNER',
  netstat: null,
};

/** Events are written out member by member: spreading one object into another takes several times as long. */
export function tcpEvent(record: TcpRecord, reporter: Reporter): ConversationEvent {
  const side = sideOf(record);
  const name = TCP_EVENT_NAMES[record.kind];
  const local = localEnd(record, reporter, record.tcp === null ? null : tcpHealth(record.tcp));
  const remote = remoteEnd(record);
  return {
    type: name === null ? 'netstat' : 'flow',
    name,
    time: record.time,
    protocol: TCP,
    client: side === 'client' ? local : remote,
    server: side === 'client' ? remote : local,
    side,
    oriented: record.side !== null,
    interfaceName: record.interfaceName === '' ? null : record.interfaceName,
    exporter: reporter.exporter,
    agent: reporter.agent,
    location: record.netns === null ? null : reporter.location(record.netns),
    socket: record.socket,
    handshake: record.handshake,
    translated:
      side === 'client' ? reporter.translated(TCP, { client: local, server: remote }, record.netns) : null,
    state: TCP_STATES[record.state - 1] ?? null,
    counters: record.tcp === null ? null : tcpTotals(side, record.tcp),
    connectLatencyMs: record.latencyMs,
    retransmits: record.kind === 'retransmit' ? record.count : null,
    failure: tcpFailure(record),
    reason: record.cause ?? resetReason(record.reset),
    additional: null,
  };
}

/**
 * A conversation without connections (UDP, ICMP …) begins with SEND or RECV, goes on with `netstat` events while its counters change,
 * and ends with CLOSE: its socket was closed, or it was idle for long.
 */
export function datagramEvent(record: DatagramRecord, reporter: Reporter): ConversationEvent {
  const side = sideOf(record);
  const name = datagramEventName(record, side);
  const local = localEnd(record, reporter, null);
  const remote = remoteEnd(record);
  return {
    type: name === null ? 'netstat' : 'flow',
    name,
    time: record.phase === 'first' ? record.firstTime : record.time,
    protocol: record.protocol,
    client: side === 'client' ? local : remote,
    server: side === 'client' ? remote : local,
    side,
    oriented: record.side !== null,
    interfaceName: record.interfaceName === '' ? null : record.interfaceName,
    exporter: reporter.exporter,
    agent: reporter.agent,
    location: record.netns === null ? null : reporter.location(record.netns),
    socket: record.socket,
    handshake: null,
    translated:
      side === 'client'
        ? reporter.translated(record.protocol, { client: local, server: remote }, record.netns)
        : null,
    state: null,
    counters: datagramTotals(side, record),
    connectLatencyMs: null,
    retransmits: null,
    failure: null,
    reason: null,
    additional: null,
  };
}

function tcpTotals(side: Side, tcp: TcpCounters): EventCounters {
  return counters(side, tcp.bytesSent, tcp.bytesReceived, tcp.segmentsSent, tcp.segmentsReceived);
}

function datagramTotals(side: Side, record: DatagramRecord): EventCounters | null {
  const { bytesSent, bytesReceived, packetsSent, packetsReceived } = record;
  if (bytesSent === null || bytesReceived === null) return null;
  return counters(side, bytesSent, bytesReceived, packetsSent, packetsReceived);
}

function datagramEventName(record: DatagramRecord, side: Side): FlowEventName | null {
  switch (record.phase) {
    case 'first':
      return side === 'client' ? 'SEND' : 'RECV';
    case 'update':
      return null;
    case 'end':
      return 'CLOSE';
  }
}

function tcpFailure(record: TcpRecord): ConversationEvent['failure'] {
  if (record.kind === 'connect-failed') return connectFailure(record.error);
  return record.kind === 'close' ? closeFailure(record.error) : null;
}

/** A round-trip time of 0 is the kernel's "not measured yet". */
function tcpHealth(tcp: TcpCounters): TcpHealth {
  const measured = tcp.rttMs > 0;
  return {
    rttMs: measured ? tcp.rttMs : null,
    rttVarMs: measured ? tcp.rttVarMs : null,
    retransmits: tcp.retransmits,
    outOfOrder: tcp.outOfOrder,
    lost: tcp.lost,
    unacknowledged: tcp.unacknowledged,
    congestionWindow: tcp.congestionWindow === 0 ? null : tcp.congestionWindow,
    deliveryRate: tcp.deliveryRate === 0 ? null : tcp.deliveryRate,
  };
}
