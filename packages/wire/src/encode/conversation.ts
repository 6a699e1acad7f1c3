/** Our agent's events in the nested dialect, exactly as ntopng and ebpflowexport name things (docs/wire.md §5, §13). */
import type {
  ConversationEnds,
  ConversationEvent,
  EventCounters,
  EventEndpoint,
  FlowEventName,
  Side,
} from '@packetless/model';
import { isIPv6 } from '../dialect/address.js';
import { tcpStateName } from '../dialect/tcp-state.js';
import { writeContainer } from './container.js';
import { JsonWriter, type Literal, literal } from './json-writer.js';
import { ProcessMembers } from './process.js';
import { RepeatedMembers } from './repeated.js';
import { atMost, MAX_EVENT_BYTES, type Room, writeWithin } from './room.js';

export { MAX_EVENT_BYTES };

export interface EncodeOptions {
  /** Key of the interface's name. `INTERFACE_NAME` ends ntopng 5.4 to 6.x (docs/wire.md §11.10); default `IF_NAME`. */
  readonly interfaceKey?: InterfaceKey;
}
type InterfaceKey = 'IF_NAME' | 'INTERFACE_NAME' | 'both';

const PROTOCOL_TCP = 6;
/** More than the tightest room lets an event grow to, behind the events of a message. */
const MEMORY_BYTES = 64 * 1024;

/**
 * One event as JSON text of at most 8 KiB: command lines are shortened first, then dropped with labels and paths.
 * No member is ever null: what is not known is absent. `additional` is not sent.
 */
export function encodeConversation(event: ConversationEvent, options: EncodeOptions = {}): string {
  const { interfaceKey = 'IF_NAME' } = options;
  const encoder = encoders.get(interfaceKey) ?? new ConversationEncoder(options);
  encoders.set(interfaceKey, encoder);
  return encoder.encode(event, 0).toString();
}

const TIMESTAMP = literal('"timestamp":');
const TCP_EVENT_TYPE = literal('"TCP_EVENT_TYPE":');
const UDP_EVENT_TYPE = literal('"UDP_EVENT_TYPE":');
const IF_NAME = literal('"IF_NAME":');
const INTERFACE_NAME = literal('"INTERFACE_NAME":');
const EXPORTER_IPV4_ADDRESS = literal('"EXPORTER_IPV4_ADDRESS":');
const EXPORTER_IPV6_ADDRESS = literal('"EXPORTER_IPV6_ADDRESS":');
const NW_LATENCY_MS = literal('"NW_LATENCY_MS":');
const PROCESS_KEYS = {
  process: literal('"LOCAL_PROCESS":'),
  parent: literal('"LOCAL_FATHER_PROCESS":'),
  evidence: literal('"X_EVIDENCE":'),
};
const LOCAL_CONTAINER = literal('"LOCAL_CONTAINER":');

/** Writes events into memory of its own. */
export class ConversationEncoder {
  readonly writer = new JsonWriter(MEMORY_BYTES);
  readonly #processes = new ProcessMembers(this.writer, PROCESS_KEYS);
  readonly #kinds: RepeatedMembers<FlowEventName | null, string | null, number, boolean>;
  readonly #reporters = new RepeatedMembers(this.writer, writeReporter);

  constructor(options: EncodeOptions) {
    const interfaceKey = options.interfaceKey ?? 'IF_NAME';
    this.#kinds = new RepeatedMembers(
      this.writer,
      (writer, name, interfaceName, protocol, isVersion6, room) =>
        writeKind(writer, name, interfaceName, protocol, isVersion6, interfaceKey, room),
    );
  }

  /** As `encodeConversation`, after the first `start` bytes of the memory, at most 8 KiB. It is there until the next call. */
  encode(event: ConversationEvent, start: number): JsonWriter {
    writeWithin(this.writer, (room) => this.#write(event, room, start));
    return this.writer;
  }

  #write(event: ConversationEvent, room: Room, start: number): void {
    const { writer } = this;
    const reporterIsServer = event.side === 'server';
    const reporter = reporterIsServer ? event.server : event.client;
    // The exporters swap the peers of an ACCEPT, and ntopng expects it: source is the initiator (docs/wire.md §10).
    const sourceIsClient = event.name === 'ACCEPT' || !reporterIsServer;
    const source = sourceIsClient ? event.client : event.server;
    const destination = sourceIsClient ? event.server : event.client;
    const isVersion6 = isIPv6(source.address);
    const { name } = event;
    writer.begin(start);
    writer.timestamp(TIMESTAMP, event.time);
    const kind = (name === null ? 0 : name.length) + SPREAD * lastUnit(event.interfaceName);
    this.#kinds.write(kind, name, event.interfaceName, event.protocol, isVersion6, room);
    writePeers(writer, name, isVersion6, source, destination, room);
    if (event.translated !== null)
      writeTranslated(writer, event.translated, sourceIsClient, isVersion6, room);
    writer.number(NW_LATENCY_MS, event.connectLatencyMs);
    writer.number(RETRAN_PKTS, event.retransmits);
    const { process, container } = reporter;
    if (process !== null) this.#processes.write(process, room);
    if (container !== null) writeContainer(writer, LOCAL_CONTAINER, container, room);
    writeMeasurements(writer, event, reporter, sourceIsClient);
    const side = event.oriented ? event.side : null;
    const where = Number(reporterIsServer) + SPREAD * lastUnit(event.location);
    this.#reporters.write(where, event.agent, event.exporter, side, event.location, room);
    if (Number.isSafeInteger(event.socket)) writer.number(X_SOCKET, event.socket);
    writer.text(X_HANDSHAKE, atMost(event.handshake, room.event));
    writer.text(X_FAILURE, event.failure);
    writer.text(X_REASON, atMost(event.reason, room.name));
    writer.end();
  }
}

const encoders = new Map<InterfaceKey, ConversationEncoder>();

const SPREAD = 5;

/** Names of interfaces and locations mostly differ in their last character. */
function lastUnit(text: string | null): number {
  return text === null || text === '' ? 0 : text.charCodeAt(text.length - 1);
}

function writeKind(
  writer: JsonWriter,
  name: FlowEventName | null,
  interfaceName: string | null,
  protocol: number,
  isVersion6: boolean,
  interfaceKey: InterfaceKey,
  room: Room,
): void {
  // ntopng has no word for a corrected owner: without a name it takes the event for a netstat, which does no harm.
  if (name === 'OWNER') writer.text(X_EVENT, name);
  else writer.text(protocol === PROTOCOL_TCP ? TCP_EVENT_TYPE : UDP_EVENT_TYPE, name);
  const cut = atMost(interfaceName, room.event);
  if (interfaceKey !== 'INTERFACE_NAME') writer.text(IF_NAME, cut);
  if (interfaceKey !== 'IF_NAME') writer.text(INTERFACE_NAME, cut);
  writer.number(IP_PROTOCOL_VERSION, isVersion6 ? 6 : 4);
  writer.number(PROTOCOL, protocol);
}

function writeReporter(
  writer: JsonWriter,
  agent: string | null,
  exporter: string | null,
  side: Side | null,
  location: string | null,
  room: Room,
): void {
  if (exporter !== null) {
    const key = isIPv6(exporter) ? EXPORTER_IPV6_ADDRESS : EXPORTER_IPV4_ADDRESS;
    writer.text(key, atMost(exporter, room.event));
  }
  writer.text(X_AGENT, atMost(agent, room.event));
  writer.text(X_SIDE, side);
  writer.text(X_LOCATION, atMost(location, room.event));
}

const IP_PROTOCOL_VERSION = literal('"IP_PROTOCOL_VERSION":');
const PROTOCOL = literal('"PROTOCOL":');
const ACCEPT_PEERS = {
  sourceIPv4: literal('"IPV4_SRC_ADDR":'),
  sourceIPv6: literal('"IPV6_SRC_ADDR":'),
  sourcePort: literal('"L4_SRC_PORT":'),
  destinationIPv4: literal('"IPV4_DST_ADDR":'),
  destinationIPv6: literal('"IPV6_DST_ADDR":'),
  destinationPort: literal('"L4_DST_PORT":'),
};
const PEERS: typeof ACCEPT_PEERS = {
  sourceIPv4: literal('"IPV4_LOCAL_ADDR":'),
  sourceIPv6: literal('"IPV6_LOCAL_ADDR":'),
  sourcePort: literal('"L4_LOCAL_PORT":'),
  destinationIPv4: literal('"IPV4_REMOTE_ADDR":'),
  destinationIPv6: literal('"IPV6_REMOTE_ADDR":'),
  destinationPort: literal('"L4_REMOTE_PORT":'),
};

function writePeers(
  writer: JsonWriter,
  name: FlowEventName | null,
  isVersion6: boolean,
  source: EventEndpoint,
  destination: EventEndpoint,
  room: Room,
): void {
  const keys = name === 'ACCEPT' ? ACCEPT_PEERS : PEERS;
  writer.text(isVersion6 ? keys.sourceIPv6 : keys.sourceIPv4, atMost(source.address, room.event));
  writer.number(keys.sourcePort, source.port);
  writer.text(
    isVersion6 ? keys.destinationIPv6 : keys.destinationIPv4,
    atMost(destination.address, room.event),
  );
  writer.number(keys.destinationPort, destination.port);
}

const POST_NAT_SRC_IPV4_ADDR = literal('"POST_NAT_SRC_IPV4_ADDR":');
const POST_NAT_SRC_IPV6_ADDR = literal('"POST_NAT_SRC_IPV6_ADDR":');
const POST_NAT_DST_IPV4_ADDR = literal('"POST_NAT_DST_IPV4_ADDR":');
const POST_NAT_DST_IPV6_ADDR = literal('"POST_NAT_DST_IPV6_ADDR":');
const POST_NAPT_SRC_TRANSPORT_PORT = literal('"POST_NAPT_SRC_TRANSPORT_PORT":');
const POST_NAPT_DST_TRANSPORT_PORT = literal('"POST_NAPT_DST_TRANSPORT_PORT":');

/** IPFIX's elements 225 to 228, 281 and 282, which flow exporters use as well. */
function writeTranslated(
  writer: JsonWriter,
  { client, server }: ConversationEnds,
  sourceIsClient: boolean,
  isVersion6: boolean,
  room: Room,
): void {
  const [source, destination] = sourceIsClient ? [client, server] : [server, client];
  const [sourceKey, destinationKey] = isVersion6
    ? [POST_NAT_SRC_IPV6_ADDR, POST_NAT_DST_IPV6_ADDR]
    : [POST_NAT_SRC_IPV4_ADDR, POST_NAT_DST_IPV4_ADDR];
  writer.text(sourceKey, atMost(source.address, room.event));
  writer.number(POST_NAPT_SRC_TRANSPORT_PORT, source.port);
  writer.text(destinationKey, atMost(destination.address, room.event));
  writer.number(POST_NAPT_DST_TRANSPORT_PORT, destination.port);
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
function writeMeasurements(
  writer: JsonWriter,
  event: ConversationEvent,
  reporter: EventEndpoint,
  sourceIsClient: boolean,
): void {
  const isTcp = event.protocol === PROTOCOL_TCP;
  if (event.counters !== null && !isTcp) writeTotals(writer, OTHER_TOTALS, event.counters, sourceIsClient);
  const start = writer.length;
  writer.open(TCP);
  if (event.state !== null) writer.text(CONN_STATE, tcpStateName(event.state));
  if (event.counters !== null && isTcp) writeTotals(writer, TCP_TOTALS, event.counters, sourceIsClient);
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
  readonly packetsBack: Literal;
  readonly packetsOut: Literal;
  readonly bytesBack: Literal;
  readonly bytesOut: Literal;
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

function writeTotals(
  writer: JsonWriter,
  keys: TotalsKeys,
  counters: EventCounters,
  sourceIsClient: boolean,
): void {
  const { bytesSent, bytesReceived, packetsSent, packetsReceived } = counters;
  writer.number(keys.packetsBack, sourceIsClient ? packetsReceived : packetsSent);
  writer.number(keys.packetsOut, sourceIsClient ? packetsSent : packetsReceived);
  writer.number(keys.bytesBack, sourceIsClient ? bytesReceived : bytesSent);
  writer.number(keys.bytesOut, sourceIsClient ? bytesSent : bytesReceived);
}

const X_EVENT = literal('"X_EVENT":');
const X_AGENT = literal('"X_AGENT":');
const X_SIDE = literal('"X_SIDE":');
const X_LOCATION = literal('"X_LOCATION":');
const X_SOCKET = literal('"X_SOCKET":');
const X_HANDSHAKE = literal('"X_HANDSHAKE":');
const X_FAILURE = literal('"X_FAILURE":');
const X_REASON = literal('"X_REASON":');
