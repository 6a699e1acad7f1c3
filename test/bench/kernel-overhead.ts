/** What the attached programs cost the work they watch: CPU per operation with and without them. */
import { execFileSync } from 'node:child_process';
import { openIntrospection } from '@packetless/introspection';
import { Cleanup } from '../harness/cleanup.js';
import { compileLoad } from './load.js';
import { interleaved, type Row } from './table.js';

const ROUNDS = 7;

const KINDS = [
  { kind: 'connect', count: 4000, what: 'connect + accept + close', goal: '≤ ×1.15' },
  { kind: 'message', count: 10_000, what: 'TCP, 100 bytes there and back', goal: '' },
  { kind: 'bulk', count: 10_000, what: 'TCP, 64 KiB one way', goal: '≤ ×1.02' },
  { kind: 'udp', count: 20_000, what: 'UDP, 100 bytes one way', goal: '' },
] as const;

export async function kernelOverhead(): Promise<Row[]> {
  const cleanup = new Cleanup();
  try {
    const load = compileLoad(cleanup);
    const rows: Row[] = [];
    for (const { kind, count, what, goal } of KINDS) {
      const measure = async () => Number(execFileSync(load, [kind, String(count)], { encoding: 'utf8' }));
      const [bare, watched] = await interleaved(ROUNDS, measure, async () => {
        const introspection = openIntrospection({ onRecords: () => undefined });
        try {
          return await measure();
        } finally {
          introspection.close();
        }
      });
      rows.push({
        what: `watched: ${what}`,
        ours: `${watched.toLocaleString('en')} ns`,
        peer: `${bare.toLocaleString('en')} ns unwatched`,
        ratio: `×${(watched / bare).toFixed(2)}`,
        goal,
      });
    }
    return rows;
  } finally {
    await cleanup.run();
  }
}
