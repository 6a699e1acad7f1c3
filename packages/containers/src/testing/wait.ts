/** Waits for a condition; fails with what did not come. */
export async function until(what: string, holds: () => boolean, within = 15_000): Promise<void> {
  const deadline = Date.now() + within;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`did not come within ${within} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
