/** The fuzzers for some seconds, from the corpus that is committed. `pnpm test:fuzz` runs them for longer. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const folder = dirname(dirname(fileURLToPath(import.meta.url)));
const SECONDS = 5;
/** A sanitized build takes a while on a busy machine. */
const TIMEOUT_MS = 240_000;

/** Older clangs have the machine in the library's name. */
const hasRuntime = ['', '-x86_64', '-aarch64'].some((machine) => {
  const name = `libclang_rt.fuzzer${machine}.a`;
  const { stdout } = spawnSync('clang', [`-print-file-name=${name}`], { encoding: 'utf8' });
  // What it does not find it prints as it was given.
  return stdout?.trim().includes('/') ?? false;
});
if (!hasRuntime)
  console.warn('The fuzzers are skipped: clang has no runtime for them (apt-get install libclang-rt-dev).');

(hasRuntime ? test : test.skip).each(['packets', 'files', 'names', 'streams', 'index', 'flows'])(
  'no %s break it, whatever is in them',
  (name) => {
    execFileSync('make', ['--silent', `build/fuzz-${name}`], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const found = mkdtempSync(join(tmpdir(), 'packetless-fuzz-'));
    try {
      const corpus = join(folder, 'fuzz', 'corpus', name);
      expect(readdirSync(corpus).length).toBeGreaterThan(0);
      const { status, stderr } = spawnSync(
        join(folder, 'build', `fuzz-${name}`),
        [
          `-max_total_time=${SECONDS}`,
          '-max_len=4096',
          '-timeout=10',
          `-artifact_prefix=${found}/`,
          found,
          corpus,
        ],
        { encoding: 'utf8' },
      );
      expect({ status, log: status === 0 ? '' : stderr.slice(-3000) }).toEqual({ status: 0, log: '' });
    } finally {
      rmSync(found, { recursive: true });
    }
  },
  TIMEOUT_MS,
);
