/**
 * Batches of records, as layout/record_layout.h lays them out, to the types of records.ts. Little-endian.
 * A batch that breaks off or a record that makes no sense is rejected and counted, never read past its end.
 */
import { formatAddress } from '@packetless/native';
import { FieldCache } from './field-cache.js';
import {
  BATCH_HEADER,
  CGROUP_FLAG,
  CGROUP_RECORD,
  DATAGRAM_PHASE,
  DATAGRAM_RECORD,
  DUPLEX,
  ENDS_FIELDS,
  EXIT_RECORD,
  INTERFACE_RECORD,
  LISTENER_RECORD,
  OWN_RESET_REASON,
  OWNER_EVIDENCE,
  OWNER_FIELDS,
  PROCESS_FLAG,
  PROCESS_RECORD,
  RECORD_HEADER,
  RECORD_KIND,
  RECORD_VERSION,
  RESET_BY,
  RETRANSMIT_CAUSE,
  SOCKET_FIELDS,
  SOCKET_FLAG,
  SOCKET_SIDE,
  SWEEP_RECORD,
  TCP_COUNTERS,
  TCP_RECORD,
  TRANSLATION_PHASE,
  TRANSLATION_RECORD,
  TRANSLATIONS_TOLD_RECORD,
} from './layout.generated.js';
import type {
  CgroupRecord,
  DatagramRecord,
  Ends,
  ExitRecord,
  InterfaceRecord,
  KernelRecord,
  ListenerRecord,
  Owner,
  OwnerEvidence,
  ParentTask,
  ProcessRecord,
  Reset,
  RetransmitCause,
  SweepRecord,
  TcpCounters,
  TcpRecord,
  TranslationRecord,
  TranslationsToldRecord,
} from './records.js';

const TCP_KINDS: { readonly [kind: number]: TcpRecord['kind'] } = {
  [RECORD_KIND.RECORD_CONNECT]: 'connect',
  [RECORD_KIND.RECORD_ACCEPT]: 'accept',
  [RECORD_KIND.RECORD_CONNECT_FAILED]: 'connect-failed',
  [RECORD_KIND.RECORD_CLOSE]: 'close',
  [RECORD_KIND.RECORD_RETRANSMIT]: 'retransmit',
  [RECORD_KIND.RECORD_OWNER]: 'owner',
  [RECORD_KIND.RECORD_NETSTAT]: 'netstat',
};

const EVIDENCES: { readonly [evidence: number]: OwnerEvidence } = {
  [OWNER_EVIDENCE.EVIDENCE_KERNEL]: 'kernel',
  [OWNER_EVIDENCE.EVIDENCE_IO]: 'io',
  [OWNER_EVIDENCE.EVIDENCE_SNAPSHOT]: 'snapshot',
  [OWNER_EVIDENCE.EVIDENCE_PROC]: 'proc',
};

const SIDES: { readonly [side: number]: 'client' | 'server' } = {
  [SOCKET_SIDE.SIDE_CLIENT]: 'client',
  [SOCKET_SIDE.SIDE_SERVER]: 'server',
};

const PHASES: { readonly [phase: number]: DatagramRecord['phase'] } = {
  [DATAGRAM_PHASE.PHASE_FIRST]: 'first',
  [DATAGRAM_PHASE.PHASE_UPDATE]: 'update',
  [DATAGRAM_PHASE.PHASE_END]: 'end',
};

const TRANSLATION_PHASES: { readonly [phase: number]: TranslationRecord['phase'] } = {
  [TRANSLATION_PHASE.TRANSLATION_BEGAN]: 'began',
  [TRANSLATION_PHASE.TRANSLATION_FOUND]: 'found',
  [TRANSLATION_PHASE.TRANSLATION_ENDED]: 'ended',
};

const CAUSES: { readonly [cause: number]: RetransmitCause } = {
  [RETRANSMIT_CAUSE.CAUSE_HANDSHAKE]: 'handshake',
  [RETRANSMIT_CAUSE.CAUSE_TIMEOUT]: 'timeout',
  [RETRANSMIT_CAUSE.CAUSE_RECOVERY]: 'fast retransmit',
  [RETRANSMIT_CAUSE.CAUSE_PROBE]: 'tail loss probe',
};

const RESETTERS: { readonly [by: number]: Reset['by'] } = {
  [RESET_BY.RESET_BY_PEER]: 'peer',
  [RESET_BY.RESET_BY_SELF]: 'self',
};

const OWN_RESET_REASONS: { readonly [reason: number]: string } = {
  [OWN_RESET_REASON.RESET_UNREAD_DATA]: 'closed with unread data',
  [OWN_RESET_REASON.RESET_LINGER]: 'closed with linger time 0',
};

const DUPLEXES: { readonly [duplex: number]: 'half' | 'full' } = {
  [DUPLEX.DUPLEX_HALF]: 'half',
  [DUPLEX.DUPLEX_FULL]: 'full',
};

const addresses = new FieldCache(formatAddress);
const names = new FieldCache((bytes, at) => {
  const end = bytes.subarray(at, at + NAME_LENGTH).indexOf(0);
  return bytes.toString('utf8', at, end < 0 ? at + NAME_LENGTH : at + end);
});
/** Task and interface names: NUL-padded (TASK_COMM_LEN, IFNAMSIZ). */
const NAME_LENGTH = 16;

const HEX_DIGITS = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));

/** Code of the digit with this place, 0 being the last one. */
function hexDigit(value: number, place: number): number {
  return HEX_DIGITS[(value >>> (4 * place)) & 15]!;
}

/** The kernel's reasons to reset a connection, by its own numbers, which differ from version to version. */
export type ResetReasons = readonly (string | undefined)[];

/**
 * So many are handed over at a time. What is alive when V8 collects its young generation is copied, and later has to be
 * collected from the old one: half of a batch would be, so no more is decoded than is used next.
 */
const GROUP = 32;

/**
 * Decodes one batch and hands its records over in their order, group by group. Returns how many could not be read; the
 * rest of a batch that breaks off counts as one. Throws only what `take` throws.
 */
export function decodeBatch(
  batch: Uint8Array,
  resetReasons: ResetReasons,
  take: (records: readonly KernelRecord[]) => void,
): number {
  const bytes = Buffer.from(batch.buffer, batch.byteOffset, batch.byteLength);
  if (bytes.length < BATCH_HEADER.byteLength) return 1;
  const start = bytes.readUInt32LE(BATCH_HEADER.size);
  const version = bytes.readUInt32LE(BATCH_HEADER.version);
  if (version !== RECORD_VERSION.RECORD_VERSION || start < BATCH_HEADER.byteLength || start > bytes.length) {
    return 1;
  }
  const decoder = new Decoder(
    bytes,
    Number(bytes.readBigInt64LE(BATCH_HEADER.wallOffsetNs)) / 1e6,
    resetReasons,
  );
  return decoder.decode(start, take);
}

/** TCP and UDP write their socket's fields out twice: spreading an object into another is six times slower. */
class Decoder {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  readonly #wallOffsetMs: number;
  readonly #resetReasons: ResetReasons;

  constructor(bytes: Buffer, wallOffsetMs: number, resetReasons: ResetReasons) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#wallOffsetMs = wallOffsetMs;
    this.#resetReasons = resetReasons;
  }

  decode(start: number, take: (records: readonly KernelRecord[]) => void): number {
    let records: KernelRecord[] = [];
    let rejected = 0;
    let at = start;
    while (at < this.#bytes.length) {
      const size = this.#sizeAt(at);
      if (size === null) {
        // The next record cannot be found without this one's size.
        rejected++;
        break;
      }
      const record = this.#record(at, size);
      if (record === null) rejected++;
      else records.push(record);
      if (records.length === GROUP) {
        take(records);
        records = [];
      }
      at += size;
    }
    if (records.length > 0) take(records);
    return rejected;
  }

  #sizeAt(at: number): number | null {
    if (this.#bytes.length - at < RECORD_HEADER.byteLength) return null;
    const size = this.#u32(at + RECORD_HEADER.size);
    return size >= RECORD_HEADER.byteLength && size <= this.#bytes.length - at ? size : null;
  }

  #record(at: number, size: number): KernelRecord | null {
    if (this.#u16(at + RECORD_HEADER.version) !== RECORD_VERSION.RECORD_VERSION) return null;
    const kind = this.#u16(at + RECORD_HEADER.kind);
    const tcpKind = TCP_KINDS[kind];
    if (tcpKind !== undefined) return size < TCP_RECORD.byteLength ? null : this.#tcp(at, tcpKind);
    switch (kind) {
      case RECORD_KIND.RECORD_DATAGRAMS:
        return size < DATAGRAM_RECORD.byteLength ? null : this.#datagrams(at);
      case RECORD_KIND.RECORD_PROCESS:
        return size < PROCESS_RECORD.byteLength ? null : this.#process(at, size);
      case RECORD_KIND.RECORD_EXIT:
        return size < EXIT_RECORD.byteLength ? null : this.#exit(at);
      case RECORD_KIND.RECORD_CGROUP:
        return size < CGROUP_RECORD.byteLength ? null : this.#cgroup(at, size);
      case RECORD_KIND.RECORD_LISTENER:
        return size < LISTENER_RECORD.byteLength ? null : this.#listener(at);
      case RECORD_KIND.RECORD_SWEEP:
        return size < SWEEP_RECORD.byteLength ? null : this.#sweep(at);
      case RECORD_KIND.RECORD_INTERFACE:
        return size < INTERFACE_RECORD.byteLength ? null : this.#interface(at);
      case RECORD_KIND.RECORD_TRANSLATION:
        return size < TRANSLATION_RECORD.byteLength ? null : this.#translation(at);
      case RECORD_KIND.RECORD_TRANSLATIONS_TOLD:
        return size < TRANSLATIONS_TOLD_RECORD.byteLength ? null : this.#translationsTold(at);
      default:
        return null;
    }
  }

  #tcp(at: number, kind: TcpRecord['kind']): TcpRecord {
    const socket = at + TCP_RECORD.socket;
    const latencyUs = this.#u32(at + TCP_RECORD.latencyUs);
    return {
      kind,
      time: this.#time(at + RECORD_HEADER.timeNs),
      socket: this.#number64(socket + SOCKET_FIELDS.cookie) || null,
      protocol: this.#u32(socket + SOCKET_FIELDS.protocol),
      netns: this.#u32(socket + SOCKET_FIELDS.netns) || null,
      localAddress: this.#address(socket + SOCKET_FIELDS.localAddress),
      localPort: this.#u16(socket + SOCKET_FIELDS.localPort),
      remoteAddress: this.#address(socket + SOCKET_FIELDS.remoteAddress),
      remotePort: this.#u16(socket + SOCKET_FIELDS.remotePort),
      side: SIDES[this.#u32(socket + SOCKET_FIELDS.side)] ?? null,
      owner: this.#owner(at + TCP_RECORD.owner),
      interfaceName: this.#name(socket + SOCKET_FIELDS.interfaceName),
      interfaceIndex: this.#u32(socket + SOCKET_FIELDS.interfaceIndex),
      state: this.#bytes[at + TCP_RECORD.state]!,
      latencyMs: latencyUs === 0 ? null : latencyUs / 1000,
      error: this.#has(socket, SOCKET_FLAG.SOCKET_ERROR_UNKNOWN) ? null : this.#u16(at + TCP_RECORD.error),
      count: this.#u32(at + TCP_RECORD.count),
      tcp: this.#isCounted(socket) ? this.#counters(at + TCP_RECORD.counters) : null,
      handshake: this.#handshake(at),
      cause: kind === 'retransmit' ? (CAUSES[this.#u16(at + TCP_RECORD.reason)] ?? null) : null,
      reset: kind === 'close' || kind === 'connect-failed' ? this.#reset(at) : null,
    };
  }

  #datagrams(at: number): DatagramRecord | null {
    const phase = PHASES[this.#u32(at + DATAGRAM_RECORD.phase)];
    if (phase === undefined) return null;
    const socket = at + DATAGRAM_RECORD.socket;
    const counted = this.#isCounted(socket);
    const packetsCounted = counted && !this.#has(socket, SOCKET_FLAG.SOCKET_PACKETS_UNKNOWN);
    return {
      kind: 'datagram',
      time: this.#time(at + RECORD_HEADER.timeNs),
      socket: this.#number64(socket + SOCKET_FIELDS.cookie) || null,
      protocol: this.#u32(socket + SOCKET_FIELDS.protocol),
      netns: this.#u32(socket + SOCKET_FIELDS.netns) || null,
      localAddress: this.#address(socket + SOCKET_FIELDS.localAddress),
      localPort: this.#u16(socket + SOCKET_FIELDS.localPort),
      remoteAddress: this.#address(socket + SOCKET_FIELDS.remoteAddress),
      remotePort: this.#u16(socket + SOCKET_FIELDS.remotePort),
      side: SIDES[this.#u32(socket + SOCKET_FIELDS.side)] ?? null,
      owner: this.#owner(at + DATAGRAM_RECORD.owner),
      interfaceName: this.#name(socket + SOCKET_FIELDS.interfaceName),
      interfaceIndex: this.#u32(socket + SOCKET_FIELDS.interfaceIndex),
      phase,
      firstTime: this.#time(at + DATAGRAM_RECORD.firstTimeNs),
      bytesSent: counted ? this.#number64(at + DATAGRAM_RECORD.bytesSent) : null,
      bytesReceived: counted ? this.#number64(at + DATAGRAM_RECORD.bytesReceived) : null,
      packetsSent: packetsCounted ? this.#number64(at + DATAGRAM_RECORD.packetsSent) : null,
      packetsReceived: packetsCounted ? this.#number64(at + DATAGRAM_RECORD.packetsReceived) : null,
    };
  }

  #process(at: number, size: number): ProcessRecord | null {
    const bytes = this.#bytes;
    const exeAt = at + PROCESS_RECORD.byteLength;
    const argvAt = exeAt + this.#u32(at + PROCESS_RECORD.exeLength);
    const parentExeAt = argvAt + this.#u32(at + PROCESS_RECORD.argvLength);
    const end = parentExeAt + this.#u32(at + PROCESS_RECORD.parentExeLength);
    if (end > at + size) return null;
    const flags = this.#u32(at + PROCESS_RECORD.flags);
    return {
      kind: 'process',
      time: this.#time(at + RECORD_HEADER.timeNs),
      pid: this.#u32(at + PROCESS_RECORD.pid),
      uid: this.#u32(at + PROCESS_RECORD.uid),
      gid: this.#u32(at + PROCESS_RECORD.gid),
      comm: this.#name(at + PROCESS_RECORD.comm),
      exe: argvAt === exeAt ? null : bytes.toString('utf8', exeAt, argvAt),
      argv: this.#strings(argvAt, parentExeAt),
      exeDeleted: (flags & PROCESS_FLAG.PROCESS_EXE_DELETED) !== 0,
      fromProc: (flags & PROCESS_FLAG.PROCESS_FROM_PROC) !== 0,
      argvTruncated: (flags & PROCESS_FLAG.PROCESS_ARGV_TRUNCATED) !== 0,
      parent: (flags & PROCESS_FLAG.PROCESS_HAS_PARENT) === 0 ? null : this.#parent(at, parentExeAt, end),
      cgroupId: this.#number64(at + PROCESS_RECORD.cgroupId),
      startTime: this.#time(at + PROCESS_RECORD.startTimeNs),
    };
  }

  #parent(at: number, exeAt: number, end: number): ParentTask {
    return {
      pid: this.#u32(at + PROCESS_RECORD.parentPid),
      uid: this.#u32(at + PROCESS_RECORD.parentUid),
      gid: this.#u32(at + PROCESS_RECORD.parentGid),
      comm: this.#name(at + PROCESS_RECORD.parentComm),
      exe: end === exeAt ? null : this.#bytes.toString('utf8', exeAt, end),
    };
  }

  #exit(at: number): ExitRecord {
    return {
      kind: 'exit',
      time: this.#time(at + RECORD_HEADER.timeNs),
      pid: this.#u32(at + EXIT_RECORD.pid),
    };
  }

  #cgroup(at: number, size: number): CgroupRecord | null {
    const pathAt = at + CGROUP_RECORD.byteLength;
    const end = pathAt + this.#u32(at + CGROUP_RECORD.pathLength);
    if (end > at + size) return null;
    const flags = this.#u32(at + CGROUP_RECORD.flags);
    return {
      kind: 'cgroup',
      time: this.#time(at + RECORD_HEADER.timeNs),
      cgroupId: this.#number64(at + CGROUP_RECORD.id),
      path: this.#bytes.toString('utf8', pathAt, end),
      pathCut: (flags & CGROUP_FLAG.CGROUP_PATH_CUT) !== 0,
      removed: (flags & CGROUP_FLAG.CGROUP_REMOVED) !== 0,
    };
  }

  #listener(at: number): ListenerRecord {
    const socket = at + LISTENER_RECORD.socket;
    const since = this.#number64(at + LISTENER_RECORD.sinceNs);
    return {
      kind: 'listener',
      time: this.#time(at + RECORD_HEADER.timeNs),
      socket: this.#number64(socket + SOCKET_FIELDS.cookie),
      protocol: this.#u32(socket + SOCKET_FIELDS.protocol),
      netns: this.#u32(socket + SOCKET_FIELDS.netns),
      address: this.#address(socket + SOCKET_FIELDS.localAddress),
      port: this.#u16(socket + SOCKET_FIELDS.localPort),
      owner: this.#owner(at + LISTENER_RECORD.owner),
      interfaceName: this.#name(socket + SOCKET_FIELDS.interfaceName),
      interfaceIndex: this.#u32(socket + SOCKET_FIELDS.interfaceIndex),
      since: since === 0 ? null : this.#time(at + LISTENER_RECORD.sinceNs),
      backlog: this.#u32(at + LISTENER_RECORD.backlog),
      backlogLimit: this.#u32(at + LISTENER_RECORD.backlogLimit),
    };
  }

  #sweep(at: number): SweepRecord {
    return {
      kind: 'sweep',
      time: this.#time(at + RECORD_HEADER.timeNs),
      conversations: this.#u32(at + SWEEP_RECORD.conversations),
      listeners: this.#u32(at + SWEEP_RECORD.listeners),
    };
  }

  #interface(at: number): InterfaceRecord {
    const speed = this.#number64(at + INTERFACE_RECORD.speedBps);
    const pid = this.#u32(at + INTERFACE_RECORD.pid);
    return {
      kind: 'interface',
      time: this.#time(at + RECORD_HEADER.timeNs),
      netns: this.#u32(at + INTERFACE_RECORD.netns),
      index: this.#u32(at + INTERFACE_RECORD.index),
      name: this.#name(at + INTERFACE_RECORD.name),
      type: this.#u32(at + INTERFACE_RECORD.type),
      flags: this.#u32(at + INTERFACE_RECORD.flags),
      operState: this.#u32(at + INTERFACE_RECORD.operState),
      duplex: DUPLEXES[this.#u32(at + INTERFACE_RECORD.duplex)] ?? null,
      mtu: this.#u32(at + INTERFACE_RECORD.mtu),
      peerIndex: this.#u32(at + INTERFACE_RECORD.peerIndex),
      peerNetns: this.#u32(at + INTERFACE_RECORD.peerNetns),
      pid: pid === 0 ? null : pid,
      speedBps: speed === 0 ? null : speed,
      bytesReceived: this.#number64(at + INTERFACE_RECORD.bytesReceived),
      packetsReceived: this.#number64(at + INTERFACE_RECORD.packetsReceived),
      errorsReceived: this.#number64(at + INTERFACE_RECORD.errorsReceived),
      dropsReceived: this.#number64(at + INTERFACE_RECORD.dropsReceived),
      bytesSent: this.#number64(at + INTERFACE_RECORD.bytesSent),
      packetsSent: this.#number64(at + INTERFACE_RECORD.packetsSent),
      errorsSent: this.#number64(at + INTERFACE_RECORD.errorsSent),
      dropsSent: this.#number64(at + INTERFACE_RECORD.dropsSent),
    };
  }

  #translation(at: number): TranslationRecord | null {
    const phase = TRANSLATION_PHASES[this.#u32(at + TRANSLATION_RECORD.phase)];
    if (phase === undefined) return null;
    return {
      kind: 'translation',
      phase,
      time: this.#time(at + RECORD_HEADER.timeNs),
      netns: this.#u32(at + TRANSLATION_RECORD.netns),
      protocol: this.#u32(at + TRANSLATION_RECORD.protocol),
      before: this.#ends(at + TRANSLATION_RECORD.before),
      after: this.#ends(at + TRANSLATION_RECORD.after),
    };
  }

  #ends(at: number): Ends {
    return {
      clientAddress: this.#address(at + ENDS_FIELDS.clientAddress),
      clientPort: this.#u16(at + ENDS_FIELDS.clientPort),
      serverAddress: this.#address(at + ENDS_FIELDS.serverAddress),
      serverPort: this.#u16(at + ENDS_FIELDS.serverPort),
    };
  }

  #translationsTold(at: number): TranslationsToldRecord {
    return {
      kind: 'translations-told',
      time: this.#time(at + RECORD_HEADER.timeNs),
      since: this.#time(at + TRANSLATIONS_TOLD_RECORD.sinceNs),
      netns: this.#u32(at + TRANSLATIONS_TOLD_RECORD.netns),
    };
  }

  #owner(at: number): Owner | null {
    const evidence = EVIDENCES[this.#u32(at + OWNER_FIELDS.evidence)];
    if (evidence === undefined) return null;
    return {
      pid: this.#u32(at + OWNER_FIELDS.pid),
      tid: this.#u32(at + OWNER_FIELDS.tid) || null,
      uid: this.#u32(at + OWNER_FIELDS.uid),
      gid: this.#u32(at + OWNER_FIELDS.gid),
      comm: this.#name(at + OWNER_FIELDS.comm),
      cgroupId: this.#number64(at + OWNER_FIELDS.cgroupId),
      evidence,
    };
  }

  #counters(at: number): TcpCounters {
    return {
      bytesSent: this.#number64(at + TCP_COUNTERS.bytesSent),
      bytesReceived: this.#number64(at + TCP_COUNTERS.bytesReceived),
      segmentsSent: this.#u32(at + TCP_COUNTERS.segmentsSent),
      segmentsReceived: this.#u32(at + TCP_COUNTERS.segmentsReceived),
      rttMs: this.#u32(at + TCP_COUNTERS.rttUs) / 1000,
      rttVarMs: this.#u32(at + TCP_COUNTERS.rttVarUs) / 1000,
      retransmits: this.#u32(at + TCP_COUNTERS.retransmits),
      outOfOrder: this.#u32(at + TCP_COUNTERS.outOfOrder),
      lost: this.#u32(at + TCP_COUNTERS.lost),
      unacknowledged: this.#u32(at + TCP_COUNTERS.unacknowledged),
      congestionWindow: this.#u32(at + TCP_COUNTERS.congestionWindow),
      deliveryRate: this.#number64(at + TCP_COUNTERS.deliveryRate),
    };
  }

  #reset(at: number): Reset | null {
    const by = RESETTERS[this.#u16(at + TCP_RECORD.reset)];
    if (by === undefined) return null;
    const reason = this.#u16(at + TCP_RECORD.reason);
    return { by, reason: OWN_RESET_REASONS[reason] ?? this.#resetReasons[reason] ?? null };
  }

  #isCounted(socket: number): boolean {
    return !this.#has(socket, SOCKET_FLAG.SOCKET_COUNTERS_UNKNOWN);
  }

  #has(socket: number, flag: number): boolean {
    return (this.#u32(socket + SOCKET_FIELDS.flags) & flag) !== 0;
  }

  /** In one go: putting it together of eight texts would make more garbage than all other texts of a record. */
  #handshake(at: number): string | null {
    if (this.#bytes[at + TCP_RECORD.hasHandshake] === 0) return null;
    const client = this.#u32(at + TCP_RECORD.clientSequence);
    const server = this.#u32(at + TCP_RECORD.serverSequence);
    return String.fromCharCode(
      hexDigit(client, 7),
      hexDigit(client, 6),
      hexDigit(client, 5),
      hexDigit(client, 4),
      hexDigit(client, 3),
      hexDigit(client, 2),
      hexDigit(client, 1),
      hexDigit(client, 0),
      hexDigit(server, 7),
      hexDigit(server, 6),
      hexDigit(server, 5),
      hexDigit(server, 4),
      hexDigit(server, 3),
      hexDigit(server, 2),
      hexDigit(server, 1),
      hexDigit(server, 0),
    );
  }

  /** Exact up to 2^53, which no byte counter, cookie or inode reaches in practice. */
  #number64(at: number): number {
    return this.#u32(at + 4) * 2 ** 32 + this.#u32(at);
  }

  #u32(at: number): number {
    return this.#view.getUint32(at, true);
  }

  #u16(at: number): number {
    return this.#view.getUint16(at, true);
  }

  #name(at: number): string {
    return names.get(this.#view, this.#bytes, at);
  }

  #address(at: number): string {
    return addresses.get(this.#view, this.#bytes, at);
  }

  #time(at: number): number {
    return this.#number64(at) / 1e6 + this.#wallOffsetMs;
  }

  /** NUL-terminated strings; a truncated last one has no NUL. */
  #strings(at: number, end: number): string[] {
    if (at === end) return [];
    const last = this.#bytes[end - 1] === 0 ? end - 1 : end;
    return this.#bytes.toString('utf8', at, last).split('\0');
  }
}
