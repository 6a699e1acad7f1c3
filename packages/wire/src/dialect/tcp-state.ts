/** TCP states as peers spell them: with dashes, as `ss` prints them, or as the kernel's headers do. */
import { TCP_STATES, type TcpState } from '@packetless/model';

const WIRE_NAMES: { readonly [state in TcpState]: string } = {
  ESTABLISHED: 'ESTABLISHED',
  SYN_SENT: 'SYN-SENT',
  SYN_RECV: 'SYN-RECV',
  FIN_WAIT1: 'FIN-WAIT-1',
  FIN_WAIT2: 'FIN-WAIT-2',
  TIME_WAIT: 'TIME-WAIT',
  CLOSE: 'CLOSE',
  CLOSE_WAIT: 'CLOSE-WAIT',
  LAST_ACK: 'LAST-ACK',
  LISTEN: 'LISTEN',
  CLOSING: 'CLOSING',
};

const STATES = new Map<unknown, TcpState>();
for (const state of TCP_STATES) {
  STATES.set(state, state);
  STATES.set(WIRE_NAMES[state], state);
  STATES.set(WIRE_NAMES[state].replaceAll('-', '_'), state);
}

export function readTcpState(value: unknown): TcpState | null {
  return STATES.get(value) ?? null;
}

/** The spelling that ntopng reads (docs/wire.md §5.2). */
export function tcpStateName(state: TcpState): string {
  return WIRE_NAMES[state];
}
