/** Whether this machine lets a test do what it needs to; where not, the test is skipped and says why. */
import { describe } from '@jest/globals';

/** `describe` for suites that load eBPF programs, make namespaces or control groups. */
export function describeAsRoot(name: string, body: () => void): void {
  if (process.getuid?.() === 0) {
    describe(name, body);
  } else {
    describe.skip(`${name} (needs root: eBPF programs, network namespaces and control groups)`, body);
  }
}
