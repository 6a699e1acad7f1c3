/** A flow: one conversation, client ⇄ server, merged from all its witnesses, as REST and the page show it. */

import type { Container } from './container.js';
import type { Side } from './event.js';
import type { Process } from './process.js';
import type { Failure, TcpHealth, TcpState } from './tcp.js';
import type { ConversationEnds } from './translation.js';
import type { EpochMilliseconds, Json, Milliseconds, Port } from './units.js';

export interface FlowEndpoint {
  readonly address: string;
  readonly port: Port;
  /** Inside one of the collector's local networks. */
  readonly local: boolean;
  /** Alias of the local network that it is in, of several the smallest; null without one. */
  readonly network: string | null;
  /** Services of Kubernetes that the address stands for, `namespace/name`; null where none is known. */
  readonly service: string | null;
  /** What the host is called, as packets told: by an answer of DNS, or by itself (DHCP); null where none did. */
  readonly hostname: string | null;
  readonly process: Process | null;
  readonly container: Container | null;
}

export interface FlowWitness {
  readonly kind: 'agent' | 'packets';
  readonly name: string;
  readonly side: Side | null;
  readonly events: number;
}

/** `sent` is client → server. Null where nobody counted. */
export interface Traffic {
  readonly sent: number | null;
  readonly received: number | null;
}

/** A conversation's state: TCP's own words; `ACTIVE` and `CLOSED` for protocols without states. */
export type FlowState = TcpState | 'FAILED' | 'ACTIVE' | 'CLOSED';

export interface Flow {
  readonly id: string;
  /** https://github.com/corelight/community-id-spec, version 1, seed 0. */
  readonly communityId: string;
  readonly interface: string;
  /** `tcp`, `udp`, `icmp` …, else the number as text. */
  readonly protocol: string;
  readonly ipVersion: 4 | 6;
  readonly client: FlowEndpoint;
  readonly server: FlowEndpoint;
  /** What it is called behind translations of addresses (NAT), by the last of them that is known; null: there is none. */
  readonly translation: ConversationEnds | null;
  /** Null for a TCP flow nobody reported a state of. */
  readonly state: FlowState | null;
  /** Name of the network interface on the reporting host. */
  readonly interfaceName: string | null;
  /** 802.1Q VLAN of its packets; null: they have none, or nobody saw them. */
  readonly vlan: number | null;
  readonly firstSeen: EpochMilliseconds;
  readonly lastSeen: EpochMilliseconds;
  readonly durationMs: Milliseconds;
  readonly bytes: Traffic;
  readonly packets: Traffic;
  readonly tcp: {
    readonly connectLatencyMs: Milliseconds | null;
    readonly client: TcpHealth | null;
    readonly server: TcpHealth | null;
    readonly failure: Failure | null;
    /** As in `ConversationEvent.reason`; of the last segments sent again, or of the end. */
    readonly reason: string | null;
    /** Whose kernel said so. */
    readonly reasonSide: Side | null;
  } | null;
  /** Whom the client asked for, as packets told: in TLS or QUIC, else the host of an HTTP request; null where none did. */
  readonly serverName: string | null;
  /** What talks, as recognised in its packets: a protocol, and behind a dot who uses it (`TLS.Google`); null where nobody knows. */
  readonly application: string | null;
  /** Of what kind that is (`Web`). */
  readonly category: string | null;
  readonly witnesses: readonly FlowWitness[];
  readonly additional: { readonly [key: string]: Json };
}
