/**
 * `run.mjs [SECONDS]`: every fuzzer for so long (40), two at a time, from the inputs that are committed. What breaks one
 * is kept in build/, to be fixed and added to the corpus. Prints "N passed, N failed".
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = dirname(dirname(fileURLToPath(import.meta.url)));
const CORPUS = join(FOLDER, 'fuzz', 'corpus');
const AT_ONCE = Math.min(2, availableParallelism());
const LONGEST_INPUT = 4096;
const INPUT_SECONDS = 10;
const TAIL = 3000;

const seconds = Number(process.argv[2] ?? 40);
if (!(seconds > 0)) {
  console.error('run.mjs [SECONDS]: how long each of them, a number above 0');
  process.exit(2);
}
execFileSync('make', [`-j${AT_ONCE}`, '--silent', 'fuzzers'], { cwd: FOLDER, stdio: 'inherit' });
const waiting = readdirSync(CORPUS).values();
let passed = 0;
let failed = 0;
await Promise.all(Array.from({ length: AT_ONCE }, work));
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

async function work() {
  for (const name of waiting) {
    const { status, log } = await fuzz(name);
    if (status === 0) passed++;
    else failed++;
    console.log(`${status === 0 ? '✓' : '✗'} ${name}: ${runsIn(log)}`);
    if (status !== 0) console.log(log.slice(-TAIL));
  }
}

async function fuzz(name) {
  const found = mkdtempSync(join(tmpdir(), 'packetless-fuzz-'));
  try {
    const child = spawn(
      join(FOLDER, 'build', `fuzz-${name}`),
      [
        `-max_total_time=${seconds}`,
        `-max_len=${LONGEST_INPUT}`,
        `-timeout=${INPUT_SECONDS}`,
        `-artifact_prefix=${join(FOLDER, 'build', `${name}-`)}`,
        found,
        join(CORPUS, name),
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      log = (log + text).slice(-10 * TAIL);
    });
    const [status] = await once(child, 'close');
    return { status, log };
  } finally {
    rmSync(found, { recursive: true });
  }
}

function runsIn(log) {
  return /Done \d+ runs in \d+ second/.exec(log)?.[0].toLowerCase() ?? 'broke off';
}
