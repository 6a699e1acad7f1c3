/** A row of the table: some traffic, and what an agent must tell of it. */
import type { ExpectedEnd, ExpectedListener } from './expected.js';
import type { Stage } from './stage.js';

export interface Outcome {
  readonly ends: readonly ExpectedEnd[];
  readonly listeners?: readonly ExpectedListener[];
}

interface AnyRow {
  /** For `--only`: words joined by `-`, and the family after a `/`. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** How long it may take; the usual limit when absent. */
  readonly limitMs?: number;
}

/** Plays while the agent runs. Throws `NotHere` when this host lacks what it needs. */
export interface PlainRow extends AnyRow {
  /** It mostly waits, so it plays beside the others. */
  readonly waits?: boolean;
  play(stage: Stage): Promise<Outcome>;
}

/** Begins before the agent. `begin` gives what is to be done when the agent is there, since `start` (epoch ms). */
export interface OlderRow extends AnyRow {
  begin(stage: Stage): Promise<(start: number) => Promise<Outcome>>;
}

export type Row = PlainRow | OlderRow;
