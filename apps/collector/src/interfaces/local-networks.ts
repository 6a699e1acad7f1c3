import { networkInterfaces } from 'node:os';
import { type Network, parseNetwork } from '@packetless/model';

/** This host's own addresses, each a network of one; those of interfaces that come later are not among them. */
export function ownAddresses(): Network[] {
  return Object.values(networkInterfaces()).flatMap((addresses) =>
    (addresses ?? []).map(({ address }) => parseNetwork(address)).filter((network) => network !== null),
  );
}
