/** What a running process costs: CPU time and memory, as the kernel accounts for them. */
import { readdirSync, readFileSync } from 'node:fs';

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

/** Resident memory in MB (10⁶ bytes): now, and the most there was. */
export function residentMegabytes(pid: number): { readonly now: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (key: string) =>
    (Number(new RegExp(`${key}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024) / 1e6;
  return { now: megabytes('VmRSS'), peak: megabytes('VmHWM') };
}
