import { openIntrospection } from '@packetless/introspection';
import type { OpenSource } from './source.js';

/** A page that shows bytes of datagrams should not lag behind one that shows connections. */
const MAX_UDP_INTERVAL_MS = 500;

/**
 * The running kernel's own events. `cgroup` limits UDP to sockets below that directory;
 * UDP counters come every `intervalMs` or sooner. Opening throws `IntrospectionError`.
 */
export function ebpfSource(options: {
  readonly cgroup: string | null;
  readonly intervalMs: number;
}): OpenSource {
  return (onRecords) => {
    const introspection = openIntrospection({
      ...(options.cgroup === null ? {} : { cgroup: options.cgroup }),
      udpIntervalMs: Math.min(options.intervalMs, MAX_UDP_INTERVAL_MS),
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
