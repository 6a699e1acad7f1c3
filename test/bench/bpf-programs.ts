/** The eBPF programs that a process holds, and how often and how long they ran. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

export interface ProgramRuns {
  readonly name: string;
  readonly calls: number;
  readonly nanoseconds: number;
}

/** By id. The kernel counts while somebody has it do so (bpf-stats.c). Source: kernel/bpf/syscall.c bpf_prog_show_fdinfo. */
export function programRuns(pid: number | 'self'): Map<number, ProgramRuns> {
  const runs = new Map<number, ProgramRuns>();
  for (const descriptor of readdirSync(`/proc/${pid}/fdinfo`)) {
    let text: string;
    try {
      text = readFileSync(`/proc/${pid}/fdinfo/${descriptor}`, 'utf8');
    } catch {
      continue;
    }
    const value = (key: string) =>
      Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? Number.NaN);
    const [id, calls] = [value('prog_id'), value('run_cnt')];
    // A link has a prog_id too, and no counters.
    if (Number.isNaN(id) || Number.isNaN(calls)) continue;
    runs.set(id, { name: nameOf(id), calls, nanoseconds: value('run_time_ns') });
  }
  return runs;
}

const names = new Map<number, string>();

/** bpftool takes the whole name from the program's type information; the kernel itself keeps 15 characters. */
function nameOf(id: number): string {
  let name = names.get(id);
  if (name === undefined) {
    const output = execFileSync('bpftool', ['--json', 'prog', 'show', 'id', String(id)], {
      encoding: 'utf8',
    });
    name = (JSON.parse(output) as { name?: string }).name ?? `program ${id}`;
    names.set(id, name);
  }
  return name;
}
