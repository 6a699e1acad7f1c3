/** /proc/PID/cgroup as a whole: one line a hierarchy, `number:controllers:path`. */
import { readCgroupPath } from './path.js';
import type { ContainerReference } from './reference.js';

const MAX_LINES = 64;
const LINE = /^\d+:([^:]*):(\/.*)$/;

/**
 * The container that a process with this /proc/PID/cgroup is in; null for none. On hosts with cgroup v1, wholly or in
 * part, the container may stand in some lines only; that of cgroup v2 counts first, then systemd's, then the others, and what is certain before what is
 * not.
 */
export function readProcCgroup(text: string): ContainerReference | null {
  let best: ContainerReference | null = null;
  let bestRank = Number.POSITIVE_INFINITY;
  for (const line of text.split('\n', MAX_LINES)) {
    const match = LINE.exec(line);
    const reference = match === null ? null : readCgroupPath(match[2]!);
    if (reference === null) continue;
    const rank = rankOf(match![1]!, reference.certain);
    if (rank >= bestRank) continue;
    best = reference;
    bestRank = rank;
  }
  return best;
}

function rankOf(controllers: string, isCertain: boolean): number {
  const rank = controllers === '' ? 0 : controllers === 'name=systemd' ? 1 : 2;
  return isCertain ? rank : rank + 3;
}
