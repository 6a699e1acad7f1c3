import { openIntrospection } from '@packetless/introspection';
import type { OpenSource } from './source.js';

/**
 * The running kernel's own events. `cgroup` limits UDP to sockets below that directory;
 * UDP counters come every `intervalMs`. Opening throws `IntrospectionError`.
 */
export function ebpfSource(options: {
  readonly cgroup: string | null;
  readonly intervalMs: number;
}): OpenSource {
  return (onRecords) => {
    const introspection = openIntrospection({
      ...(options.cgroup === null ? {} : { cgroup: options.cgroup }),
      udpIntervalMs: options.intervalMs,
      onRecords,
    });
    return {
      kind: 'ebpf',
      tier: introspection.tier,
      account: () => introspection.account(),
      close: () => introspection.close(),
    };
  };
}
