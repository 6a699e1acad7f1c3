/** What a running process costs: CPU time and memory, as the kernel accounts for them. */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** CPU time of a process so far, in milliseconds, by its threads' names (proc(5) schedstat). Ended threads are not in it. */
export function cpuByThread(pid: number): Map<string, number> {
  const spent = new Map<string, number>();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      const folder = `/proc/${pid}/task/${thread}`;
      const [nanoseconds] = readFileSync(`${folder}/schedstat`, 'utf8').split(' ');
      const name = thread === String(pid) ? 'main' : readFileSync(`${folder}/comm`, 'utf8').trim();
      spent.set(name, (spent.get(name) ?? 0) + Number(nanoseconds) / 1e6);
    } catch {
      // It has just ended.
    }
  }
  return spent;
}

export function cpuMs(pid: number): number {
  return [...cpuByThread(pid).values()].reduce((sum, spent) => sum + spent, 0);
}

/** Of a process so far with threads that have ended, to a hundredth of a second (proc(5) stat). */
export function processCpuMs(pid: number): { readonly user: number; readonly system: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The command's name may have blanks and parentheses in it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { user: Number(fields[11]) * 10, system: Number(fields[12]) * 10 };
}

/** CPU time that a process spends during the next so many milliseconds. */
export async function spentDuring(pid: number, milliseconds: number) {
  const before = cpuByThread(pid);
  const start = performance.now();
  await pause(milliseconds);
  const elapsed = performance.now() - start;
  const threads = new Map(
    [...cpuByThread(pid)].map(([name, cpu]) => [name, cpu - (before.get(name) ?? 0)] as const),
  );
  return { elapsed, threads, total: [...threads.values()].reduce((sum, cpu) => sum + cpu, 0) };
}

/** Of one core. */
export function share(cpu: number, elapsed: number): string {
  return `${((100 * cpu) / elapsed).toFixed(2)} %`;
}

/** Memory in MB (10⁶ bytes). */
export interface Memory {
  /** Resident now, and the most there was. */
  readonly resident: number;
  readonly peak: number;
  /** Resident now, pages that several mappings show divided by their number (proc(5) Pss). */
  readonly proportional: number;
}

export function memoryOf(pid: number): Memory {
  const megabytes = (file: string, key: string) => {
    const text = readFileSync(`/proc/${pid}/${file}`, 'utf8');
    return (Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) * 1024) / 1e6;
  };
  return {
    resident: megabytes('status', 'VmRSS'),
    peak: megabytes('status', 'VmHWM'),
    proportional: megabytes('smaps_rollup', 'Pss'),
  };
}
