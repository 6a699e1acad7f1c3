/** Opening a source in a process of its own, which may be killed or lose its privileges. */
import { fileURLToPath } from 'node:url';

export const ADDON = fileURLToPath(new URL('../build/introspection.node', import.meta.url));

const DEFAULTS = {
  source: 'ebpf',
  tier: '',
  library: '',
  cgroup: '',
  ringBytes: 1 << 16,
  datagramIntervalMs: 200,
  sweepIntervalMs: 200,
  netlink: true,
};

/** JavaScript that opens a source as `opened`, which has a `code` and a `message` when that failed, and takes all it tells. */
export function openScript(changes: Partial<typeof DEFAULTS> = {}): string {
  const options = JSON.stringify({ ...DEFAULTS, ...changes });
  return `
    const memory = new Uint8Array(1 << 20);
    const opened = require(${JSON.stringify(ADDON)}).open(${options}, () => {
      while (opened.take(memory) !== 0);
    });`;
}
