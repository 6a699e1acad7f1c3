/** Reading a socket as fast as messages come, without keeping the event loop from everything else. */
import { setImmediate } from 'node:timers/promises';
import type { Subscriber } from 'zeromq';
import { errorCode } from './open.js';

/** So many messages within so many milliseconds are a stream that is worth draining. */
const STREAM_MESSAGES = 64;
const STREAM_MS = 4;
/** All sockets together hold the event loop for so long, about, before it gets its turn. */
const TURN_MS = 8;

let draining = 0;

/** Takes messages until the socket is closed. Rejects when it fails otherwise. */
export async function receiveAll(
  socket: Subscriber,
  onMessage: (frames: Uint8Array[]) => void,
): Promise<void> {
  try {
    let since = performance.now();
    let turnEnds = since + TURN_MS;
    for (let count = 1; ; count++) {
      onMessage(await socket.receive());
      // What is there already is received without waiting, so messages that take long would leave no turn to others.
      if (performance.now() >= turnEnds) {
        await setImmediate();
        turnEnds = performance.now() + TURN_MS;
      }
      if (count < STREAM_MESSAGES) continue;
      if (performance.now() - since < STREAM_MS) await drain(socket, onMessage);
      since = performance.now();
      count = 0;
    }
  } catch (error) {
    if (!socket.closed) throw error;
  }
}

/**
 * Takes what is there, until nothing is. A socket that does not wait need not be asked first whether it has
 * something, which is a system call a message and a quarter of the work; but to find it empty costs an error.
 */
async function drain(socket: Subscriber, onMessage: (frames: Uint8Array[]) => void): Promise<void> {
  socket.receiveTimeout = 0;
  draining++;
  try {
    let turnEnds = performance.now() + TURN_MS / draining;
    for (;;) {
      onMessage(await socket.receive());
      if (performance.now() < turnEnds) continue;
      await setImmediate();
      turnEnds = performance.now() + TURN_MS / draining;
    }
  } catch (error) {
    if (errorCode(error) !== 'EAGAIN') throw error;
  } finally {
    draining--;
    if (!socket.closed) socket.receiveTimeout = -1;
  }
}
