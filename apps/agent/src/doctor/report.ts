/** What an examination of this host found. */
import type { ProgramReport } from '@packetless/introspection';

/**
 * `ok`: as it should be. `note`: worth knowing, nothing is lost by it. `loss`: something is not seen because of it.
 * `fails`: it does not work at all.
 */
export type FindingState = 'ok' | 'note' | 'loss' | 'fails';

export interface Finding {
  /** What was looked at: `BTF`, `lockdown`. */
  readonly subject: string;
  readonly state: FindingState;
  /** What was found. */
  readonly found: string;
  /** What is lost by it; null where nothing is. */
  readonly loses: string | null;
  /** What to do about it, a command or setting a line; empty where nothing can be done, or need be. */
  readonly remedy: readonly string[];
}

/** A source that was opened for a moment, or could not be. */
export interface SourceFinding extends Finding {
  readonly source: string;
  readonly opened: boolean;
  /** How much of it works; empty when it could not be opened. */
  readonly tier: string;
  readonly parts: readonly ProgramReport[];
  /** What it told of connections that were made to try it. */
  readonly probes: readonly ProbeFinding[];
}

export interface ProbeFinding {
  readonly what: string;
  /** Milliseconds until it was told; null when it was not, within the time it was given. */
  readonly toldAfterMs: number | null;
}

export interface Section {
  readonly name: string;
  readonly findings: readonly (Finding | SourceFinding)[];
}

/** `works`: nothing is lost. `losses`: something is. `nothing`: no source can be opened. */
export type Verdict = 'works' | 'losses' | 'nothing';

export interface Report {
  readonly version: string;
  readonly host: string;
  readonly system: string | null;
  readonly kernel: string;
  readonly architecture: string;
  readonly sections: readonly Section[];
  readonly verdict: Verdict;
}

/** What is as it should be. */
export function ok(subject: string, found: string): Finding {
  return { subject, state: 'ok', found, loses: null, remedy: [] };
}

/** What is worth knowing. */
export function note(subject: string, found: string, remedy: readonly string[] = []): Finding {
  return { subject, state: 'note', found, loses: null, remedy };
}

/** What costs something. */
export function loss(subject: string, found: string, loses: string, remedy: readonly string[]): Finding {
  return { subject, state: 'loss', found, loses, remedy };
}

export function isSource(finding: Finding | SourceFinding): finding is SourceFinding {
  return 'source' in finding;
}

/** ntop's library is one more way to the same; whoever has not installed it lacks nothing. */
export function verdictOf(sections: readonly Section[]): Verdict {
  const findings = sections.flatMap((section) => section.findings);
  if (!findings.some((finding) => isSource(finding) && finding.opened)) return 'nothing';
  return findings.some(({ state }) => state === 'loss' || state === 'fails') ? 'losses' : 'works';
}

/** Parts that are not there, unless another with the same purpose is. */
export function unserved(programs: readonly ProgramReport[]): readonly ProgramReport[] {
  const served = new Set(programs.filter(({ state }) => state === 'attached').map(({ purpose }) => purpose));
  return programs.filter(({ state, purpose }) => state !== 'attached' && !served.has(purpose));
}
