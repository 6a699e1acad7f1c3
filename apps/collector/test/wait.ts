/** Waits until `probe` gives something other than null, undefined or false. */
export async function waitFor<T>(
  what: string,
  probe: () => T | null | undefined | false | Promise<T | null | undefined | false>,
  timeoutMs = 5000,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (value !== null && value !== undefined && value !== false) return value;
    if (Date.now() > end) throw new Error(`${what}: it did not happen within ${timeoutMs} ms.`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}
