/** Differences from Wireshark that are understood. What is not in this list fails, and so does what is not needed in it. */

export interface Explanation {
  readonly files: RegExp;
  readonly difference: RegExp;
  readonly reason: string;
}

export const EXPLAINED: readonly Explanation[] = [];
