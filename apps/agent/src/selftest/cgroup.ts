/** The control group that all traffic runs in: whatever is left of it at the end is ended with it. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Cleanup } from './cleanup.js';
import { leftOvers, OWN_PREFIX } from './left-overs.js';

const EMPTY_WITHIN_MS = 5000;

/** Gives its folder; null where no cgroup2 tree is mounted. */
export function makeCgroup(cleanup: Cleanup): string | null {
  const mount = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .find(([, , type]) => type === 'cgroup2')?.[1];
  if (mount === undefined) return null;
  // One that cannot be removed now will be by a later run.
  for (const name of leftOvers(mount)) remove(join(mount, name)).catch(() => {});
  const folder = join(mount, `${OWN_PREFIX}traffic`);
  mkdirSync(folder);
  cleanup.add(() => remove(folder));
  return folder;
}

async function remove(folder: string): Promise<void> {
  // From Linux 5.14 on; before, each traffic program's own process group must do.
  const kill = join(folder, 'cgroup.kill');
  if (existsSync(kill)) writeFileSync(kill, '1');
  const deadline = Date.now() + EMPTY_WITHIN_MS;
  for (;;) {
    try {
      rmdirSync(folder);
      return;
    } catch (error) {
      // Busy while a process that was just ended is still leaving.
      if (Date.now() > deadline) throw error;
      await pause(20);
    }
  }
}
