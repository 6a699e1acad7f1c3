/** Capture files for benchmarks: many conversations at the same time, always the same (packet-mixture.c). */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cleanup } from '../harness/cleanup.js';
import { compileLoad, LOAD_TIMEOUT_MS } from './load.js';

export const PACKETS = 5_000_000;

/** Gives the path of a file of about 600 MB that goes with the benchmark. */
export function packetMixture(cleanup: Cleanup, conversations: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'packetless-bench-'));
  cleanup.add(() => rmSync(folder, { recursive: true }));
  const file = join(folder, `${conversations}.pcap`);
  execFileSync(compileLoad(cleanup, 'packet-mixture'), [file, String(PACKETS), String(conversations)], {
    timeout: LOAD_TIMEOUT_MS,
  });
  return file;
}
