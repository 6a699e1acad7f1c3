/** The networks whose hosts are local, and what people call them. */
import { networkInterfaces } from 'node:os';
import { isLoopback, type Network, parseNetwork } from '@packetless/model';

export class LocalNetworks {
  readonly #networks: readonly Network[];
  /** The smallest first, so that the first that fits is the one to name. */
  readonly #named: readonly Network[];

  /** Besides `networks`, loopback and this host's own addresses are local. */
  constructor(networks: readonly Network[]) {
    this.#networks = [...networks, ...ownAddresses()];
    this.#named = networks.filter(({ alias }) => alias !== null).sort((a, b) => b.bits - a.bits);
  }

  /** Whether the 16-byte address at `offset` lies in one of them. */
  isLocal(bytes: Uint8Array, offset: number): boolean {
    return isLoopback(bytes, offset) || this.#networks.some((network) => network.contains(bytes, offset));
  }

  /** Alias of the smallest network with one that the address lies in. */
  aliasOf(bytes: Uint8Array, offset: number): string | null {
    return this.#named.find((network) => network.contains(bytes, offset))?.alias ?? null;
  }
}

/** Each a network of one; those of interfaces that come later are not among them. */
function ownAddresses(): Network[] {
  return Object.values(networkInterfaces()).flatMap((addresses) =>
    (addresses ?? []).map(({ address }) => parseNetwork(address)).filter((network) => network !== null),
  );
}
