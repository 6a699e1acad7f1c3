/** What packets told of a conversation. */
import { FLOW_ID } from './layout.generated.js';

/** Flows have numbers below this. */
export const FLOW_NUMBERS = 2 ** FLOW_ID.FLOW_NUMBER_BITS;

/** A number that no other flow of the same capture has while this one lives; small, so that arrays can be indexed by it. */
export function flowNumber(id: number): number {
  return id % FLOW_NUMBERS;
}

/** What one side did, as the wire shows it; totals since the flow began. Times in milliseconds, null: not measured. */
export interface PacketSide {
  readonly address: string;
  readonly port: number;
  /** Of IP, headers included, sent by this side. */
  readonly bytes: number;
  readonly packets: number;
  readonly tcp: PacketTcp | null;
}

/** What one side of a TCP connection did. */
export interface PacketTcp {
  /** FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128: all that it has sent. */
  readonly flags: number;
  readonly retransmits: number;
  /** At most 16,777,215 are counted. */
  readonly outOfOrder: number;
  /** Retransmissions of what the other side had acknowledged already; at most 65535 are counted. */
  readonly duplicates: number;
  /** Segments that said that no more may be sent for now; at most 65535 are counted. */
  readonly zeroWindows: number;
  /** At most 255 are counted. */
  readonly resets: number;
  /** From where it was captured to this side and back: in the handshake, and smoothed for data that it acknowledged. */
  readonly handshakeRttMs: number | null;
  readonly dataRttMs: number | null;
}

/** How it is known who is the client: by SYN or an echo request, by the ports, or only by who sent first. */
export type Orientation = 'handshake' | 'ports' | 'first packet';

/** A connection as seen from between its ends. */
export type WireState = 'SYN_SENT' | 'SYN_RECV' | 'ESTABLISHED' | 'HALF_CLOSED' | 'CLOSED' | 'RESET';

/**
 * `closed`: both sides closed or one reset, and nothing came for a while. `reused`: the same ports began another one.
 * `evicted`: the table was full. `capture`: no more packets are read.
 */
export type EndReason = 'closed' | 'idle' | 'reused' | 'evicted' | 'capture';

/** One flow, told when it changed and when it ended. The latest telling of an id is the whole truth about it. */
export interface PacketFlow {
  /** Never used twice by one capture. */
  readonly id: number;
  /** IP protocol number. */
  readonly protocol: number;
  readonly ipVersion: 4 | 6;
  /** Of the innermost tag; null: none. */
  readonly vlan: number | null;
  readonly client: PacketSide;
  readonly server: PacketSide;
  readonly orientation: Orientation;
  /** Epoch milliseconds, with nanoseconds in the fraction as far as a number holds them. */
  readonly firstTime: number;
  readonly lastTime: number;
  /** Null: not TCP. */
  readonly state: WireState | null;
  /** Both initial sequence numbers, client's first, as 16 hex digits; null when the handshake was not seen. */
  readonly handshake: string | null;
  /** Null while it lives. */
  readonly ended: EndReason | null;
  readonly fragmented: boolean;
  /** Fragments whose first one, with the ports, was not seen. */
  readonly withoutPorts: boolean;
  /** Seen inside of a tunnel. */
  readonly tunnelled: boolean;
  /** The latest ICMP error that quoted one of its packets. */
  readonly icmpError: { readonly type: number; readonly code: number } | null;
}
