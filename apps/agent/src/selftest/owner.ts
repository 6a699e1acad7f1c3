/** Whether the process that events name is the one that the application says it is. */
import type { ConversationEvent, Process } from '@packetless/model';
import type { ExpectedEnd } from './expected.js';
import type { Fact } from './fact.js';
import { labelOf, localEnd } from './observed.js';

export interface Doubt {
  /** `wrong`: it says what is not so. `unknown`: it does not say. */
  readonly kind: 'wrong' | 'unknown';
  readonly what: string;
}

/** Nothing to complain of: an empty list. */
export function doubtsOf(
  named: Process,
  fact: Fact,
  particulars: { readonly thread: boolean; readonly script: string | null },
): readonly Doubt[] {
  const doubts: Doubt[] = [];
  const compare = <T>(what: string, said: T | null, is: T): void => {
    if (said === null) doubts.push({ kind: 'unknown', what });
    else if (said !== is) doubts.push({ kind: 'wrong', what: `${what} ${said} instead of ${is}` });
  };
  compare('pid', named.pid, fact.pid);
  compare('executable', named.exe, fact.exe);
  compare('uid', named.uid, fact.uid);
  compare('gid', named.gid, fact.gid);
  compare('deleted executable', named.exeDeleted, fact.deleted);
  compare('parent', named.parent?.pid ?? null, fact.parent);
  if (fact.parentExe !== '') compare("parent's executable", named.parent?.exe ?? null, fact.parentExe);
  if (particulars.thread) compare('thread', named.tid, fact.tid);
  if (particulars.script !== null) compare('script', named.script, particulars.script);
  else if (named.script !== null) doubts.push({ kind: 'wrong', what: `script ${named.script} of a program` });
  if (named.evidence === 'none') doubts.push({ kind: 'unknown', what: 'evidence' });
  return doubts;
}

/** Over all events of one end. */
export function gradeOwner(end: ExpectedEnd, events: readonly ConversationEvent[]) {
  const problems: string[] = [];
  let wrong = false;
  let last: { readonly event: ConversationEvent; readonly named: Process } | null = null;
  for (const event of events) {
    const named = localEnd(event).process;
    if (named === null) continue;
    last = { event, named };
    const earlier = end.earlier.find(({ pid, exe }) => pid === named.pid && exe === named.exe);
    const truth = earlier ?? end.fact;
    const doubts = doubtsOf(named, truth, {
      thread: end.thread && earlier === undefined,
      script: end.script,
    });
    wrong ||= doubts.some(({ kind }) => kind === 'wrong');
    for (const { kind, what } of doubts) problems.push(`${labelOf(event)}: ${kind} ${what}`);
  }
  if (last === null) problems.push('nobody was named');
  else if (!isThe(last.named, end.fact) && !wrong) {
    const [is, said] = [`${end.fact.exe}(${end.fact.pid})`, `${last.named.exe}(${last.named.pid})`];
    problems.push(`it was passed on to ${is}, but the last that was named is ${said}`);
  }
  const known = last !== null && problems.length === 0;
  return { attribution: wrong ? 'WRONG' : known ? 'right' : 'unknown', problems } as const;
}

function isThe(named: Process, fact: Fact): boolean {
  return named.pid === fact.pid && (named.exe === null || named.exe === fact.exe);
}
