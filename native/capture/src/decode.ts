/**
 * Batches of records, as layout/flow_layout.h lays them out, to the types of flow.ts and name.ts. Little-endian.
 * A batch that breaks off or a record that makes no sense is rejected and counted, never read past its end.
 */
import { formatAddress, hexOf32 } from '@packetless/native';
import type { EndReason, Orientation, PacketFlow, PacketSide, PacketTcp, WireState } from './flow.js';
import {
  BATCH_HEADER,
  END_REASON,
  FLOW_FLAG,
  FLOW_RECORD,
  NAME_KIND,
  NAME_RECORD,
  ORIENTATION,
  QUIC_RECORD,
  RECORD_HEADER,
  RECORD_KIND,
  RECORD_VERSION,
  SIDE_COUNTERS,
  WIRE_STATE,
} from './layout.generated.js';
import type { NameKind, PacketName } from './name.js';

const TCP = 6;

const ORIENTATIONS: { readonly [number: number]: Orientation } = {
  [ORIENTATION.ORIENTED_FIRST_PACKET]: 'first packet',
  [ORIENTATION.ORIENTED_PORTS]: 'ports',
  [ORIENTATION.ORIENTED_HANDSHAKE]: 'handshake',
};

const STATES: { readonly [number: number]: WireState } = {
  [WIRE_STATE.WIRE_SYN_SENT]: 'SYN_SENT',
  [WIRE_STATE.WIRE_SYN_RECEIVED]: 'SYN_RECV',
  [WIRE_STATE.WIRE_ESTABLISHED]: 'ESTABLISHED',
  [WIRE_STATE.WIRE_HALF_CLOSED]: 'HALF_CLOSED',
  [WIRE_STATE.WIRE_CLOSED]: 'CLOSED',
  [WIRE_STATE.WIRE_RESET]: 'RESET',
};

const END_REASONS: { readonly [number: number]: EndReason } = {
  [END_REASON.END_CLOSED]: 'closed',
  [END_REASON.END_IDLE]: 'idle',
  [END_REASON.END_REUSED]: 'reused',
  [END_REASON.END_EVICTED]: 'evicted',
  [END_REASON.END_CAPTURE]: 'capture',
};

const NAME_KINDS: { readonly [number: number]: NameKind } = {
  [NAME_KIND.NAME_TLS_SERVER]: 'tls',
  [NAME_KIND.NAME_TLS_PROTOCOL]: 'alpn',
  [NAME_KIND.NAME_HTTP_HOST]: 'http',
  [NAME_KIND.NAME_DNS]: 'dns',
  [NAME_KIND.NAME_DHCP]: 'dhcp',
  [NAME_KIND.NAME_APPLICATION]: 'application',
  [NAME_KIND.NAME_CATEGORY]: 'category',
};

/** Who gets what a batch tells. */
export interface Takers {
  flows(flows: readonly PacketFlow[]): void;
  names(names: readonly PacketName[]): void;
  /** A datagram that begins a connection of QUIC. Nothing of it may be kept. */
  quic(flow: number, time: number, datagram: Uint8Array): void;
}

/** Objects of so many records live at the same time. */
const GROUP = 32;

/** Gives the records of a batch to their takers, some at a time. Returns how many were rejected. */
export function decodeBatch(batch: Uint8Array, takers: Takers): number {
  if (batch.length < BATCH_HEADER.byteLength) return 1;
  const view = new DataView(batch.buffer, batch.byteOffset, batch.length);
  if (view.getUint32(BATCH_HEADER.version, true) !== RECORD_VERSION.RECORD_VERSION) return 1;
  let at = view.getUint32(BATCH_HEADER.size, true);
  if (at < BATCH_HEADER.byteLength) return 1;
  const names = new Group(takers.names);
  // What a flow is called comes before the flow: who shows it then has both at once.
  const flows = new Group<PacketFlow>((told) => {
    names.give();
    takers.flows(told);
  });
  let rejected = 0;
  while (at < batch.length) {
    const size = sizeAt(view, at);
    if (size === null) {
      // The next record cannot be found without this one's size.
      rejected++;
      break;
    }
    if (!readRecord(batch, view, at, size, flows, names, takers)) rejected++;
    at += size;
  }
  flows.give();
  names.give();
  return rejected;
}

class Group<Item> {
  #items: Item[] = [];

  constructor(private readonly take: (items: readonly Item[]) => void) {}

  add(item: Item): void {
    this.#items.push(item);
    if (this.#items.length === GROUP) this.give();
  }

  give(): void {
    if (this.#items.length === 0) return;
    const items = this.#items;
    this.#items = [];
    this.take(items);
  }
}

function readRecord(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  size: number,
  flows: Group<PacketFlow>,
  names: Group<PacketName>,
  takers: Takers,
): boolean {
  if (view.getUint16(at + RECORD_HEADER.version, true) !== RECORD_VERSION.RECORD_VERSION) return false;
  switch (view.getUint16(at + RECORD_HEADER.kind, true)) {
    case RECORD_KIND.RECORD_FLOW: {
      const flow = readFlow(bytes, view, at, size);
      if (flow !== null) flows.add(flow);
      return flow !== null;
    }
    case RECORD_KIND.RECORD_NAME: {
      const name = readName(bytes, view, at, size);
      if (name !== null) names.add(name);
      return name !== null;
    }
    case RECORD_KIND.RECORD_QUIC: {
      if (size < QUIC_RECORD.byteLength) return false;
      const start = at + QUIC_RECORD.byteLength;
      const end = start + view.getUint32(at + QUIC_RECORD.length, true);
      if (end > at + size) return false;
      const flow = uint64(view, at + QUIC_RECORD.flowId);
      takers.quic(flow, milliseconds(view, at + RECORD_HEADER.timeNs), bytes.subarray(start, end));
      return true;
    }
    default:
      return false;
  }
}

function sizeAt(view: DataView, at: number): number | null {
  if (view.byteLength - at < RECORD_HEADER.byteLength) return null;
  const size = view.getUint32(at + RECORD_HEADER.size, true);
  return size >= RECORD_HEADER.byteLength && size <= view.byteLength - at ? size : null;
}

function readFlow(bytes: Uint8Array, view: DataView, at: number, size: number): PacketFlow | null {
  if (size < FLOW_RECORD.byteLength) return null;
  const orientation = ORIENTATIONS[bytes[at + FLOW_RECORD.orientation]!];
  if (orientation === undefined) return null;
  const flags = bytes[at + FLOW_RECORD.flags]!;
  const protocol = bytes[at + FLOW_RECORD.protocol]!;
  const isTcp = protocol === TCP;
  const clientAt = at + FLOW_RECORD.client;
  const serverAt = at + FLOW_RECORD.server;
  const ipVersion = bytes[at + FLOW_RECORD.ipVersion] === 4 ? 4 : 6;
  const side = (addressAt: number, portAt: number, countersAt: number): PacketSide => ({
    address: formatAddress(bytes, at + addressAt),
    port: view.getUint16(at + portAt, true),
    bytes: uint64(view, countersAt + SIDE_COUNTERS.bytes),
    packets: uint64(view, countersAt + SIDE_COUNTERS.packets),
    tcp: isTcp ? readTcp(bytes, view, countersAt) : null,
  });
  return {
    id: uint64(view, at + FLOW_RECORD.id),
    protocol,
    ipVersion,
    vlan: view.getUint16(at + FLOW_RECORD.vlan, true) || null,
    client: side(FLOW_RECORD.clientAddress, FLOW_RECORD.clientPort, clientAt),
    server: side(FLOW_RECORD.serverAddress, FLOW_RECORD.serverPort, serverAt),
    orientation,
    firstTime: milliseconds(view, at + FLOW_RECORD.firstNs),
    lastTime: milliseconds(view, at + FLOW_RECORD.lastNs),
    state: STATES[bytes[at + FLOW_RECORD.state]!] ?? null,
    handshake:
      (flags & FLOW_FLAG.FLOW_HANDSHAKE_SEEN) === 0
        ? null
        : sequence(view, clientAt) + sequence(view, serverAt),
    ended: END_REASONS[bytes[at + FLOW_RECORD.endReason]!] ?? null,
    fragmented: (flags & FLOW_FLAG.FLOW_FRAGMENTED) !== 0,
    withoutPorts: (flags & FLOW_FLAG.FLOW_WITHOUT_PORTS) !== 0,
    tunnelled: (flags & FLOW_FLAG.FLOW_TUNNELLED) !== 0,
    icmpError:
      (flags & FLOW_FLAG.FLOW_ICMP_ERROR) === 0
        ? null
        : { type: bytes[at + FLOW_RECORD.icmpType]!, code: bytes[at + FLOW_RECORD.icmpCode]! },
  };
}

function readName(bytes: Uint8Array, view: DataView, at: number, size: number): PacketName | null {
  if (size < NAME_RECORD.byteLength) return null;
  const kind = NAME_KINDS[view.getUint32(at + NAME_RECORD.kind, true)];
  const length = view.getUint32(at + NAME_RECORD.length, true);
  if (kind === undefined || length > size - NAME_RECORD.byteLength) return null;
  const textAt = at + NAME_RECORD.byteLength;
  const isOfAddress = kind === 'dns' || kind === 'dhcp';
  return {
    kind,
    name: Buffer.from(bytes.buffer, bytes.byteOffset + textAt, length).toString('latin1'),
    time: milliseconds(view, at + RECORD_HEADER.timeNs),
    flow: isOfAddress ? null : uint64(view, at + NAME_RECORD.flowId),
    address: isOfAddress ? formatAddress(bytes, at + NAME_RECORD.address) : null,
  };
}

function readTcp(bytes: Uint8Array, view: DataView, at: number): PacketTcp {
  return {
    flags: bytes[at + SIDE_COUNTERS.tcpFlags]!,
    retransmits: view.getUint32(at + SIDE_COUNTERS.retransmits, true),
    outOfOrder: view.getUint32(at + SIDE_COUNTERS.outOfOrder, true),
    duplicates: view.getUint32(at + SIDE_COUNTERS.duplicates, true),
    zeroWindows: view.getUint32(at + SIDE_COUNTERS.zeroWindows, true),
    resets: view.getUint32(at + SIDE_COUNTERS.resets, true),
    handshakeRttMs: measured(view.getUint32(at + SIDE_COUNTERS.handshakeRttUs, true)),
    dataRttMs: measured(view.getUint32(at + SIDE_COUNTERS.dataRttUs, true)),
  };
}

function measured(microseconds: number): number | null {
  return microseconds === 0 ? null : microseconds / 1000;
}

function sequence(view: DataView, at: number): string {
  return hexOf32(view.getUint32(at + SIDE_COUNTERS.initialSequence, true));
}

/** Exact below 2^53. */
function uint64(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
}

function milliseconds(view: DataView, at: number): number {
  const high = view.getUint32(at + 4, true);
  // 2^32 is 4294 millions and so many; below 2^63 every sum of these is below 2^53, where numbers are exact.
  const rest = high * 967_296 + view.getUint32(at, true);
  const whole = Math.floor(rest / 1_000_000);
  return high * 4294 + whole + (rest - whole * 1_000_000) / 1_000_000;
}
