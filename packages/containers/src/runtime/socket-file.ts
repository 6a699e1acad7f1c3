/** What the file system says of a socket, without connecting to it. */
import { stat } from 'node:fs/promises';
import type { Place } from './places.js';
import { RuntimeError, runtimeErrorOf } from './runtime-error.js';

export interface SocketFile {
  /** Another one after the runtime was started anew. */
  readonly identity: string;
  readonly owner: number;
}

export async function lookAtSocket({ path, user }: Place): Promise<SocketFile | RuntimeError> {
  try {
    const { dev, ino, ctimeMs, uid } = await stat(path);
    // A user may link to any socket of the host, and we may be allowed to open it.
    if (user !== null && uid !== user)
      return new RuntimeError('absent', 'it leads to what is not its user’s');
    return { identity: `${dev}:${ino}:${ctimeMs}`, owner: uid };
  } catch (error) {
    const failure = runtimeErrorOf(error);
    // Whether a user whose folder we may not enter has a runtime is not known, and most have none.
    return user !== null && failure.state === 'denied'
      ? new RuntimeError('absent', failure.message)
      : failure;
  }
}
