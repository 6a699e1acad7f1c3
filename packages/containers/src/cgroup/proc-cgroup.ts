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
  let lastPath = '';
  let reference: ContainerReference | null = null;
  for (const line of text.split('\n', MAX_LINES)) {
    const match = LINE.exec(line);
    if (match === null) continue;
    const [, controllers, path] = match as unknown as [string, string, string];
    // In version 1 most lines have the same.
    if (path !== lastPath) reference = readCgroupPath(path);
    lastPath = path;
    if (reference === null) continue;
    const rank = rankOf(controllers, reference.certain);
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
