/** The load programs, compiled where they are used; their own sources say what they can do. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cleanup } from '../harness/cleanup.js';
import { HERE } from '../harness/root.js';

/** Much more than any of them takes. */
export const LOAD_TIMEOUT_MS = 60_000;

export type LoadProgram =
  | 'load'
  | 'connections'
  | 'far-end'
  | 'bpf-stats'
  | 'packet-mixture'
  | 'packet-count'
  | 'packet-sender'
  | 'process-usage';

/** What some are linked with. */
const LIBRARIES: Partial<Record<LoadProgram, readonly string[]>> = {
  'packet-count': ['-lpcap'],
  'packet-sender': ['-lbpf'],
};

/** Gives the path of the program. */
export function compileLoad(cleanup: Cleanup, name: LoadProgram): string {
  const folder = mkdtempSync(join(tmpdir(), 'packetless-bench-'));
  cleanup.add(() => rmSync(folder, { recursive: true }));
  const program = join(folder, name);
  execFileSync('gcc', ['-O2', '-o', program, join(HERE, 'bench', `${name}.c`), ...(LIBRARIES[name] ?? [])]);
  return program;
}
