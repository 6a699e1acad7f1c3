/** Sets up a bare clone and hands over to test/captures, which reads real captures and counts. */
import { join } from 'node:path';
import { CAPTURE_TEST_PACKAGES } from './debian.js';
import { runCounting } from './run-counting.js';
import { ROOT } from './workspace.js';

/** @param {readonly string[]} args as test/captures/run.ts takes them */
export function testCaptures(args) {
  const tshark = CAPTURE_TEST_PACKAGES.filter(({ name }) => name === 'tshark');
  return runCounting(tshark, [process.execPath, join(ROOT, 'test/dist/captures/run.js'), ...args]);
}
