/** Whatever a benchmark makes in the system is undone: at its end, when it fails, and when it is interrupted. */
import { Cleanup } from '../harness/cleanup.js';

const active = new Set<Cleanup>();

export async function cleaningUp<T>(work: (cleanup: Cleanup) => Promise<T>): Promise<T> {
  const cleanup = new Cleanup();
  active.add(cleanup);
  try {
    return await work(cleanup);
  } finally {
    await cleanup.run();
    active.delete(cleanup);
  }
}

/** Undoes everything now and ends the program when it is told to end. */
export function cleanUpWhenInterrupted(): void {
  let ending = false;
  const end = async () => {
    // timeout(1) and terminals send more than one signal.
    if (ending) return;
    ending = true;
    for (const cleanup of active) await cleanup.run().catch((error) => console.error(error));
    process.exit(1);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end());
}
