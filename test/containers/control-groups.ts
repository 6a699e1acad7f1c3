/** A subtree of our own in every hierarchy of control groups that is mounted here, v1 as well as v2. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Cleanup } from '../harness/cleanup.js';
import { HERE } from '../harness/root.js';

export class ControlGroups {
  private constructor(
    /** The subtree in each hierarchy. */
    readonly folders: readonly string[],
  ) {}

  /**
   * Makes the subtrees, called like the folder, with a group `daemons` in each. The end, also that of an interrupted or
   * killed process, kills what still lives there and removes the subtrees, and the folder.
   */
  static make(cleanup: Cleanup, folder: string): ControlGroups {
    const name = basename(folder);
    const roots = hierarchies();
    for (const root of roots) handControllersDown(root, cleanup);
    const groups = new ControlGroups(roots.map((root) => join(root, name)));
    clearAwayAtTheEnd(cleanup, folder, groups.folders);
    for (const group of groups.folders) {
      mkdirSync(group);
      inheritProcessors(group);
      mkdirSync(join(group, 'daemons'));
    }
    return groups;
  }

  /** The command as one that joins the group `below` the subtrees before it runs. It keeps its pid. */
  joining(below: string, command: readonly string[]): string[] {
    const files = this.folders.map((folder) => join(folder, below, 'cgroup.procs'));
    const script = 'for file in $0; do echo $$ > $file || exit 1; done; exec "$@"';
    return ['sh', '-c', script, files.join(' '), ...command];
  }

  /** Every process in the subtrees. */
  pids(): number[] {
    const found = new Set<number>();
    for (const folder of this.folders.flatMap(descendants)) {
      for (const line of readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n')) {
        // 0: of another pid namespace, thus none of ours.
        if (Number(line) > 0) found.add(Number(line));
      }
    }
    return [...found];
  }
}

/** By a process of its own: daemons must not outlive tests that were interrupted. */
function clearAwayAtTheEnd(cleanup: Cleanup, folder: string, groups: readonly string[]): void {
  const words = [join(HERE, 'containers/clear-away.sh'), folder, ...groups];
  const clearing = spawn('sh', words, { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  const ended = once(clearing, 'exit');
  cleanup.add(async () => {
    clearing.stdin.end();
    const [status] = await ended;
    if (status !== 0) throw new Error(`${folder} and its control groups could not be removed: ${status}`);
  });
}

/** Where each hierarchy is mounted. */
function hierarchies(): string[] {
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '));
  const roots = mounts.filter(([, , type]) => type === 'cgroup' || type === 'cgroup2');
  return [...new Set(roots.map(([, root]) => root!))];
}

/** The folder and all below it, parents first. Empty when it is gone. */
function descendants(folder: string): string[] {
  try {
    const below = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return [folder, ...below.flatMap(({ name }) => descendants(join(folder, name)))];
  } catch {
    return [];
  }
}

/** In the second version (cgroups(7)) a group has only those controllers that the one above hands down. */
function handControllersDown(root: string, cleanup: Cleanup): void {
  const file = join(root, 'cgroup.subtree_control');
  if (!existsSync(file)) return;
  const words = (path: string) => readFileSync(path, 'utf8').trim().split(' ').filter(Boolean);
  const handedDown = new Set(words(file));
  for (const controller of words(join(root, 'cgroup.controllers'))) {
    if (handedDown.has(controller)) continue;
    writeFileSync(file, `+${controller}`);
    cleanup.add(() => {
      try {
        writeFileSync(file, `-${controller}`);
      } catch {
        // Somebody else has begun to use it.
      }
    });
  }
}

/** In the first version (cgroups(7)) a new group has no processors, and takes no process, before it was given some. */
function inheritProcessors(folder: string): void {
  if (!existsSync(join(folder, 'cgroup.clone_children'))) return;
  for (const file of ['cpuset.cpus', 'cpuset.mems'].filter((each) => existsSync(join(folder, each)))) {
    writeFileSync(join(folder, file), readFileSync(join(folder, '..', file)));
  }
  writeFileSync(join(folder, 'cgroup.clone_children'), '1');
}
