/** What a check found, and how it gets out of the virtual machine. */

/** `unknown`: the agent said that it does not know. `absent`: it said nothing. `wrong`: it said something untrue. */
export type Verdict = 'right' | 'unknown' | 'absent' | 'wrong';

export interface Judgement {
  readonly verdict: Verdict;
  /** For people: what was expected and what came. */
  readonly detail: string;
}

export interface Finding extends Judgement {
  /** Of the agent's run, e.g. `tier B`. */
  readonly run: string;
  readonly fact: string;
}

const MARK = 'finding ';

export function printFinding(finding: Finding): void {
  process.stdout.write(`${MARK}${JSON.stringify(finding)}\n`);
}

/** Null for a line that is none. */
export function readFinding(line: string): Finding | null {
  return line.startsWith(MARK) ? (JSON.parse(line.slice(MARK.length)) as Finding) : null;
}

type Known = { readonly [key: string]: unknown };

/** Compares what was said, member by member, with what is true. */
export function judge(said: object | null | undefined, truth: Known): Judgement {
  if (said === null || said === undefined)
    return { verdict: 'absent', detail: `nothing said, true is ${JSON.stringify(truth)}` };
  const differences: string[] = [];
  let verdict: Verdict = 'right';
  for (const [key, expected] of Object.entries(truth)) {
    const actual = (said as Known)[key];
    if (JSON.stringify(actual) === JSON.stringify(expected)) continue;
    const isUnknown = actual === null || actual === undefined;
    differences.push(
      `${key}: ${JSON.stringify(expected)} is true, said was ${isUnknown ? 'nothing' : JSON.stringify(actual)}`,
    );
    if (!isUnknown) verdict = 'wrong';
    else if (verdict === 'right') verdict = 'unknown';
  }
  return { verdict, detail: differences.join('; ') };
}

/** Judgements of several parts of one fact: the worst counts. */
export function worst(parts: readonly Judgement[]): Judgement {
  const order: readonly Verdict[] = ['right', 'unknown', 'absent', 'wrong'];
  const verdict = order[Math.max(...parts.map((part) => order.indexOf(part.verdict)))] ?? 'absent';
  return {
    verdict,
    detail: parts
      .map(({ detail }) => detail)
      .filter(Boolean)
      .join('; '),
  };
}
