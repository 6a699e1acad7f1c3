/** Whether a process that an event names is the one that the application says it is. */
import type { Process } from '@packetless/model';
import type { Fact } from './fact.js';

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
