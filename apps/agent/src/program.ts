/** What all commands share of being a program. */

export const EXIT = { ok: 0, cannotSend: 1, wrongOptions: 2, noKernelEvents: 3 } as const;

/** To the user, on standard error. */
export function say(message: string): void {
  process.stderr.write(`packetless-agent: ${message}\n`);
}
