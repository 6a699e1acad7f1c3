import type { Judgement, Verdict } from './report.js';

type Known = { readonly [key: string]: unknown };

/** Compares what was said, member by member, with what is true. */
export function judge(said: object | null | undefined, truth: Known): Judgement {
  if (said === null || said === undefined) {
    return { verdict: 'absent', detail: `nothing was said of ${JSON.stringify(truth)}` };
  }
  const differences: string[] = [];
  let verdict: Verdict = 'right';
  for (const [key, expected] of Object.entries(truth)) {
    const actual = (said as Known)[key];
    if (JSON.stringify(actual) === JSON.stringify(expected)) continue;
    const isUnknown = actual === null || actual === undefined;
    const words = isUnknown ? 'nothing' : JSON.stringify(actual);
    differences.push(`${key}: ${JSON.stringify(expected)} is true, said was ${words}`);
    if (!isUnknown) verdict = 'wrong';
    else if (verdict === 'right') verdict = 'unknown';
  }
  return { verdict, detail: differences.join('; ') };
}

const FROM_BEST: readonly Verdict[] = ['right', 'unknown', 'absent', 'wrong'];

/** Several parts of one fact: the worst counts. */
export function worst(parts: readonly Judgement[]): Judgement {
  const index = Math.max(...parts.map((part) => FROM_BEST.indexOf(part.verdict)));
  const details = parts.map(({ detail }) => detail).filter((detail) => detail !== '');
  return { verdict: FROM_BEST[index] ?? 'absent', detail: [...new Set(details)].join('; ') };
}
