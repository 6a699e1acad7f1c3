/** Sets up a bare clone, checks style, runs every suite, and sums what they counted. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CAPTURE_TEST_PACKAGES, CONTAINER_TEST_PACKAGES, TEST_PACKAGES } from './debian.js';
import { Interrupted, sayFailure } from './failure.js';
import { endOnSignals, interrupted, Program } from './programs.js';
import { prepareWorkspace, ROOT, WORKSPACE_ENV } from './workspace.js';

/** @typedef {{ suite: string, passed: number, failed: number, skipped: string[] }} SuiteResult */

/** @param {readonly string[]} args handed to turbo, e.g. `--filter=@packetless/wire` */
export async function test(args) {
  endOnSignals();
  const results = await mkdtemp(join(tmpdir(), 'packetless-results-'));
  /** @type {SuiteResult[]} */
  const suites = [];
  try {
    await prepareWorkspace(testPackages());
    const style = await show('biome', ['check']);
    suites.push({ suite: 'style', passed: style === 0 ? 1 : 0, failed: style === 0 ? 0 : 1, skipped: [] });
    // One suite at a time: they load programs into the one kernel there is.
    const status = await show('turbo', ['run', 'test', '--continue', '--concurrency=1', ...args], {
      PACKETLESS_RESULTS: results,
    });
    for (const file of (await readdir(results)).sort()) {
      suites.push(JSON.parse(await readFile(join(results, file), 'utf8')));
    }
    // A suite that broke before it could count must not look like one that was not there.
    if (status !== 0 && suites.every((suite) => suite.failed === 0)) {
      suites.push({ suite: 'test runner', passed: 0, failed: 1, skipped: [] });
    }
  } catch (error) {
    sayFailure(error);
    suites.push({
      suite: error instanceof Interrupted ? 'interrupted' : 'set-up',
      passed: 0,
      failed: 1,
      skipped: [],
    });
  } finally {
    await rm(results, { recursive: true, force: true });
  }
  if (!report(suites)) process.exitCode ??= 1;
}

/** Who is not root has what there is. */
function testPackages() {
  if (process.getuid?.() !== 0) return [];
  return process.env.CI === 'true'
    ? [...TEST_PACKAGES, ...CONTAINER_TEST_PACKAGES, ...CAPTURE_TEST_PACKAGES]
    : TEST_PACKAGES;
}

/**
 * Prints the table and the closing line.
 * @param {readonly SuiteResult[]} suites
 * @returns {boolean} whether all is well
 */
function report(suites) {
  const skipsFail = process.env.CI === 'true';
  console.log('');
  for (const { suite, passed, failed, skipped } of suites) {
    console.log(`${failed === 0 ? '✓' : '✗'} ${suite.padEnd(28)} ${passed} passed, ${failed} failed`);
    for (const name of skipped) console.log(`    skipped: ${name}`);
  }
  const sum = (pick) => suites.reduce((total, suite) => total + pick(suite), 0);
  const skipped = sum((suite) => suite.skipped.length);
  const failed = sum((suite) => suite.failed) + (skipsFail ? skipped : 0);
  if (skipped > 0)
    console.log(skipsFail ? 'In CI a skipped test is a failed one.' : `${skipped} skipped here`);
  console.log(`\n${sum((suite) => suite.passed)} passed, ${failed} failed`);
  return failed === 0;
}

/** Runs a program with its output shown; resolves to its exit status. */
async function show(command, args, env = {}) {
  const program = new Program(command, args, {
    cwd: ROOT,
    env: { ...process.env, ...WORKSPACE_ENV, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const code = await program.ended;
  if (interrupted.aborted) throw new Interrupted('Interrupted.');
  return code;
}
