/** Which eBPF program costs what: calls and time of each, by kind of work. */
import { execFileSync } from 'node:child_process';
import { openIntrospection } from '@packetless/introspection';
import { type ProgramRuns, programRuns } from './bpf-programs.js';
import { cleaningUp } from './cleaning-up.js';
import { Helper } from './helper.js';
import { KINDS } from './kernel-overhead.js';
import { compileLoad, LOAD_TIMEOUT_MS } from './load.js';
import { type Table, whole } from './table.js';

const ROUNDS = 7;
/** Of the calls an operation: less is what starting the load took. */
const LEAST_CALLS = 0.02;

export async function kernelPrograms(): Promise<Table> {
  return cleaningUp(async (cleanup) => {
    const load = compileLoad(cleanup, 'load');
    const introspection = openIntrospection({ onRecords: () => undefined });
    cleanup.add(() => introspection.close());
    const stats = new Helper([compileLoad(cleanup, 'bpf-stats')], cleanup);
    await stats.firstLine(5000);
    const rows: string[][] = [];
    for (const { kind, count, what } of KINDS) {
      const ran = quietest(() => execFileSync(load, [kind, String(count)], { timeout: LOAD_TIMEOUT_MS }))
        .filter(({ calls }) => calls > count * LEAST_CALLS)
        .sort((a, b) => b.nanoseconds - a.nanoseconds);
      for (const { name, calls, nanoseconds } of ran) {
        rows.push([
          what,
          name,
          (calls / count).toFixed(2),
          whole(nanoseconds / calls),
          whole(nanoseconds / count),
        ]);
      }
      const total = ran.reduce((sum, { nanoseconds }) => sum + nanoseconds, 0);
      rows.push([what, 'all', '', '', whole(total / count)]);
    }
    return {
      title: 'Which kernel program costs what',
      columns: ['operation', 'program', 'calls an operation', 'ns a call', 'ns an operation'],
      rows,
      notes: [
        `As the kernel measures them itself; of ${ROUNDS} rounds the one with the fewest calls, since the programs run ` +
          'for everybody on the machine. Their entry and exit, and what they leave cold in the caches, are not in it.',
      ],
    };
  });
}

/** What each program did in that round in which the rest of the machine did least. */
function quietest(work: () => void): ProgramRuns[] {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const before = programRuns('self');
    work();
    return [...programRuns('self')].map(([id, { name, calls, nanoseconds }]) => ({
      name,
      calls: calls - (before.get(id)?.calls ?? 0),
      nanoseconds: nanoseconds - (before.get(id)?.nanoseconds ?? 0),
    }));
  });
  const calls = (round: readonly ProgramRuns[]) => round.reduce((sum, program) => sum + program.calls, 0);
  return rounds.reduce((best, round) => (calls(round) < calls(best) ? round : best));
}
