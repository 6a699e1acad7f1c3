/**
 * The kernels, the runs of the agent on each, and what each run must give: the tier, and every fact right. A fact that a
 * tier cannot know is named here; then the agent may say nothing of it, but nothing wrong either.
 */
import type { Verdict } from './guest/report.js';
import type { Run } from './guest/run.js';
import type { FactId } from './guest/titles.js';

export interface ExpectedRun extends Run {
  readonly tier: string;
  /** Facts that it may not know. */
  readonly mayNotKnow: readonly FactId[];
}

export interface KernelUnderTest {
  readonly name: string;
  /** How Debian's versions of it begin; null: the newest there is. */
  readonly series: string | null;
  readonly runs: readonly ExpectedRun[];
}

/** Without the tracepoints of send and receive, which came with 6.3, and the skb that came to one of UDP's with 6.10. */
const before63: ExpectedRun = { title: 'best', arguments: [], tier: 'A-', mayNotKnow: [] };

const complete: ExpectedRun = { title: 'best', arguments: [], tier: 'A+', mayNotKnow: [] };

/** Where functions may not be traced there is no fexit. */
const withoutFexit: ExpectedRun = {
  title: 'without fexit',
  arguments: [],
  prepare: 'sysctl -w kernel.ftrace_enabled=0',
  tier: 'A',
  mayNotKnow: ['worker'],
};

const tierB: ExpectedRun = {
  title: 'tier B',
  arguments: ['--tier', 'B'],
  tier: 'B+',
  mayNotKnow: [],
};

export const KERNELS: readonly KernelUnderTest[] = [
  {
    name: 'Debian 11',
    series: '5.10.',
    runs: [{ title: 'best', arguments: [], tier: 'B+', mayNotKnow: [] }],
  },
  { name: 'Debian 12', series: '6.1.', runs: [before63, tierB] },
  { name: 'Debian 13', series: '6.12.', runs: [complete, withoutFexit] },
  { name: 'newest in Debian', series: null, runs: [complete, tierB] },
];

export function isAcceptable(verdict: Verdict, fact: FactId, run: ExpectedRun): boolean {
  if (verdict === 'right') return true;
  return run.mayNotKnow.includes(fact) && verdict === 'unknown';
}
