/** By which address collectors know this host. */
import { createSocket } from 'node:dgram';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { isLoopbackText } from '@packetless/model';
import type { Endpoint } from '@packetless/wire/endpoint';

const RESOLVE_TIMEOUT_MS = 1000;

/**
 * The local address towards the first collector that is connected to. A collector on this host says nothing
 * about the host's address, so then, and without any, the first IPv4 (else IPv6) address that others can
 * reach; a host that has none is known by its loopback address.
 */
export async function findExporter(endpoints: readonly Endpoint[]): Promise<string | null> {
  const peer = endpoints.find(({ mode, address }) => mode === 'connect' && address.startsWith('tcp:'));
  const towards = peer === undefined ? null : await localAddressTowards(peer.address);
  if (towards !== null && !isLoopbackText(towards)) return towards;
  return firstGlobalAddress() ?? towards;
}

/** `tcp://host:port` as libzmq takes it. Connecting a UDP socket sends nothing; it only asks for the route. */
async function localAddressTowards(address: string): Promise<string | null> {
  const match = /^tcp:\/\/\[?([^\]]+?)\]?:(\d+)$/.exec(address);
  if (match === null) return null;
  const [, host = '', port = ''] = match;
  const socket = createSocket(isIP(host) === 6 ? 'udp6' : 'udp4');
  try {
    return await new Promise<string | null>((resolve) => {
      const timer = setTimeout(() => resolve(null), RESOLVE_TIMEOUT_MS);
      const settle = (local: string | null) => {
        clearTimeout(timer);
        resolve(local);
      };
      socket.once('error', () => settle(null));
      socket.connect(Number(port), host, () => settle(socket.address().address));
    });
  } catch {
    return null;
  } finally {
    socket.removeAllListeners('error').on('error', () => {});
    socket.close();
  }
}

/** Addresses of this host in the agent's own network namespace, loopback included. */
export function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));
}

function firstGlobalAddress(): string | null {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const usable = addresses.filter(
    ({ internal, address }) => !internal && !address.startsWith('169.254.') && !address.startsWith('fe80:'),
  );
  return (usable.find(({ family }) => family === 'IPv4') ?? usable[0])?.address ?? null;
}
