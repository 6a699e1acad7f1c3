/** Why a runtime did not answer. */
import type { SocketState } from './status.js';
import { memberOf, textOf } from './text.js';

export type FailureState = Exclude<SocketState, 'answers' | 'not asked'>;

export class RuntimeError extends Error {
  override readonly name = 'RuntimeError';

  constructor(
    readonly state: FailureState,
    message: string,
  ) {
    super(message);
  }
}

/** A system error of a socket as what it means for people. */
export function runtimeErrorOf(error: unknown): RuntimeError {
  if (error instanceof RuntimeError) return error;
  switch (memberOf(error, 'code')) {
    case 'ENOENT':
      return new RuntimeError('absent', 'no such socket');
    case 'EACCES':
    case 'EPERM':
      return new RuntimeError('denied', 'permission denied');
    case 'ECONNREFUSED':
      return new RuntimeError('refused', 'nobody listens on the socket');
    case 'ECONNRESET':
    case 'EPIPE':
      return new RuntimeError('refused', 'the connection was broken off');
    default: {
      return new RuntimeError(
        'not understood',
        textOf(memberOf(error, 'message'), 200) ?? 'an unknown error',
      );
    }
  }
}

/** It took longer than it was given. */
export function silent(): RuntimeError {
  return new RuntimeError('silent', 'no answer in time');
}
