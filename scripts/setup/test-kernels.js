/** Sets up a bare clone and hands over to test/kernels, which boots other kernels and counts. */
import { join } from 'node:path';
import { KERNEL_TEST_PACKAGES } from './debian.js';
import { Interrupted, sayFailure } from './failure.js';
import { endOnSignals, interrupted, Program } from './programs.js';
import { prepareWorkspace, ROOT, WORKSPACE_ENV } from './workspace.js';

/** @param {readonly string[]} args as test/kernels/run.ts takes them */
export async function testKernels(args) {
  endOnSignals();
  try {
    await prepareWorkspace(KERNEL_TEST_PACKAGES);
    const file = join(ROOT, 'test/dist/kernels/run.js');
    const program = new Program(process.execPath, [file, ...args], {
      cwd: ROOT,
      env: { ...process.env, ...WORKSPACE_ENV },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    process.exitCode = await program.ended;
    if (interrupted.aborted) throw new Interrupted('Interrupted.');
  } catch (error) {
    sayFailure(error);
    console.log('\n0 passed, 1 failed');
  }
}
