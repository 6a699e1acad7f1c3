/** What the kernel keeps of an agent that was killed: nothing. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from '@jest/globals';
import { openScript } from './child.js';
import { cannotTest, pause } from './harness.js';
import { StandIn } from './standin.js';

/** As /proc/PID/fdinfo and bpftool call them. */
const KINDS = ['prog', 'map', 'link', 'btf'] as const;
type Kind = (typeof KINDS)[number];
interface KernelObject {
  readonly kind: Kind;
  readonly id: string;
}

/** The eBPF objects that a process holds by its file descriptors. */
function objectsOf(pid: number): KernelObject[] {
  const directory = `/proc/${pid}/fdinfo`;
  const infos = readdirSync(directory).flatMap((fd) => {
    try {
      return [readFileSync(`${directory}/${fd}`, 'utf8')];
    } catch {
      return [];
    }
  });
  const found = infos.flatMap((info) =>
    KINDS.flatMap((kind) => {
      // A link's own id stands before that of its program.
      const isOther = kind !== 'link' && /^link_id:/m.test(info);
      const id = isOther ? undefined : new RegExp(`^${kind}_id:\\s+(\\d+)$`, 'm').exec(info)?.[1];
      return id === undefined ? [] : [{ kind, id }];
    }),
  );
  return found.filter(
    ({ kind, id }, i) => found.findIndex((other) => other.kind === kind && other.id === id) === i,
  );
}

const isThere = ({ kind, id }: KernelObject) => spawnSync('bpftool', [kind, 'show', 'id', id]).status === 0;

const cgroup2 =
  /^\d+ \d+ \S+ \S+ (\S+) .* - cgroup2 /m.exec(readFileSync('/proc/self/mountinfo', 'utf8'))?.[1] ?? '';

/** Ids of the programs that are attached at the root of the cgroup2 tree. bpftool prints nothing when there are none. */
function attachedToCgroups(): string[] {
  const { stdout } = spawnSync('bpftool', ['cgroup', 'show', cgroup2], { encoding: 'utf8' });
  return [...stdout.matchAll(/^(\d+) /gm)].map(([, id = '']) => id);
}

let standIn: StandIn | null = null;
const child: ChildProcess | null = null;
afterEach(() => {
  child?.kill('SIGKILL');
  standIn?.remove();
  standIn = null;
});

const sources = [
  { source: 'ebpf', tier: 'A', kinds: ['prog', 'map', 'link'] },
  { source: 'ebpf', tier: 'B', kinds: ['prog', 'map', 'link'] },
  { source: 'netlink', tier: '', kinds: [] },
  { source: 'libebpfflow', tier: '', kinds: [] },
] as const;

(cannotTest === null ? describe : describe.skip)('after kill -9 nothing is left in the kernel', () => {
  test.each(sources)('of $source $tier', async ({ source, tier, kinds }) => {
    if (source === 'libebpfflow') standIn = new StandIn();
    const open = openScript({ source, tier, library: standIn?.path ?? '' });
    const opened = spawn(
      process.execPath,
      ['-e', `${open} console.log(opened.code ?? 'open', opened.message ?? '');`],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const [answer] = (await once(opened.stdout, 'data')) as [Buffer];
    expect(answer.toString()).toBe('open \n');
    const objects = objectsOf(opened.pid!);
    expect([...new Set(objects.map(({ kind }) => kind))].sort()).toEqual(
      expect.arrayContaining([...kinds].sort()),
    );
    expect(objects.every(isThere)).toBe(true);
    const programs = objects.filter(({ kind }) => kind === 'prog').map(({ id }) => id);
    const inCgroups = attachedToCgroups().filter((id) => programs.includes(id));
    if (source === 'ebpf') expect(inCgroups.length).toBeGreaterThan(0);

    const exited = once(opened, 'exit');
    opened.kill('SIGKILL');
    await exited;
    expect(existsSync(`/proc/${opened.pid}`)).toBe(false);
    // The kernel frees them after a grace period.
    for (let waited = 0; waited < 200 && objects.some(isThere); waited++) await pause(50);
    expect(objects.filter(isThere)).toEqual([]);
    expect(attachedToCgroups().filter((id) => programs.includes(id))).toEqual([]);
    expect(spawnSync('find', ['/sys/fs/bpf', '-name', '*packetless*'], { encoding: 'utf8' }).stdout).toBe('');
  });
});
