/** Waiting times between attempts: doubling, bounded, and spread so that many pages do not come back at once. */

export interface BackOffOptions {
  /** First wait, milliseconds. */
  readonly firstMs: number;
  /** Longest wait, milliseconds. */
  readonly longestMs: number;
}

export const BACK_OFF: BackOffOptions = { firstMs: 250, longestMs: 10_000 };

/**
 * How long to wait before attempt number `attempt` (counted from 0): between half of the doubled wait and all of it.
 *
 *     backOff(0, BACK_OFF, () => 1); // 250
 *     backOff(3, BACK_OFF, () => 0); // 1000
 */
export function backOff(attempt: number, options: BackOffOptions, random: () => number): number {
  const full = Math.min(options.longestMs, options.firstMs * 2 ** Math.min(attempt, 30));
  return full / 2 + (full / 2) * random();
}
