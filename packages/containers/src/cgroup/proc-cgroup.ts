/** /proc/PID/cgroup as a whole: one line a hierarchy, `number:controllers:path`. */
import { readCgroupPath } from './path.js';
import type { ContainerReference } from './reference.js';

const MAX_LINES = 64;
const LINE = /^\d+:([^:]*):(\/.*)$/;

/**
 * The container that a process with this /proc/PID/cgroup is in; null for none. On hosts with cgroup v1, wholly or in
 * part, the container may stand in some lines only; that of cgroup v2 counts first, then systemd's, then the others.
 */
export function readProcCgroup(text: string): ContainerReference | null {
  let best: ContainerReference | null = null;
  let bestRank = Number.POSITIVE_INFINITY;
  for (const line of text.split('\n', MAX_LINES)) {
    const match = LINE.exec(line);
    if (match === null) continue;
    const rank = rankOf(match[1]!);
    if (rank >= bestRank) continue;
    const reference = readCgroupPath(match[2]!);
    if (reference === null) continue;
    best = reference;
    bestRank = rank;
  }
  return best;
}

function rankOf(controllers: string): number {
  if (controllers === '') return 0;
  return controllers === 'name=systemd' ? 1 : 2;
}
