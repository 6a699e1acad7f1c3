/**
 * What the kernel side tells, decoded. Every record that has an owner holds what was true when the kernel
 * ran the hook; nothing here is looked up afterwards.
 */

/** How the owner of a socket is known; see docs/architecture.md "Identity". */
export type OwnerEvidence = 'kernel' | 'io' | 'snapshot' | 'proc';

/** The process that owns a socket, at the moment the kernel said so. Ids are those of the initial namespaces. */
export interface Owner {
  readonly pid: number;
  /** Null when a source knows only the process. */
  readonly tid: number | null;
  readonly uid: number;
  readonly gid: number;
  /** The kernel's name of the task, at most 15 characters. */
  readonly comm: string;
  readonly cgroupId: number;
  readonly evidence: OwnerEvidence;
}

/** Fields of every record about a socket. */
interface SocketFields {
  /** Epoch milliseconds, with microseconds in the fraction. */
  readonly time: number;
  /** The kernel's cookie of the socket; null where the source does not know it. */
  readonly socket: number | null;
  /** IP protocol number; 255 for what a process makes below IP through an AF_PACKET socket, then without addresses. */
  readonly protocol: number;
  /** Inode of the network namespace; null where the source does not know it. */
  readonly netns: number | null;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Null where the kernel side was attached too late to know. */
  readonly side: 'client' | 'server' | null;
  readonly owner: Owner | null;
  /** Empty when the kernel had no route cached. */
  readonly interfaceName: string;
  readonly interfaceIndex: number;
}

/** TCP's own counters of one socket. Bytes are payload as the application sees it; times in milliseconds. */
export interface TcpCounters {
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly segmentsSent: number;
  readonly segmentsReceived: number;
  readonly rttMs: number;
  readonly rttVarMs: number;
  readonly retransmits: number;
  readonly outOfOrder: number;
  readonly lost: number;
  readonly unacknowledged: number;
  /** Segments. */
  readonly congestionWindow: number;
  /** Bytes a second; 0 when not measured. */
  readonly deliveryRate: number;
}

/** Why a segment was sent again. */
export type RetransmitCause = 'handshake' | 'timeout' | 'fast retransmit' | 'tail loss probe';

/** Who reset a connection, and why in the kernel's words (from 6.10 on, and only for resets of this host). */
export interface Reset {
  readonly by: 'peer' | 'self';
  readonly reason: string | null;
}

/**
 * Something happened to a TCP socket.
 * `owner`: its owner became known, or is another than said before (prefork, inherited sockets).
 * `retransmit`: `count` segments since the last such record of this socket.
 * `netstat`: it lives, and these are its counters; told when they changed.
 */
export interface TcpRecord extends SocketFields {
  readonly kind: 'connect' | 'accept' | 'connect-failed' | 'close' | 'retransmit' | 'owner' | 'netstat';
  /** The kernel's number of the state (include/net/tcp_states.h). */
  readonly state: number;
  /** Connect: SYN sent → established. Accept: the first round-trip time. Null when not measured. */
  readonly latencyMs: number | null;
  /**
   * A positive errno of what ended it (ECONNREFUSED, ETIMEDOUT, ECONNRESET …), 0 for none; 4096 for a connect() that
   * found no route, and so sent no packet. Null where the source does not know it.
   */
  readonly error: number | null;
  readonly count: number;
  /** Null where the source does not know them. */
  readonly tcp: TcpCounters | null;
  /** Both initial sequence numbers, client's first, 16 hex digits; null when not known. */
  readonly handshake: string | null;
  /** Of a `retransmit`; null when not known. */
  readonly cause: RetransmitCause | null;
  /** Of a `close` or `connect-failed`; null when nobody reset it. */
  readonly reset: Reset | null;
}

/**
 * A conversation of a protocol without connections (UDP, ICMP, raw sockets …) of one socket: when first seen, while its counters or its owner change, and when it ends.
 * Totals, not deltas. `first` may be missing where the kernel's ring was full; the others say all that it says.
 */
export interface DatagramRecord extends SocketFields {
  readonly kind: 'datagram';
  readonly phase: 'first' | 'update' | 'end';
  /** Time of the first datagram; `time` is that of the last one. */
  readonly firstTime: number;
  /** Totals; null where the source does not know them. */
  readonly bytesSent: number | null;
  readonly bytesReceived: number | null;
  readonly packetsSent: number | null;
  readonly packetsReceived: number | null;
}

export interface ParentTask {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  readonly comm: string;
  /** Null where it has none (kernel threads) or it could not be read. */
  readonly exe: string | null;
}

/**
 * A process that uses the network, captured in its own context: right also for one that lives a millisecond.
 * A source without hooks of its own reads /proc instead (`fromProc`), some time after.
 * Comes before the first record whose owner it is, and again after each exec.
 */
export interface ProcessRecord {
  readonly kind: 'process';
  readonly time: number;
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  readonly comm: string;
  /** Absolute path inside its own mount namespace; null for a kernel thread, or where it could not be read. */
  readonly exe: string | null;
  readonly argv: readonly string[];
  /** The file of the executable was removed or replaced. */
  readonly exeDeleted: boolean;
  readonly fromProc: boolean;
  /** The command line was longer than the record holds. */
  readonly argvTruncated: boolean;
  readonly parent: ParentTask | null;
  readonly cgroupId: number;
  /** When the process started, epoch milliseconds: with the pid it names the process for good. */
  readonly startTime: number;
}

/**
 * A process that had a ProcessRecord is exiting. Its sockets are closed after this, by the kernel: records that
 * name it as their owner still follow.
 */
export interface ExitRecord {
  readonly kind: 'exit';
  readonly time: number;
  readonly pid: number;
}

/** A control group (version 2) was made or removed, or was there before the watch. */
export interface CgroupRecord {
  readonly kind: 'cgroup';
  readonly time: number;
  /** As in `Owner.cgroupId`. */
  readonly cgroupId: number;
  /** From the root of the tree, which is `/`. */
  readonly path: string;
  /** Its end is missing. */
  readonly pathCut: boolean;
  readonly removed: boolean;
}

/**
 * A socket that waits for whoever comes: TCP in LISTEN, or bound and not connected. Told in every sweep.
 */
export interface ListenerRecord {
  readonly kind: 'listener';
  readonly time: number;
  readonly socket: number;
  readonly protocol: number;
  readonly netns: number;
  readonly address: string;
  readonly port: number;
  readonly owner: Owner | null;
  /** Of a socket that is bound to one interface; else empty and 0. */
  readonly interfaceName: string;
  readonly interfaceIndex: number;
  /** Epoch milliseconds; null when it is older than the watch. */
  readonly since: number | null;
  /** Connections that wait to be accepted, and how many may. */
  readonly backlog: number;
  readonly backlogLimit: number;
}

/** The end of one look at all sockets: the listeners told since the sweep before are all there are. */
export interface SweepRecord {
  readonly kind: 'sweep';
  readonly time: number;
  readonly conversations: number;
  readonly listeners: number;
}

/** A network interface's totals since it was made. */
export interface InterfaceRecord {
  readonly kind: 'interface';
  readonly time: number;
  /** Inode of the network namespace. */
  readonly netns: number;
  readonly index: number;
  readonly name: string;
  /** ARPHRD_*, IFF_* and IF_OPER_* of the kernel (linux/if_arp.h, linux/if.h). */
  readonly type: number;
  readonly flags: number;
  readonly operState: number;
  readonly duplex: 'half' | 'full' | null;
  readonly mtu: number;
  /** The other end of a veth pair; 0 when there is none, or it is not known where it is. */
  readonly peerIndex: number;
  readonly peerNetns: number;
  /** A process that lives in the namespace. */
  readonly pid: number | null;
  readonly speedBps: number | null;
  readonly bytesReceived: number;
  readonly packetsReceived: number;
  readonly errorsReceived: number;
  readonly dropsReceived: number;
  readonly bytesSent: number;
  readonly packetsSent: number;
  readonly errorsSent: number;
  readonly dropsSent: number;
}

/** Both ends of a conversation. */
export interface Ends {
  readonly clientAddress: string;
  readonly clientPort: number;
  readonly serverAddress: string;
  readonly serverPort: number;
}

/** What a network namespace makes of a conversation that passes it (NAT). `found`: it was there before anybody looked. */
export interface TranslationRecord {
  readonly kind: 'translation';
  readonly phase: 'began' | 'found' | 'ended';
  readonly time: number;
  /** Inode of the network namespace. */
  readonly netns: number;
  /** IP protocol number, of those with ports. */
  readonly protocol: number;
  readonly before: Ends;
  readonly after: Ends;
}

/** All translations that live in a namespace have been told; those that lived at `since` have been told since then. */
export interface TranslationsToldRecord {
  readonly kind: 'translations-told';
  readonly time: number;
  readonly since: number;
  readonly netns: number;
}

export type KernelRecord =
  | TcpRecord
  | DatagramRecord
  | ProcessRecord
  | ExitRecord
  | CgroupRecord
  | ListenerRecord
  | SweepRecord
  | InterfaceRecord
  | TranslationRecord
  | TranslationsToldRecord;

/** Totals since the programs were loaded: produced = delivered + every kind of drop + still in the buffer. */
export interface KernelAccount {
  /** Records the kernel side wanted to hand over. */
  readonly produced: number;
  /** Records handed to JavaScript. */
  readonly delivered: number;
  /** Still on their way. */
  readonly buffered: number;
  /** By reason, e.g. `ring buffer full`, `datagram table full`, `no socket storage`; each counts what was lost. */
  readonly dropped: { readonly [reason: string]: number };
}
