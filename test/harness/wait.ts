/** Waiting for conditions, never for time. */
import { setTimeout as pause } from 'node:timers/promises';

const ASK_EVERY_MS = 25;

/**
 * Asks until the answer is neither null, undefined nor false, and gives it back.
 * Fails after `timeoutMs` with what was waited for, and with the last error if the question threw.
 */
export async function waitFor<T>(
  what: string,
  question: () => T | Promise<T>,
  timeoutMs = 10_000,
): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = performance.now() + timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      const answer = await question();
      if (answer !== null && answer !== undefined && answer !== false) {
        return answer as NonNullable<Exclude<T, false>>;
      }
    } catch (error) {
      lastError = error;
    }
    if (performance.now() > deadline) {
      throw new Error(`waited ${timeoutMs} ms in vain for ${what}`, { cause: lastError });
    }
    await pause(ASK_EVERY_MS);
  }
}
