/**
 * How a flow is laid out in typed arrays: 36 words of 32 bits and 6 doubles, 192 bytes.
 * A flow's fields lie side by side, because an update touches most of them: three or four cache lines instead of
 * one per column.
 *
 * Side 0 is the client, 1 the server. Where a field exists per side, the server's word follows the client's.
 */
import { FAILURES, type Failure, type FlowState, TCP_STATES } from '@packetless/model';

export const WORDS = 36;
export const NUMBERS = 6;

export type SideIndex = 0 | 1;
export const CLIENT = 0;
export const SERVER = 1;

// ---- words ----
/** Per side. IPv4 as a number; for IPv6 the first holds the place in the pool of address pairs. */
export const ADDRESS = 0;
/** Client's in the upper, server's in the lower half. */
export const PORTS = 2;
/** Protocol in bits 0–7, state 8–11, failure 12–15, network interface's name 16–31. */
export const KIND = 3;
export const FLAGS = 4;
/** Collector's clock at the last observation, in milliseconds modulo 2^32; the next free place in a free one. */
export const ARRIVAL = 5;
/** Milliseconds, float. */
export const LATENCY = 6;
/** Both initial sequence numbers folded to 32 bits, the same whichever end is called client. */
export const HANDSHAKE = 7;
/** Per side: interned process and container, 0 for unknown. */
export const IDENTITY = 8;
/** Per side: interned location of the socket, 0 for unknown. */
export const LOCATION = 10;
/** Per side: the socket's cookie folded to 32 bits, 0 for unknown. */
export const COOKIE = 12;
/** Client's kernel: packets sent, received; server's kernel: the same. `sent` is client → server for both. */
export const PACKETS = 14;
/** Per side four words: round-trip time (a float, milliseconds), retransmits, out of order, lost. */
export const HEALTH = 18;
export const HEALTH_WORDS = 4;
export const RTT = 0;
export const RETRANSMITS = 1;
export const OUT_OF_ORDER = 2;
export const LOST = 3;
/** Words of two halves, client's above: unacknowledged segments, congestion window (segments) … */
export const UNACKNOWLEDGED = 26;
export const CONGESTION_WINDOW = 27;
/** … and as short reals: variance of the round-trip time (milliseconds), delivery rate (bytes a second). */
export const RTT_VARIANCE = 28;
export const DELIVERY_RATE = 29;
/** Interned witnesses, 16 bits each, the first in the upper half; 0 for none. */
export const WITNESSES = 30;
/** Events of those two witnesses. */
export const EVENTS = 31;
/** Counts changes of this flow. */
export const REVISION = 33;
/** Counts the flows that lived here, so that an id never comes back. */
export const GENERATION = 34;
/** Where else the flow is shown, since it was delivered: the other table's number in bits 24–31, from 1, the place there below; 0: nowhere. */
export const DELIVERED = 35;

// ---- numbers (doubles) ----
export const FIRST_SEEN = 0;
export const LAST_SEEN = 1;
/** As PACKETS; NaN for unknown. */
export const BYTES = 2;

// ---- flags; those per side have the server's bit directly above the client's ----
export const LIVE = 1 << 0;
export const IPV6 = 1 << 1;
/** Which end is the client is known, not guessed. */
export const ORIENTED = 1 << 2;
export const ENDED = 1 << 3;
/** The conversation never leaves its host: its addresses mean something at one location only. */
export const HOST_INTERNAL = 1 << 4;
export const HAS_HANDSHAKE = 1 << 5;
/** The latency is the connecting side's own measurement. */
export const LATENCY_OF_CLIENT = 1 << 6;
/** More than two witnesses: the others are kept beside the table. */
export const MORE_WITNESSES = 1 << 7;
/** Per side: a witness has the socket of this side. */
export const CLAIMED = 1 << 8;
/** Per side: its counters are those at its end. */
export const FINAL = 1 << 10;
/** Per side: its counters came from a witness that does not say on which side it is. */
export const SIDELESS = 1 << 12;
/** Per side: address in a local network. */
export const LOCAL = 1 << 14;
/** Two bits for each of the two witnesses: 0 unknown side, 1 client, 2 server. */
export const WITNESS_SIDES = 16;
/** Interned reason of a reset or of segments sent again, ten bits, 0 for none; and the side that said so, two bits as above. */
export const REASON_SHIFT = 20;
export const REASON_SIDE_SHIFT = 30;
/** The greatest reference that fits. */
export const MAX_REASONS = 0x3ff;

/** A count nobody gave. */
export const UNKNOWN = 0xffffffff;
/** The greatest count a word can say. */
export const MAX_COUNT = 0xfffffffe;
export const UNKNOWN_HALF = 0xffff;

export const STATES: readonly (FlowState | null)[] = [null, ...TCP_STATES, 'FAILED', 'ACTIVE', 'CLOSED'];
export const FAILURE_CODES: readonly (Failure | null)[] = [null, ...FAILURES];

export function stateCode(state: FlowState): number {
  return STATES.indexOf(state);
}
