/** A flow record while it is read: what its keys said, before anyone decides who is client and who is server. */
import type { Evidence, Failure, FlowEventName, Side, TcpHealth, TcpState } from '@packetless/model';
import { AdditionalFields } from './additional.js';
import type { JsonObject } from './value.js';

/** One side of the flat dialect (docs/wire.md §5.3). */
export class FlatProcess {
  pid: number | null = null;
  path: string | null = null;
  uid: number | null = null;
  gid: number | null = null;
  user: string | null = null;
  cmdline: string | null = null;
  containerId: string | null = null;
  parentPid: number | null = null;
  parentPath: string | null = null;
  parentUid: number | null = null;
  parentGid: number | null = null;
  parentUser: string | null = null;
}

export class Draft {
  srcAddress: string | null = null;
  srcPort: number | null = null;
  dstAddress: string | null = null;
  dstPort: number | null = null;
  protocol: number | null = null;
  /** The same ends behind a translation of addresses. */
  postSrcAddress: string | null = null;
  postSrcPort: number | null = null;
  postDstAddress: string | null = null;
  postDstPort: number | null = null;
  /** The ends were named LOCAL and REMOTE: the reporting host is the source. */
  localNames = false;
  /** The ends were named SRC and DST, by name. */
  sourceNames = false;

  name: FlowEventName | null = null;
  time: number | null = null;
  firstSwitched: number | null = null;
  lastSwitched: number | null = null;
  interfaceName: string | null = null;
  exporter: string | null = null;
  probe: string | null = null;

  /** Source → destination, and back. */
  inBytes: number | null = null;
  inPackets: number | null = null;
  outBytes: number | null = null;
  outPackets: number | null = null;

  latencyMs: number | null = null;
  clientLatencyMs: number | null = null;
  retransmits: number | null = null;
  tid: number | null = null;

  localProcess: JsonObject | null = null;
  localParent: JsonObject | null = null;
  localContainer: JsonObject | null = null;
  remoteProcess: JsonObject | null = null;
  remoteParent: JsonObject | null = null;
  remoteContainer: JsonObject | null = null;
  srcProcess: FlatProcess | null = null;
  dstProcess: FlatProcess | null = null;

  /** The record has a `TCP` object. */
  hasTcp = false;
  state: TcpState | null = null;
  health: TcpHealth | null = null;
  /** From the `TCP` object: source → destination, and back. */
  tcpBytesOut: number | null = null;
  tcpBytesIn: number | null = null;
  tcpSegmentsOut: number | null = null;
  tcpSegmentsIn: number | null = null;

  agent: string | null = null;
  side: Side | null = null;
  location: string | null = null;
  socket: number | null = null;
  handshake: string | null = null;
  evidence: Evidence | null = null;
  failure: Failure | null = null;
  reason: string | null = null;

  /** A field without which there is no event has a value it cannot have. */
  badField = false;
  additional: AdditionalFields | null = null;

  /** Keeps a field that no one here knows. */
  keep(key: string, value: unknown): void {
    this.additional ??= new AdditionalFields();
    this.additional.add(key, value);
  }
}
