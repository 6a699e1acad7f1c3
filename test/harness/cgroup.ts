/** A control group of the test's own: programs attached to it see nothing else of the machine. */
import { mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Cleanup } from './cleanup.js';
import { waitFor } from './wait.js';

let made = 0;

function cgroup2Root(): string {
  const line = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .find((mount) => mount.split(' ')[2] === 'cgroup2');
  if (line === undefined) throw new Error('no cgroup2 tree is mounted on this host');
  return line.split(' ')[1]!;
}

export function makeCgroup(cleanup: Cleanup): string {
  made += 1;
  const folder = join(cgroup2Root(), `packetless-test-${process.pid}-${made}`);
  mkdirSync(folder);
  // The kernel refuses while a process that was just killed is still leaving.
  cleanup.add(() =>
    waitFor(`${folder} to be empty`, () => {
      rmdirSync(folder);
      return true;
    }).then(() => undefined),
  );
  return folder;
}
