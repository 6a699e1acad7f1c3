/** What the attached programs cost the work they watch: CPU per operation with and without them. */
import { execFileSync } from 'node:child_process';
import { openIntrospection } from '@packetless/introspection';
import { cleaningUp } from './cleaning-up.js';
import { compileLoad, LOAD_TIMEOUT_MS } from './load.js';
import { byTurns, ratios, summary } from './rounds.js';
import { type Table, whole } from './table.js';

const ROUNDS = 15;

export const KINDS = [
  { kind: 'connect', count: 4000, what: 'connect + accept + close', goal: '≤ ×1.15' },
  { kind: 'message', count: 10_000, what: 'TCP, 100 bytes there and back', goal: '' },
  { kind: 'bulk', count: 10_000, what: 'TCP, 64 KiB one way', goal: '≤ ×1.02' },
  { kind: 'udp', count: 20_000, what: 'UDP, 100 bytes one way', goal: '' },
] as const;

export async function kernelOverhead(): Promise<Table> {
  return cleaningUp(async (cleanup) => {
    const load = compileLoad(cleanup, 'load');
    const rows: string[][] = [];
    for (const { kind, count, what, goal } of KINDS) {
      const bare = () =>
        Number(execFileSync(load, [kind, String(count)], { encoding: 'utf8', timeout: LOAD_TIMEOUT_MS }));
      const watched = () => {
        const introspection = openIntrospection({ onRecords: () => undefined });
        try {
          return bare();
        } finally {
          introspection.close();
        }
      };
      const [none, all] = (await byTurns(ROUNDS, [bare, watched])) as [number[], number[]];
      const [without, withAll, ratio] = [summary(none), summary(all), ratios(none, all)];
      const times = (value: number) => `×${value.toFixed(3)}`;
      rows.push([
        what,
        `${whole(without.median)} / ${whole(without.minimum)} ns`,
        `${whole(withAll.median)} / ${whole(withAll.minimum)} ns`,
        times(ratio.median),
        times(withAll.minimum / without.minimum),
        `${times(ratio.low)} … ${times(ratio.high)}`,
        goal,
      ]);
    }
    return {
      title: 'Work that is watched: CPU time an operation, with everything attached and without',
      columns: [
        'operation',
        'none: median / minimum',
        'all: median / minimum',
        'ratio, median',
        'ratio of minima',
        '95 % of the ratios',
        'goal',
      ],
      rows,
      notes: [
        `${ROUNDS} rounds of none and all by turns; a ratio is of one round. CPU time of the working process, softirq included.`,
      ],
    };
  });
}
