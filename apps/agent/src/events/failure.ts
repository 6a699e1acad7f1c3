import { constants } from 'node:os';
import type { Reset } from '@packetless/introspection';
import type { Failure } from '@packetless/model';

const { errno } = constants;
/** include/uapi/asm-generic/errno.h; Node does not name it. */
const EHOSTDOWN = 112;
/** ERROR_NO_ROUTE of the kernel side: connect() found no route, so no packet was sent. */
const NO_ROUTE = 4096;

const BY_ERRNO: ReadonlyMap<number, Failure> = new Map([
  [errno.ECONNREFUSED, 'refused'],
  [errno.ETIMEDOUT, 'timed out'],
  [errno.EHOSTUNREACH, 'host unreachable'],
  [EHOSTDOWN, 'host unreachable'],
  [errno.ENETUNREACH, 'network unreachable'],
  [errno.ENETDOWN, 'network unreachable'],
  [errno.ECONNRESET, 'reset'],
  // The peer reset after it had ended its own direction (tcp_reset in net/ipv4/tcp_input.c).
  [errno.EPIPE, 'reset'],
  [errno.ECONNABORTED, 'aborted'],
  [errno.EACCES, 'denied'],
  [errno.EPERM, 'denied'],
  [errno.EADDRNOTAVAIL, 'address unavailable'],
  [NO_ROUTE, 'no route'],
]);

/** Why a connection could not be made. Without an error of the kernel's, the program gave up itself. */
export function connectFailure(error: number | null): Failure {
  if (error === null) return 'other';
  return error === 0 ? 'aborted' : (BY_ERRNO.get(error) ?? 'other');
}

/** What broke a connection that ended; null for an ordinary end, or one of which nothing is known. */
export function closeFailure(error: number | null): Failure | null {
  if (error === null) return null;
  return error === 0 ? null : (BY_ERRNO.get(error) ?? 'other');
}

/** `peer reset`, `reset here`, `reset here: tcp abort on close`; null when nobody reset the connection. */
export function resetReason(reset: Reset | null): string | null {
  if (reset === null) return null;
  const who = reset.by === 'peer' ? 'peer reset' : 'reset here';
  return reset.reason === null ? who : `${who}: ${reset.reason}`;
}
