import { isLoopback, type Network } from '@packetless/model';

/** Whether an address belongs to this host itself or to one of the networks. */
export function isLocalTo(networks: readonly Network[]): (bytes: Uint8Array, offset: number) => boolean {
  return (bytes, offset) => {
    if (isLoopback(bytes, offset)) return true;
    for (const network of networks) if (network.contains(bytes, offset)) return true;
    return false;
  };
}
