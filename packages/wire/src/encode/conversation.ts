/** Our agent's events in the nested dialect, exactly as ntopng and ebpflowexport name things (docs/wire.md §5, §13). */
import type { ConversationEvent, EventCounters, EventEndpoint } from '@packetless/model';
import { isIPv6 } from '../dialect/address.js';
import { tcpStateName } from '../dialect/tcp-state.js';
import { writeContainer } from './container.js';
import { JsonWriter, literal } from './json-writer.js';
import { writeProcess } from './process.js';
import { atMost, MAX_EVENT_BYTES, type Room, writeWithin } from './room.js';

export { MAX_EVENT_BYTES };

export interface EncodeOptions {
  /** Key of the interface's name. `INTERFACE_NAME` ends ntopng 5.4 to 6.x (docs/wire.md §11.10); default `IF_NAME`. */
  readonly interfaceKey?: InterfaceKey;
}
type InterfaceKey = 'IF_NAME' | 'INTERFACE_NAME' | 'both';

const PROTOCOL_TCP = 6;
/** More than the tightest room lets an event grow to. */
const writer = new JsonWriter(64 * 1024);

/**
 * One event as JSON text of at most 8 KiB: command lines are shortened first, then dropped with labels and paths.
 * No member is ever null: what is not known is absent. `additional` is not sent.
 */
export function encodeConversation(event: ConversationEvent, options: EncodeOptions = {}): string {
  return writeConversation(event, options).toString();
}

/** As `encodeConversation`; what was written is there until the next call. */
export function writeConversation(event: ConversationEvent, options: EncodeOptions): JsonWriter {
  const interfaceKey = options.interfaceKey ?? 'IF_NAME';
  writeWithin(writer, (room) => write(event, interfaceKey, room));
  return writer;
}

const TIMESTAMP = literal('"timestamp":');
const TCP_EVENT_TYPE = literal('"TCP_EVENT_TYPE":');
const UDP_EVENT_TYPE = literal('"UDP_EVENT_TYPE":');
const IF_NAME = literal('"IF_NAME":');
const INTERFACE_NAME = literal('"INTERFACE_NAME":');
const EXPORTER_IPV4_ADDRESS = literal('"EXPORTER_IPV4_ADDRESS":');
const EXPORTER_IPV6_ADDRESS = literal('"EXPORTER_IPV6_ADDRESS":');
const NW_LATENCY_MS = literal('"NW_LATENCY_MS":');
const LOCAL_PROCESS = literal('"LOCAL_PROCESS":');
const LOCAL_FATHER_PROCESS = literal('"LOCAL_FATHER_PROCESS":');
const LOCAL_CONTAINER = literal('"LOCAL_CONTAINER":');

function write(event: ConversationEvent, interfaceKey: InterfaceKey, room: Room): void {
  const reporterIsServer = event.side === 'server';
  const reporter = reporterIsServer ? event.server : event.client;
  // The exporters swap the peers of an ACCEPT, and ntopng expects it: source is the initiator (docs/wire.md §10).
  const sourceIsClient = event.name === 'ACCEPT' || !reporterIsServer;
  writer.begin();
  writer.timestamp(TIMESTAMP, event.time);
  // ntopng has no word for a corrected owner: without a name it takes the event for a netstat, which does no harm.
  if (event.name === 'OWNER') writer.text(X_EVENT, event.name);
  else writer.text(event.protocol === PROTOCOL_TCP ? TCP_EVENT_TYPE : UDP_EVENT_TYPE, event.name);
  const interfaceName = atMost(event.interfaceName, room.event);
  if (interfaceKey !== 'INTERFACE_NAME') writer.text(IF_NAME, interfaceName);
  if (interfaceKey !== 'IF_NAME') writer.text(INTERFACE_NAME, interfaceName);
  writePeers(event, sourceIsClient, room);
  if (event.exporter !== null) {
    const key = isIPv6(event.exporter) ? EXPORTER_IPV6_ADDRESS : EXPORTER_IPV4_ADDRESS;
    writer.text(key, atMost(event.exporter, room.event));
  }
  writer.number(NW_LATENCY_MS, event.connectLatencyMs);
  writer.number(RETRAN_PKTS, event.retransmits);
  const { process, container } = reporter;
  if (process !== null) {
    writeProcess(writer, LOCAL_PROCESS, process, process, room);
    if (process.parent !== null) writeProcess(writer, LOCAL_FATHER_PROCESS, process.parent, null, room);
    if (process.evidence !== 'none') writer.text(X_EVIDENCE, process.evidence);
  }
  if (container !== null) writeContainer(writer, LOCAL_CONTAINER, container, room);
  writeMeasurements(event, reporter, sourceIsClient);
  writeOwnFields(event, room);
  writer.end();
}

const IP_VERSION_4 = literal('"IP_PROTOCOL_VERSION":4,');
const IP_VERSION_6 = literal('"IP_PROTOCOL_VERSION":6,');
const PROTOCOL = literal('"PROTOCOL":');
/** By IP version: of an ACCEPT, and of all others. */
const ADDRESSES = {
  4: {
    accept: [literal('"IPV4_SRC_ADDR":'), literal('"IPV4_DST_ADDR":')],
    other: [literal('"IPV4_LOCAL_ADDR":'), literal('"IPV4_REMOTE_ADDR":')],
  },
  6: {
    accept: [literal('"IPV6_SRC_ADDR":'), literal('"IPV6_DST_ADDR":')],
    other: [literal('"IPV6_LOCAL_ADDR":'), literal('"IPV6_REMOTE_ADDR":')],
  },
} as const;
const PORTS = {
  accept: [literal('"L4_SRC_PORT":'), literal('"L4_DST_PORT":')],
  other: [literal('"L4_LOCAL_PORT":'), literal('"L4_REMOTE_PORT":')],
} as const;

function writePeers(event: ConversationEvent, sourceIsClient: boolean, room: Room): void {
  const source = sourceIsClient ? event.client : event.server;
  const destination = sourceIsClient ? event.server : event.client;
  const version = isIPv6(source.address) ? 6 : 4;
  const naming = event.name === 'ACCEPT' ? 'accept' : 'other';
  const addresses = ADDRESSES[version][naming];
  const ports = PORTS[naming];
  writer.literal(version === 6 ? IP_VERSION_6 : IP_VERSION_4);
  writer.number(PROTOCOL, event.protocol);
  writer.text(addresses[0], atMost(source.address, room.event));
  writer.number(ports[0], source.port);
  writer.text(addresses[1], atMost(destination.address, room.event));
  writer.number(ports[1], destination.port);
}

const TCP = literal('"TCP":');
const CONN_STATE = literal('"CONN_STATE":');
const UNACK_SEGMENTS = literal('"UNACK_SEGMENTS":');
const RETRAN_PKTS = literal('"RETRAN_PKTS":');
const LOST_PKTS = literal('"LOST_PKTS":');
const OOO_PKTS = literal('"OOO_PKTS":');
const RTT = literal('"RTT":');
const RTT_VARIANCE = literal('"RTT_VARIANCE":');
const SND_CWND = literal('"SND_CWND":');
const DELIVERY_RATE = literal('"DELIVERY_RATE":');

/** State, health and totals: in the `TCP` object, or beside it for protocols without one. */
function writeMeasurements(event: ConversationEvent, reporter: EventEndpoint, sourceIsClient: boolean): void {
  const isTcp = event.protocol === PROTOCOL_TCP;
  if (event.counters !== null && !isTcp) writeTotals(OTHER_TOTALS, event.counters, sourceIsClient);
  const start = writer.length;
  writer.open(TCP);
  if (event.state !== null) writer.text(CONN_STATE, tcpStateName(event.state));
  if (event.counters !== null && isTcp) writeTotals(TCP_TOTALS, event.counters, sourceIsClient);
  const health = reporter.tcp;
  if (health !== null) {
    writer.number(UNACK_SEGMENTS, health.unacknowledged);
    writer.number(RETRAN_PKTS, health.retransmits);
    writer.number(LOST_PKTS, health.lost);
    writer.number(OOO_PKTS, health.outOfOrder);
    writer.number(RTT, health.rttMs);
    writer.number(RTT_VARIANCE, health.rttVarMs);
    writer.number(SND_CWND, health.congestionWindow);
    writer.number(DELIVERY_RATE, health.deliveryRate);
  }
  writer.closeUnlessEmpty(start);
}

/** `out`: what the source sent. */
interface TotalsKeys {
  readonly packetsBack: Uint8Array;
  readonly packetsOut: Uint8Array;
  readonly bytesBack: Uint8Array;
  readonly bytesOut: Uint8Array;
}
const TCP_TOTALS: TotalsKeys = {
  packetsBack: literal('"SEGS_IN":'),
  packetsOut: literal('"SEGS_OUT":'),
  bytesBack: literal('"BYTES_RCVD":'),
  bytesOut: literal('"BYTES_ACKED":'),
};
const OTHER_TOTALS: TotalsKeys = {
  packetsBack: literal('"OUT_PKTS":'),
  packetsOut: literal('"IN_PKTS":'),
  bytesBack: literal('"OUT_BYTES":'),
  bytesOut: literal('"IN_BYTES":'),
};

function writeTotals(keys: TotalsKeys, counters: EventCounters, sourceIsClient: boolean): void {
  const { bytesSent, bytesReceived, packetsSent, packetsReceived } = counters;
  writer.number(keys.packetsBack, sourceIsClient ? packetsReceived : packetsSent);
  writer.number(keys.packetsOut, sourceIsClient ? packetsSent : packetsReceived);
  writer.number(keys.bytesBack, sourceIsClient ? bytesReceived : bytesSent);
  writer.number(keys.bytesOut, sourceIsClient ? bytesSent : bytesReceived);
}

const X_EVIDENCE = literal('"X_EVIDENCE":');
const X_EVENT = literal('"X_EVENT":');
const X_AGENT = literal('"X_AGENT":');
const X_SIDE = literal('"X_SIDE":');
const X_LOCATION = literal('"X_LOCATION":');
const X_SOCKET = literal('"X_SOCKET":');
const X_HANDSHAKE = literal('"X_HANDSHAKE":');
const X_FAILURE = literal('"X_FAILURE":');
const X_REASON = literal('"X_REASON":');

function writeOwnFields(event: ConversationEvent, room: Room): void {
  writer.text(X_AGENT, atMost(event.agent, room.event));
  if (event.oriented) writer.text(X_SIDE, event.side);
  writer.text(X_LOCATION, atMost(event.location, room.event));
  if (Number.isSafeInteger(event.socket)) writer.number(X_SOCKET, event.socket);
  writer.text(X_HANDSHAKE, atMost(event.handshake, room.event));
  writer.text(X_FAILURE, event.failure);
  writer.text(X_REASON, atMost(event.reason, room.name));
}
