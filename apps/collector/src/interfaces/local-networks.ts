import { networkInterfaces } from 'node:os';
import { isLoopback, type Network, parseNetwork } from '@packetless/model';

/** This host's own addresses, each a network of one; those of interfaces that come later are not among them. */
export function ownAddresses(): Network[] {
  return Object.values(networkInterfaces()).flatMap((addresses) =>
    (addresses ?? []).map(({ address }) => parseNetwork(address)).filter((network) => network !== null),
  );
}

/** Whether an address is loopback or belongs to one of the networks. */
export function isLocalTo(networks: readonly Network[]): (bytes: Uint8Array, offset: number) => boolean {
  return (bytes, offset) => {
    if (isLoopback(bytes, offset)) return true;
    for (const network of networks) if (network.contains(bytes, offset)) return true;
    return false;
  };
}
