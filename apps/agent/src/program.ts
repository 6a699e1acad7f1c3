/** What all commands share of being a program. */

export const EXIT = { ok: 0, cannotSend: 1, wrongOptions: 2, noKernelEvents: 3 } as const;

/** To the user, on standard error. */
export function say(message: string): void {
  process.stderr.write(`packetless-agent: ${message}\n`);
}

/** Something that should have ended by now does not keep the program for longer. */
const END_WITHIN_MS = 500;

/**
 * Ends the program with this status when nothing is left to do. What libzmq still holds then gets its time (its linger):
 * its context is closed when Node.js ends by itself, and not by process.exit.
 */
export function end(status: number): void {
  process.exitCode = status;
  setTimeout(() => process.exit(status), END_WITHIN_MS).unref();
}
