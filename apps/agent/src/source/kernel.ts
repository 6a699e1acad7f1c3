import {
  type IntrospectionOptions,
  openIntrospection,
  releaseMemory,
  type SourceKind,
} from '@packetless/introspection';
import type { MissingPart } from '@packetless/model';
import type { OpenSource } from './source.js';

/** A page that shows bytes of datagrams should not lag behind one that shows connections. */
const MAX_DATAGRAM_INTERVAL_MS = 500;
/** An agent should be small a few seconds after it had much to do. */
const RELEASE_MEMORY_EVERY_MS = 10_000;
/** To read /proc/PID/exe of other users' processes (ptrace(2), "Ptrace access mode checking"). */
const OTHERS_PROCESSES = 'CAP_SYS_PTRACE';

/**
 * The running kernel, asked through one of the native sources. `cgroup` limits datagrams to sockets below that
 * directory; counters come every `intervalMs` or sooner. Opening throws `IntrospectionError`.
 */
export function kernelSource(options: {
  readonly source: SourceKind;
  readonly cgroup: string | null;
  readonly intervalMs: number;
  readonly netlink?: boolean;
  readonly tier?: IntrospectionOptions['tier'] | null;
  readonly library?: string | null;
}): OpenSource {
  return (listener) => {
    const introspection = openIntrospection({
      source: options.source,
      ...(options.cgroup === null ? {} : { cgroup: options.cgroup }),
      ...(options.netlink === undefined ? {} : { netlink: options.netlink }),
      ...(options.tier == null ? {} : { tier: options.tier }),
      ...(options.library == null ? {} : { library: options.library }),
      datagramIntervalMs: Math.min(options.intervalMs, MAX_DATAGRAM_INTERVAL_MS),
      sweepIntervalMs: options.intervalMs,
      onRecords: (records) => listener.records(records),
    });
    releaseMemory();
    const releasing = setInterval(releaseMemory, RELEASE_MEMORY_EVERY_MS);
    return {
      kind: introspection.source,
      tier: introspection.tier,
      get lost() {
        return missingParts(introspection.programs);
      },
      capabilities: [...introspection.capabilities, OTHERS_PROCESSES],
      account: () => introspection.account(),
      tellTranslations: () => introspection.tellTranslations(),
      close: () => {
        clearInterval(releasing);
        introspection.close();
      },
    };
  };
}

/** Parts that did not attach, unless another one that did has the same purpose. */
function missingParts(
  parts: readonly { purpose: string; state: string; error: string | null }[],
): MissingPart[] {
  const served = new Set(parts.filter(({ state }) => state === 'attached').map(({ purpose }) => purpose));
  const missing = new Map<string, MissingPart>();
  for (const { purpose, state, error } of parts) {
    if (state === 'attached' || served.has(purpose) || missing.has(purpose)) continue;
    missing.set(purpose, { what: purpose, why: error ?? state });
  }
  return [...missing.values()];
}
