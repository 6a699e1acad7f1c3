/** TCP's states and health, as Linux and RFC 9293 name them. */

export const TCP_STATES = [
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT1',
  'FIN_WAIT2',
  'TIME_WAIT',
  'CLOSE',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'CLOSING',
] as const;
/** Index + 1 is the kernel's number (include/net/tcp_states.h). */
export type TcpState = (typeof TCP_STATES)[number];

/** Health of a connection as one end's kernel measured it. Times in milliseconds, others in packets (segments). */
export interface TcpHealth {
  readonly rttMs: number | null;
  readonly rttVarMs: number | null;
  readonly retransmits: number | null;
  readonly outOfOrder: number | null;
  readonly lost: number | null;
  readonly unacknowledged: number | null;
  readonly congestionWindow: number | null;
  /** Bytes a second that reached the peer, as last measured. */
  readonly deliveryRate: number | null;
}

/** Why a connection could not be made or broke. */
export const FAILURES = [
  'refused',
  'timed out',
  'host unreachable',
  'network unreachable',
  'no route',
  'reset',
  'aborted',
  'denied',
  'address unavailable',
  'other',
] as const;
export type Failure = (typeof FAILURES)[number];
