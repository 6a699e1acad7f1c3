import { runSelftest } from './selftest.js';

export async function main(args: readonly string[]): Promise<void> {
  process.exitCode = await runSelftest(args);
}
