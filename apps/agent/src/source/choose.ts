/** Which source the agent learns from. */
import { IntrospectionError } from '@packetless/introspection';
import type { WatchOptions } from '../options/watch-options.js';
import { kernelSource } from './kernel.js';
import type { OpenSource, Source, SourceListener } from './source.js';

type Chosen = Pick<WatchOptions, 'source' | 'netlink' | 'tier' | 'cgroup'> & { readonly intervalMs: number };

/** `notice` tells the user that another source was taken than the best, and why. */
export async function chosenSource(
  { source, ...options }: Chosen,
  notice: (message: string) => void,
): Promise<OpenSource> {
  switch (source.kind) {
    case 'replay': {
      const { replaySource } = await import('./replay.js');
      return replaySource({ ...source, notice });
    }
    case 'auto':
      return bestSource(options, notice);
    case 'libebpfflow':
      return kernelSource({ ...options, source: source.kind, library: source.library });
    default:
      return kernelSource({ ...options, source: source.kind });
  }
}

/** eBPF, and where it cannot be had netlink, which is there for everybody. */
function bestSource(options: Omit<Chosen, 'source'>, notice: (message: string) => void): OpenSource {
  const ebpf = kernelSource({ ...options, source: 'ebpf' });
  if (!options.netlink) return ebpf;
  return (listener) => {
    try {
      return ebpf(listener);
    } catch (error) {
      // Both are in the same addon: where it cannot be loaded there is nothing to fall back to.
      if (!(error instanceof IntrospectionError) || error.code === 'ADDON') throw error;
      return instead(error, kernelSource({ ...options, tier: null, source: 'netlink' }), listener, notice);
    }
  };
}

function instead(
  why: IntrospectionError,
  open: OpenSource,
  listener: SourceListener,
  notice: (message: string) => void,
): Source {
  let source: Source;
  try {
    source = open(listener);
  } catch (error) {
    if (!(error instanceof IntrospectionError)) throw error;
    throw new IntrospectionError(why.code, `${why.message} And not without eBPF either: ${error.message}`);
  }
  notice(`going on without eBPF, with netlink: short-lived connections may be missed. ${why.message}`);
  return {
    ...source,
    get lost() {
      return [
        { what: 'what only eBPF sees: short-lived connections and processes', why: why.message },
        ...source.lost,
      ];
    },
  };
}
