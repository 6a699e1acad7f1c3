import type { Laboratory } from '../laboratory.js';
import type { Judgement } from '../report.js';
import type { FactId } from '../titles.js';

/** Something true about known traffic, and how right the agent is about it. */
export interface Fact {
  readonly id: FactId;
  check(laboratory: Laboratory): Promise<Judgement>;
}

/** Payload each way of conversations whose length does not matter. */
export const BYTES = 50_000;
