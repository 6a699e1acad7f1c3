/** How these scripts say that something went wrong. */

const EXIT_FAILED = 1;
const EXIT_INTERRUPTED = 130;

/** A step could not be done; `message` says what happened and what to do. */
export class StepError extends Error {}

/** Somebody ended this before it was done. */
export class Interrupted extends StepError {}

const NOT_ALLOWED = 'this user may not. Run this as the user who owns this folder, or as root';
const REASONS = {
  EACCES: NOT_ALLOWED,
  EPERM: NOT_ALLOWED,
  EROFS: 'the file system is read-only. Copy this folder to one that can be written to',
  ENOSPC: 'the disk is full. Make room (1 GB is enough) and try again',
  EDQUOT: 'the quota of this user is used up. Make room (1 GB is enough) and try again',
};

/** The remedy in what a program printed before it failed, null when there is none to be seen. */
export function remedyIn(output) {
  if (output.includes('ERR_PNPM_OUTDATED_LOCKFILE')) {
    return 'Run `.cache/pnpm/bin/pnpm install` to bring pnpm-lock.yaml up to date, and try again.';
  }
  const code = /\b(ENOSPC|EDQUOT|EROFS|EACCES|EPERM)\b/.exec(output)?.[1];
  if (code !== undefined) return `It could not write: ${REASONS[code]}.`;
  if (/no space left on device/i.test(output)) return `It could not write: ${REASONS.ENOSPC}.`;
  return null;
}

/**
 * Says why, and sets the exit status. What is no failure of a step is a fault of these scripts and keeps its stack.
 * @param {unknown} error
 */
export function sayFailure(error) {
  process.exitCode = error instanceof Interrupted ? EXIT_INTERRUPTED : EXIT_FAILED;
  if (error instanceof StepError) {
    console.error(`\npacketless: ${error.message}`);
  } else if (error?.syscall !== undefined) {
    const reason = REASONS[error.code] ?? error.message;
    const what = error.path === undefined ? error.syscall : `${error.syscall} ${error.path}`;
    console.error(`\npacketless: Could not ${what}: ${reason}.`);
  } else {
    console.error(error);
  }
}
