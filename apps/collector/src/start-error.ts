/** The collector cannot start; the message is one sentence for whoever started it. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** What a failed system call says, e.g. `EACCES`; null for other errors. */
export function errorCode(error: unknown): string | null {
  const code = error !== null && typeof error === 'object' && 'code' in error ? error.code : null;
  return typeof code === 'string' ? code : null;
}
