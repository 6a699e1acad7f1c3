/** Sets up a bare clone and hands over to the fuzzers of native/capture. */
import { join } from 'node:path';
import { CAPTURE_TEST_PACKAGES } from './debian.js';
import { runCounting } from './run-counting.js';
import { ROOT } from './workspace.js';

/** @param {readonly string[]} args as native/capture/fuzz/run.mjs takes them */
export function testFuzz(args) {
  const runtime = CAPTURE_TEST_PACKAGES.filter(({ name }) => name === 'libclang-rt-dev');
  return runCounting(runtime, [process.execPath, join(ROOT, 'native/capture/fuzz/run.mjs'), ...args]);
}
