/** What goes over the wire, decoded: the one form that every dialect is read into and written from. */
import type { Container } from './container.js';
import type { Process } from './process.js';
import type { Failure, TcpHealth, TcpState } from './tcp.js';
import type { ConversationEnds, Translation } from './translation.js';
import type { EpochMilliseconds, Json, Milliseconds, Port, ProtocolNumber } from './units.js';

/** An end of a conversation: the one that opened it, or the one that was addressed. */
export type Side = 'client' | 'server';

/**
 * What happened to a conversation. SEND and RECV: its first datagram, as the reporting host saw it. OWNER: its process is
 * another than was said before (a worker took it over, it was passed on), or is known only now.
 */
export const FLOW_EVENT_NAMES = [
  'CONNECT',
  'ACCEPT',
  'CONNECT_FAILED',
  'CLOSE',
  'RETRANSMIT',
  'SEND',
  'RECV',
  'OWNER',
] as const;
export type FlowEventName = (typeof FLOW_EVENT_NAMES)[number];

export interface EventEndpoint {
  /** IPv4 dotted, IPv6 as RFC 5952 writes it; IPv4-mapped IPv6 is written as IPv4. */
  readonly address: string;
  readonly port: Port;
  readonly process: Process | null;
  readonly container: Container | null;
  /** As this end's own kernel measured it. */
  readonly tcp: TcpHealth | null;
}

/**
 * Bytes and packets of a conversation. `sent` is client → server.
 * `absolute`: totals since it began, the same event twice changes nothing. `delta`: to be added.
 * Bytes are payload where a kernel counted them for its socket.
 */
export interface EventCounters {
  readonly kind: 'absolute' | 'delta';
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly packetsSent: number | null;
  readonly packetsReceived: number | null;
}

/** A `flow` event (something happened, `name` says what) or a `netstat` event (how a living conversation is). */
export interface ConversationEvent {
  readonly type: 'flow' | 'netstat';
  readonly name: FlowEventName | null;
  readonly time: EpochMilliseconds;
  readonly protocol: ProtocolNumber;
  readonly client: EventEndpoint;
  readonly server: EventEndpoint;
  /** On which side the reporting host's own socket is; null when the event does not say. */
  readonly side: Side | null;
  /** False when client and server were only inferred, e.g. from the ports. */
  readonly oriented: boolean;
  /** Network interface that the conversation uses on the reporting host (`IF_NAME`). */
  readonly interfaceName: string | null;
  /** The reporting host's address (`EXPORTER_IPV4_ADDRESS`). */
  readonly exporter: string | null;
  /** Identity of the reporting agent; unlike an address it is never shared by two. */
  readonly agent: string | null;
  /**
   * Where the reporting socket lives: host boot and network namespace. Equal addresses at different
   * locations are different endpoints.
   */
  readonly location: string | null;
  /** The kernel's cookie of the reporting socket: never used twice at one location during one boot. */
  readonly socket: number | null;
  /** Both initial sequence numbers of a TCP connection, client's first, as 16 hex digits: the same seen from both ends. */
  readonly handshake: string | null;
  /** What the conversation is called behind a translation of addresses, where whoever tells of it knows of one. */
  readonly translated: ConversationEnds | null;
  readonly state: TcpState | null;
  readonly counters: EventCounters | null;
  readonly connectLatencyMs: Milliseconds | null;
  /** How many retransmissions a RETRANSMIT event stands for. */
  readonly retransmits: number | null;
  readonly failure: Failure | null;
  /**
   * The cause in a few words: of a RETRANSMIT `timeout`, `fast retransmit`, `handshake` or `tail loss probe`; of a
   * reset who reset and, where the kernel says it, why (`peer reset`, `reset here: tcp abort on close`).
   */
  readonly reason: string | null;
  /** Fields that no one here knows, kept to be shown. */
  readonly additional: { readonly [key: string]: Json } | null;
}

/** An agent's account of itself, every few seconds. */
export interface StatusEvent {
  readonly type: 'status';
  readonly time: EpochMilliseconds;
  /** Identity as in `ConversationEvent.agent`; a peer's UUID for other programs. */
  readonly agent: string | null;
  /** Host name, to be shown. */
  readonly name: string | null;
  readonly address: string | null;
  readonly version: string | null;
  readonly system: string | null;
  readonly kernel: string | null;
  /** What it learns from: `ebpf`, `netlink` … and how much of it works here (A+, A, B, C, D). */
  readonly source: string | null;
  readonly tier: string | null;
  readonly cpuSeconds: number | null;
  readonly memoryBytes: number | null;
  /** What the agent cannot see on this host, each with the reason; empty when nothing is missing. */
  readonly lost: readonly MissingPart[];
  readonly ledgers: readonly LedgerSnapshot[];
}

/** Something that a host does not let its agent see. */
export interface MissingPart {
  /** What is not seen, for people: `counters of living conversations`. */
  readonly what: string;
  readonly why: string;
}

/** A socket that waits for whoever comes: TCP in LISTEN, or bound and not connected. */
export interface ListeningSocket {
  readonly protocol: ProtocolNumber;
  /** `0.0.0.0` or `::` for all addresses. */
  readonly address: string;
  readonly port: Port;
  readonly process: Process | null;
  readonly container: Container | null;
  /** As in `ConversationEvent.location`. */
  readonly location: string | null;
  /** The kernel's cookie of the socket. */
  readonly socket: number | null;
  /** Name of the one network interface that it is bound to; null: all of them. */
  readonly interfaceName: string | null;
  /** When it began to listen; null where it is older than its agent. */
  readonly since: EpochMilliseconds | null;
  /** TCP: connections that wait to be accepted, and how many may. */
  readonly backlog: number | null;
  readonly backlogLimit: number | null;
}

/**
 * Listening sockets of one host. A list too long for one message comes in parts with the same `time`;
 * when all `parts` are there it replaces the list before.
 */
export interface ListeningEvent {
  readonly type: 'listening';
  readonly time: EpochMilliseconds;
  readonly agent: string | null;
  readonly exporter: string | null;
  /** The host's own addresses. */
  readonly addresses: readonly string[];
  /** Where those are: the host's own network namespace, as in `ConversationEvent.location`; null when not known. */
  readonly location: string | null;
  /** 0 to `parts` − 1. */
  readonly part: number;
  readonly parts: number;
  readonly sockets: readonly ListeningSocket[];
}

/** A network interface's totals since it was made, as its host counts them. */
export interface InterfaceCountersEvent {
  readonly type: 'counters';
  readonly time: EpochMilliseconds;
  readonly agent: string | null;
  readonly exporter: string | null;
  /** As in `ConversationEvent.location`. */
  readonly location: string | null;
  /** Whose network namespace it is in, for people: a namespace's or container's name; null: the host's own. */
  readonly namespace: string | null;
  /** Of the container that it leads to or lives in. */
  readonly container: Container | null;
  readonly index: number;
  readonly name: string;
  /** IANA ifType: 6 Ethernet, 24 loopback, 131 tunnel …; 1 for others. */
  readonly ifType: number;
  readonly speedBps: number | null;
  readonly duplex: 'half' | 'full' | null;
  readonly adminUp: boolean;
  readonly operUp: boolean;
  readonly promiscuous: boolean;
  readonly mtu: number | null;
  readonly bytesReceived: number;
  readonly packetsReceived: number;
  readonly errorsReceived: number;
  readonly dropsReceived: number | null;
  readonly bytesSent: number;
  readonly packetsSent: number;
  readonly errorsSent: number;
  readonly dropsSent: number | null;
}

/**
 * What an agent has learnt of containers of its host after they were first mentioned, or what changed: whatever was told
 * of them by id before is theirs. They are known to the collector by agent and id.
 */
export interface ContainersEvent {
  readonly type: 'containers';
  readonly time: EpochMilliseconds;
  readonly agent: string | null;
  readonly containers: readonly Container[];
}

/**
 * Which conversations a network namespace of the host translates (NAT). With `toldSince` all that are in force there
 * have been told at or after that time: what was told before, and not again, is over.
 */
export interface TranslationsEvent {
  readonly type: 'translations';
  readonly time: EpochMilliseconds;
  readonly agent: string | null;
  /** As in `ConversationEvent.location`: the namespace that translates. */
  readonly location: string | null;
  readonly translations: readonly Translation[];
  readonly toldSince: EpochMilliseconds | null;
}

export type Event =
  | ConversationEvent
  | StatusEvent
  | ListeningEvent
  | InterfaceCountersEvent
  | ContainersEvent
  | TranslationsEvent;

/** A hop's account at one moment: seen = delivered + sum of dropped + inFlight. */
export interface LedgerSnapshot {
  readonly hop: string;
  readonly seen: number;
  readonly delivered: number;
  readonly dropped: { readonly [reason: string]: number };
  readonly inFlight: number;
}
