import type { Host } from './host.js';
import { NamespaceNames } from './namespaces.js';

/** Names of the network namespaces that events come from. */
export class Places {
  readonly #names: NamespaceNames;

  constructor(private readonly host: Pick<Host, 'boot' | 'netns'>) {
    this.#names = new NamespaceNames(host.netns);
  }

  /** Null for the host's own namespace, and for whatever is not of this host and boot: its names are not known here. */
  of(location: string | null): string | null {
    const [boot, netns] = location?.split('/') ?? [];
    if (boot !== this.host.boot || netns === undefined || !/^\d+$/.test(netns)) return null;
    return this.#names.of(Number(netns));
  }
}
