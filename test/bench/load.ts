/** Compiles load.c; see there for what it can do. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cleanup } from '../harness/cleanup.js';
import { HERE } from '../harness/root.js';

export function compileLoad(cleanup: Cleanup): string {
  const folder = mkdtempSync(join(tmpdir(), 'packetless-bench-'));
  cleanup.add(() => rmSync(folder, { recursive: true }));
  const load = join(folder, 'load');
  execFileSync('gcc', ['-O2', '-o', load, join(HERE, 'bench/load.c')]);
  return load;
}
