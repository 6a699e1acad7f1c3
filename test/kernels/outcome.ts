/** What came of one kernel, held against what was expected of it. */
import { type ExpectedRun, isAcceptable, type KernelUnderTest } from './expectations.js';
import { type Finding, type Message, readMessage, type Started } from './guest/report.js';
import { FACT_TITLES, type FactId } from './guest/titles.js';
import type { Boot } from './virtual-machine.js';

export interface Checked {
  readonly what: string;
  /** Null: as expected. */
  readonly complaint: string | null;
}

export interface RunOutcome {
  readonly run: ExpectedRun;
  readonly started: Started | null;
  readonly findings: ReadonlyMap<FactId, Finding>;
  readonly checked: readonly Checked[];
}

export interface KernelOutcome {
  readonly kernel: KernelUnderTest;
  /** As `uname -r` says; null when there was none to boot. */
  readonly release: string | null;
  readonly seconds: number;
  readonly runs: readonly RunOutcome[];
  /** What went wrong besides single facts; empty when all went well. */
  readonly troubles: readonly string[];
}

const FACTS = Object.keys(FACT_TITLES) as FactId[];

export function outcomeOf(kernel: KernelUnderTest, release: string, boot: Boot): KernelOutcome {
  const messages = boot.lines.map(readMessage).filter((message) => message !== null);
  const troubles =
    boot.ending === 'done' ? [] : [`the machine ${boot.ending}; its console is ${boot.consoleFile}`];
  return {
    kernel,
    release,
    seconds: boot.seconds,
    troubles,
    runs: kernel.runs.map((run) => runOutcome(run, messages, troubles[0] ?? 'the check ended before it')),
  };
}

/** Nothing of it could be done, and all of it counts as failed. */
export function outcomeOfTrouble(
  kernel: KernelUnderTest,
  release: string | null,
  trouble: string,
): KernelOutcome {
  const runs = kernel.runs.map((run) => runOutcome(run, [], trouble));
  return { kernel, release, seconds: 0, troubles: [trouble], runs };
}

function runOutcome(run: ExpectedRun, messages: readonly Message[], silence: string): RunOutcome {
  const ours = messages.filter((message) => message.run === run.title);
  const started = ours.find((message): message is Started => message.kind === 'started') ?? null;
  const failed = ours.find((message) => message.kind === 'failed');
  const findings = new Map<FactId, Finding>();
  for (const message of ours) if (message.kind === 'finding') findings.set(message.fact, message);

  const why = failed?.kind === 'failed' ? failed.error : silence;
  const checked: Checked[] = [{ what: `tier ${run.tier}`, complaint: tierComplaint(run, started, why) }];
  for (const fact of FACTS) {
    checked.push({ what: FACT_TITLES[fact], complaint: complaint(run, fact, findings.get(fact), why) });
  }
  return { run, started, findings, checked };
}

function tierComplaint(run: ExpectedRun, started: Started | null, why: string): string | null {
  if (started === null) return `the agent did not start: ${why}`;
  if (started.tier === run.tier) return null;
  const lost = started.lost.map(({ what, why }) => `${what} (${why})`).join('; ');
  return `it is tier ${started.tier}; lost: ${lost || 'nothing'}`;
}

function complaint(run: ExpectedRun, fact: FactId, finding: Finding | undefined, why: string): string | null {
  if (finding === undefined) return `not checked: ${why}`;
  return isAcceptable(finding.verdict, fact, run) ? null : `${finding.verdict}: ${finding.detail}`;
}

export function count(outcomes: readonly KernelOutcome[]): { passed: number; failed: number } {
  const checked = outcomes.flatMap(({ runs }) => runs.flatMap((run) => run.checked));
  const failed = checked.filter(({ complaint }) => complaint !== null).length;
  return { passed: checked.length - failed, failed };
}
