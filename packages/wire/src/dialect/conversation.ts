/** One JSON record of topic `flow` → one event: the place where the dialects become one. */
import {
  type Container,
  type ConversationEnds,
  type ConversationEvent,
  type EventCounters,
  type EventEndpoint,
  PACKET_SOCKET,
  type Process,
  sameEnds,
} from '@packetless/model';
import type { HeaderLayout } from '../header.js';
import type { RejectReason } from '../reject.js';
import { isIPv6, isUnspecified } from './address.js';
import { containerOfId, readContainer } from './container.js';
import { Draft } from './draft.js';
import { readFields } from './fields.js';
import { isFlat, orient } from './orientation.js';
import { readFlatProcess, readProcess } from './process.js';
import type { JsonObject } from './value.js';

const PROTOCOL_ICMP = 1;
const PROTOCOL_ICMPV6 = 58;
/** Protocols that have ports: without them there is no conversation to speak of. */
const PROTOCOL_TCP = 6;
const PROTOCOL_UDP = 17;
const PROTOCOL_SCTP = 132;

/** `listening`: a listening socket is no conversation. */
export type ConversationResult =
  | { readonly event: ConversationEvent }
  | { readonly reject: RejectReason }
  | 'listening';

/** `receivedAt`: epoch milliseconds, for a record without a time. */
export function decodeConversation(
  record: JsonObject,
  layout: HeaderLayout,
  receivedAt: number,
): ConversationResult {
  const draft = new Draft();
  readFields(draft, record);
  if (draft.badField) return { reject: 'bad field' };

  const { srcAddress, dstAddress } = draft;
  const protocol = draft.protocol ?? (draft.hasTcp ? PROTOCOL_TCP : null);
  if (srcAddress === null || dstAddress === null || protocol === null) return { reject: 'missing field' };
  const toNobody = isUnspecified(dstAddress) && draft.dstPort === 0 && protocol !== PACKET_SOCKET;
  if (draft.state === 'LISTEN' || toNobody) return 'listening';
  if (isIPv6(srcAddress) !== isIPv6(dstAddress)) return { reject: 'bad field' };
  if (protocol === PROTOCOL_ICMP || protocol === PROTOCOL_ICMPV6) {
    draft.srcPort = 0;
    draft.dstPort = 0;
  } else if (draft.srcPort === null || draft.dstPort === null) {
    const hasPorts = protocol === PROTOCOL_TCP || protocol === PROTOCOL_UDP || protocol === PROTOCOL_SCTP;
    if (hasPorts) return { reject: 'missing field' };
  }

  const flat = isFlat(draft);
  const { clientIsSource, reporterIsSource, oriented } = orient(draft);
  const sourceReports = reporterIsSource !== false;
  const local = readLocal(draft, layout);
  const remote = readRemote(draft, layout);
  const nestedSource = sourceReports ? local : remote;
  const nestedDestination = sourceReports ? remote : local;
  const source: EventEndpoint = {
    address: srcAddress,
    port: draft.srcPort ?? 0,
    process: nestedSource.process ?? readFlatProcess(draft.srcProcess),
    container: nestedSource.container ?? containerOfId(draft.srcProcess?.containerId ?? null),
    tcp: sourceReports ? draft.health : null,
  };
  const destination: EventEndpoint = {
    address: dstAddress,
    port: draft.dstPort ?? 0,
    process: nestedDestination.process ?? readFlatProcess(draft.dstProcess),
    container: nestedDestination.container ?? containerOfId(draft.dstProcess?.containerId ?? null),
    tcp: sourceReports ? null : draft.health,
  };
  // Only now has everything been read that may hold unknown fields.
  if (draft.additional?.tooDeep) return { reject: 'too deep' };

  return {
    event: {
      type: draft.name === null && !flat ? 'netstat' : 'flow',
      name: draft.name,
      time: draft.time ?? draft.lastSwitched ?? draft.firstSwitched ?? receivedAt,
      protocol,
      client: clientIsSource ? source : destination,
      server: clientIsSource ? destination : source,
      side: reporterIsSource === null ? null : reporterIsSource === clientIsSource ? 'client' : 'server',
      oriented,
      interfaceName: draft.interfaceName,
      exporter: draft.exporter ?? draft.probe,
      agent: draft.agent,
      location: draft.location,
      socket: draft.socket,
      handshake: draft.handshake,
      translated: readTranslated(draft, source, destination, clientIsSource),
      state: draft.state,
      counters: readCounters(draft, flat, clientIsSource),
      connectLatencyMs: draft.latencyMs ?? positive(draft.clientLatencyMs),
      retransmits: draft.retransmits,
      failure: draft.failure,
      reason: draft.reason,
      additional: draft.additional === null ? null : draft.additional.toJson(),
    },
  };
}

/** Null where nothing is translated, or into addresses of the other family, which is another conversation (NAT64). */
function readTranslated(
  draft: Draft,
  source: EventEndpoint,
  destination: EventEndpoint,
  clientIsSource: boolean,
): ConversationEnds | null {
  const { postSrcAddress, postSrcPort, postDstAddress, postDstPort } = draft;
  if (postSrcAddress === null && postSrcPort === null && postDstAddress === null && postDstPort === null)
    return null;
  // What has no ports cannot be told from another conversation of the same hosts.
  if (source.port === 0 && destination.port === 0) return null;
  const from = { address: postSrcAddress ?? source.address, port: postSrcPort ?? source.port };
  const to = { address: postDstAddress ?? destination.address, port: postDstPort ?? destination.port };
  const version6 = isIPv6(source.address);
  if (isIPv6(from.address) !== version6 || isIPv6(to.address) !== version6) return null;
  const [before, after] = clientIsSource
    ? [
        { client: source, server: destination },
        { client: from, server: to },
      ]
    : [
        { client: destination, server: source },
        { client: to, server: from },
      ];
  return sameEnds(before, after) ? null : after;
}

interface Identity {
  readonly process: Process | null;
  readonly container: Container | null;
}

function readLocal(draft: Draft, layout: HeaderLayout): Identity {
  const process = readProcess(
    draft,
    'LOCAL_PROCESS',
    draft.localProcess,
    'LOCAL_FATHER_PROCESS',
    draft.localParent,
    {
      exchangedIds: isEbpflowexport(draft, layout),
      evidence: draft.evidence ?? 'none',
      tid: draft.tid,
    },
  );
  return { process, container: readContainer(draft.localContainer) };
}

function readRemote(draft: Draft, layout: HeaderLayout): Identity {
  const process = readProcess(
    draft,
    'REMOTE_PROCESS',
    draft.remoteProcess,
    'REMOTE_FATHER_PROCESS',
    draft.remoteParent,
    { exchangedIds: isEbpflowexport(draft, layout), evidence: 'none', tid: null },
  );
  return { process, container: readContainer(draft.remoteContainer) };
}

/**
 * ebpflowexport alone combines these: always the v0 header, SRC/DST names, and an event name on every record.
 * Our agent, which also writes SRC/DST names for an ACCEPT, sends v1 and names itself (docs/wire.md §11.2).
 */
function isEbpflowexport(draft: Draft, layout: HeaderLayout): boolean {
  return (
    layout === 'v0' && draft.sourceNames && !draft.localNames && draft.name !== null && draft.agent === null
  );
}

/** Totals in the nested dialect, differences in the flat one (docs/wire.md §5.1). */
function readCounters(draft: Draft, flat: boolean, clientIsSource: boolean): EventCounters | null {
  const fromTcp = draft.tcpBytesOut !== null || draft.tcpBytesIn !== null;
  const out = fromTcp ? draft.tcpBytesOut : draft.inBytes;
  const back = fromTcp ? draft.tcpBytesIn : draft.outBytes;
  if (out === null && back === null) return null;
  const packetsOut = fromTcp ? draft.tcpSegmentsOut : draft.inPackets;
  const packetsBack = fromTcp ? draft.tcpSegmentsIn : draft.outPackets;
  return {
    kind: flat ? 'delta' : 'absolute',
    bytesSent: (clientIsSource ? out : back) ?? 0,
    bytesReceived: (clientIsSource ? back : out) ?? 0,
    packetsSent: clientIsSource ? packetsOut : packetsBack,
    packetsReceived: clientIsSource ? packetsBack : packetsOut,
  };
}

/** Flow exporters write 0 for a latency they do not know. */
function positive(number: number | null): number | null {
  return number === null || number === 0 ? null : number;
}
