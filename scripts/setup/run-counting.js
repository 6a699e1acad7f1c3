/** Sets up a bare clone and runs a program that ends with a line "N passed, N failed". */
import { installDebianPackages } from './debian.js';
import { Interrupted, StepError, sayFailure } from './failure.js';
import { endOnSignals, interrupted, Program } from './programs.js';
import { prepareWorkspace, ROOT, WORKSPACE_ENV } from './workspace.js';

/**
 * @param {readonly import('./debian.js').DebianPackage[]} packages what it needs beyond a build; where they cannot be
 *   installed, it is skipped, and in CI that is a failure
 * @param {readonly string[]} command
 */
export async function runCounting(packages, [file, ...args]) {
  endOnSignals();
  try {
    if (!(await hasPackages(packages))) return;
    await prepareWorkspace();
    const program = new Program(file, args, {
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

async function hasPackages(packages) {
  try {
    await installDebianPackages(packages);
    return true;
  } catch (error) {
    if (process.env.CI === 'true' || !(error instanceof StepError) || error instanceof Interrupted)
      throw error;
    console.log(`Skipped: ${error.message}\n\n0 passed, 0 failed`);
    return false;
  }
}
