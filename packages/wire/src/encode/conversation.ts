/** Our agent's events in the nested dialect, exactly as ntopng and ebpflowexport name things (docs/wire.md §5, §13). */
import type { Container, ConversationEvent, EventEndpoint, ParentProcess, Process } from '@packetless/model';
import { isIPv6 } from '../dialect/address.js';
import { MAX_CONTAINER_ID, MAX_IMAGE, MAX_LABELS, MAX_NAME, MAX_PATH } from '../dialect/limits.js';
import { tcpStateName } from '../dialect/tcp-state.js';
import { cutText } from '../dialect/value.js';
import { formatTimestamp } from './timestamp.js';

export interface EncodeOptions {
  /** Key of the interface's name. `INTERFACE_NAME` ends ntopng 5.4 to 6.x (docs/wire.md §11.10); default `IF_NAME`. */
  readonly interfaceKey?: 'IF_NAME' | 'INTERFACE_NAME' | 'both';
}

/** What every ntopng has room for. */
export const MAX_EVENT_BYTES = 8192;

const PROTOCOL_TCP = 6;
/** So much of each command line stays when an event is too long. */
const SHORTENED_CMDLINE = 512;

type JsonValue = string | number | JsonRecord;
interface JsonRecord {
  [key: string]: JsonValue;
}

/**
 * One event as JSON text of at most 8 KiB: command lines are shortened first, then dropped with labels and paths.
 * No member is ever null: what is not known is absent. `additional` is not sent.
 */
export function encodeConversation(event: ConversationEvent, options: EncodeOptions = {}): string {
  const record = conversationRecord(event, options.interfaceKey ?? 'IF_NAME');
  const text = JSON.stringify(record);
  // A UTF-16 unit is at most three bytes of UTF-8.
  if (text.length * 3 <= MAX_EVENT_BYTES || Buffer.byteLength(text) <= MAX_EVENT_BYTES) return text;
  return shorten(record);
}

function conversationRecord(
  event: ConversationEvent,
  interfaceKey: 'IF_NAME' | 'INTERFACE_NAME' | 'both',
): JsonRecord {
  const reporterIsServer = event.side === 'server';
  const reporter = reporterIsServer ? event.server : event.client;
  // The exporters swap the peers of an ACCEPT, and ntopng expects it: source is the initiator (docs/wire.md §10).
  const accept = event.name === 'ACCEPT';
  const sourceIsClient = accept || !reporterIsServer;
  const source = sourceIsClient ? event.client : event.server;
  const destination = sourceIsClient ? event.server : event.client;
  const isTcp = event.protocol === PROTOCOL_TCP;

  const record: JsonRecord = { timestamp: formatTimestamp(event.time) };
  if (event.name !== null) record[isTcp ? 'TCP_EVENT_TYPE' : 'UDP_EVENT_TYPE'] = event.name;
  if (event.interfaceName !== null) {
    if (interfaceKey !== 'INTERFACE_NAME') record.IF_NAME = event.interfaceName;
    if (interfaceKey !== 'IF_NAME') record.INTERFACE_NAME = event.interfaceName;
  }
  const version = isIPv6(source.address) ? 6 : 4;
  record.IP_PROTOCOL_VERSION = version;
  record.PROTOCOL = event.protocol;
  record[`IPV${version}_${accept ? 'SRC' : 'LOCAL'}_ADDR`] = source.address;
  record[accept ? 'L4_SRC_PORT' : 'L4_LOCAL_PORT'] = source.port;
  record[`IPV${version}_${accept ? 'DST' : 'REMOTE'}_ADDR`] = destination.address;
  record[accept ? 'L4_DST_PORT' : 'L4_REMOTE_PORT'] = destination.port;
  if (event.exporter !== null) {
    record[isIPv6(event.exporter) ? 'EXPORTER_IPV6_ADDRESS' : 'EXPORTER_IPV4_ADDRESS'] = event.exporter;
  }
  addNumber(record, 'NW_LATENCY_MS', event.connectLatencyMs);
  addNumber(record, 'RETRAN_PKTS', event.retransmits);
  if (reporter.process !== null) addProcess(record, reporter.process);
  if (reporter.container !== null) record.LOCAL_CONTAINER = containerRecord(reporter.container);
  addMeasurements(record, event, reporter, sourceIsClient);
  addOwnFields(record, event);
  return record;
}

/** State, health and totals: in the `TCP` object, or beside it for protocols without one. Totals are the source's. */
function addMeasurements(
  record: JsonRecord,
  event: ConversationEvent,
  reporter: EventEndpoint,
  sourceIsClient: boolean,
): void {
  const { counters } = event;
  const isTcp = event.protocol === PROTOCOL_TCP;
  const tcp: JsonRecord = {};
  if (event.state !== null) tcp.CONN_STATE = tcpStateName(event.state);
  if (counters !== null) {
    const totals = isTcp ? tcp : record;
    const bytesOut = sourceIsClient ? counters.bytesSent : counters.bytesReceived;
    const bytesBack = sourceIsClient ? counters.bytesReceived : counters.bytesSent;
    const packetsOut = sourceIsClient ? counters.packetsSent : counters.packetsReceived;
    const packetsBack = sourceIsClient ? counters.packetsReceived : counters.packetsSent;
    addNumber(totals, isTcp ? 'SEGS_IN' : 'OUT_PKTS', packetsBack);
    addNumber(totals, isTcp ? 'SEGS_OUT' : 'IN_PKTS', packetsOut);
    addNumber(totals, isTcp ? 'BYTES_RCVD' : 'OUT_BYTES', bytesBack);
    addNumber(totals, isTcp ? 'BYTES_ACKED' : 'IN_BYTES', bytesOut);
  }
  const health = reporter.tcp;
  if (health !== null) {
    addNumber(tcp, 'UNACK_SEGMENTS', health.unacknowledged);
    addNumber(tcp, 'RETRAN_PKTS', health.retransmits);
    addNumber(tcp, 'LOST_PKTS', health.lost);
    addNumber(tcp, 'OOO_PKTS', health.outOfOrder);
    addNumber(tcp, 'RTT', health.rttMs);
    addNumber(tcp, 'RTT_VARIANCE', health.rttVarMs);
  }
  for (const _ in tcp) {
    record.TCP = tcp;
    break;
  }
}

/** A number that no reader could make sense of is left out: JSON would turn NaN into null, which ends a peer. */
function addNumber(record: JsonRecord, key: string, value: number | null): void {
  if (value !== null && value >= 0 && value !== Number.POSITIVE_INFINITY) record[key] = value;
}

function addOwnFields(record: JsonRecord, event: ConversationEvent): void {
  if (event.agent !== null) record.X_AGENT = event.agent;
  if (event.oriented && event.side !== null) record.X_SIDE = event.side;
  if (event.location !== null) record.X_LOCATION = event.location;
  if (Number.isSafeInteger(event.socket)) addNumber(record, 'X_SOCKET', event.socket);
  if (event.handshake !== null) record.X_HANDSHAKE = event.handshake;
  if (event.failure !== null) record.X_FAILURE = event.failure;
}

function addProcess(record: JsonRecord, process: Process): void {
  record.LOCAL_PROCESS = processRecord(process, process.tid);
  if (process.parent !== null) record.LOCAL_FATHER_PROCESS = processRecord(process.parent, null);
  if (process.evidence !== 'none') record.X_EVIDENCE = process.evidence;
}

function processRecord(process: ParentProcess, tid: number | null): JsonRecord {
  const record: JsonRecord = { PID: process.pid };
  if (process.uid !== null) record.UID = process.uid;
  if (process.user !== null) record.UID_NAME = atMost(process.user, MAX_NAME);
  if (process.gid !== null) record.GID = process.gid;
  if (process.group !== null) record.GID_NAME = atMost(process.group, MAX_NAME);
  if (tid !== null) record.TID = tid;
  record.PROCESS_PATH = atMost(process.exe ?? process.name, MAX_PATH);
  if (process.cmdline !== null) record.PROCESS_CMDLINE = atMost(process.cmdline, MAX_EVENT_BYTES);
  return record;
}

/** The id stands outside and inside, because readers look in either place only. */
function containerRecord(container: Container): JsonRecord {
  const id = atMost(container.id, MAX_CONTAINER_ID);
  const record: JsonRecord = { ID: id };
  if (container.pod !== null || container.namespace !== null) {
    const pod: JsonRecord = { ID: id };
    if (container.name !== null) pod.NAME = atMost(container.name, MAX_NAME);
    if (container.pod !== null) pod.POD = atMost(container.pod, MAX_NAME);
    if (container.namespace !== null) pod.NS = atMost(container.namespace, MAX_NAME);
    record.K8S = pod;
  } else {
    const docker: JsonRecord = { ID: id };
    if (container.name !== null) docker.NAME = atMost(container.name, MAX_NAME);
    record.DOCKER = docker;
  }
  // Always said: without it a reader of ours takes DOCKER at its word.
  record.RUNTIME = atMost(container.runtime ?? '', MAX_NAME);
  if (container.image !== null) record.IMAGE = atMost(container.image, MAX_IMAGE);
  const labels: JsonRecord = {};
  let count = 0;
  for (const key in container.labels) {
    if (count === MAX_LABELS) break;
    if (key === '__proto__' || key.length > MAX_NAME) continue;
    labels[key] = atMost(container.labels[key]!, MAX_NAME);
    count++;
  }
  if (count > 0) record.LABELS = labels;
  return record;
}

/** Step by step from what is missed least, until the event fits. */
function shorten(record: JsonRecord): string {
  const parts = ['LOCAL_PROCESS', 'LOCAL_FATHER_PROCESS'].map((key) => record[key]);
  const processes = parts.filter((part): part is JsonRecord => typeof part === 'object');
  const container = record.LOCAL_CONTAINER;
  const steps: readonly (() => void)[] = [
    () => limitMembers(processes, 'PROCESS_CMDLINE', SHORTENED_CMDLINE),
    () => {
      if (typeof container === 'object') delete container.LABELS;
    },
    () => limitMembers(processes, 'PROCESS_CMDLINE', 0),
    () => limitMembers(processes, 'PROCESS_PATH', MAX_NAME),
    // What is left is bounded by its fields' own limits, unless a caller's other texts are beyond reason.
    () => {
      for (const key in record) {
        const value = record[key]!;
        if (typeof value === 'string') record[key] = atMost(value, MAX_NAME);
        else if (typeof value === 'object') limitTexts(value, 32);
      }
    },
  ];
  let text = '';
  for (const step of steps) {
    step();
    text = JSON.stringify(record);
    if (Buffer.byteLength(text) <= MAX_EVENT_BYTES) break;
  }
  return text;
}

function limitMembers(objects: readonly JsonRecord[], key: string, limit: number): void {
  for (const object of objects) {
    const value = object[key];
    if (typeof value !== 'string' || value.length <= limit) continue;
    if (limit === 0) delete object[key];
    else object[key] = cutText(value, limit);
  }
}

function limitTexts(object: JsonRecord, limit: number): void {
  for (const key in object) {
    const value = object[key]!;
    if (typeof value === 'string') object[key] = atMost(value, limit);
    else if (typeof value === 'object') limitTexts(value, limit);
  }
}

function atMost(text: string, limit: number): string {
  return text.length <= limit ? text : cutText(text, limit);
}
