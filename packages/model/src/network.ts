/** IP networks as people write them: `192.168.2.0/24`, `10.1.1.1`, `2001:db8::/32`, with an optional name after `=`. */
import { isIPv4, isLoopback, parseAddress } from './address.js';

export interface Network {
  /** As it was given, without the alias. */
  readonly text: string;
  readonly alias: string | null;
  /** How many of an address's 128 bits are the network's; a mapped IPv4 address has 96 before its own. */
  readonly bits: number;
  /** Whether the 16-byte address at `offset` lies inside. */
  contains(bytes: Uint8Array, offset?: number): boolean;
}

/** A mapped IPv4 address has 96 bits before its own 32. */
const MAPPED_BITS = 96;

/**
 * Reads `address`, `address/prefix length` or either with `=alias`; null for anything else.
 * Bits behind the prefix need not be zero (`192.168.2.7/24` is `192.168.2.0/24`).
 * An IPv6 network contains IPv4 addresses only when it lies inside `::ffff:0:0/96`.
 */
export function parseNetwork(text: string): Network | null {
  const equals = text.indexOf('=');
  const network = (equals < 0 ? text : text.slice(0, equals)).trim();
  const alias = equals < 0 ? null : text.slice(equals + 1).trim();
  if (alias === '') return null;

  const slash = network.indexOf('/');
  const address = parseAddress(slash < 0 ? network : network.slice(0, slash));
  if (address === null) return null;
  // "::ffff:10.0.0.0/104" counts from the first of 128 bits, "10.0.0.0/8" from the first of 32.
  const dotted = !network.includes(':');
  const width = dotted ? 32 : 128;
  const prefix = slash < 0 ? width : prefixLength(network.slice(slash + 1), width);
  if (prefix === null) return null;

  const bits = dotted ? MAPPED_BITS + prefix : prefix;
  const excludesIPv4 = bits < MAPPED_BITS;
  return {
    text: network,
    alias,
    bits,
    contains: (bytes, offset = 0) =>
      sharesPrefix(address, bytes, offset, bits) && !(excludesIPv4 && isIPv4(bytes, offset)),
  };
}

function prefixLength(text: string, width: number): number | null {
  if (!/^\d{1,3}$/.test(text)) return null;
  const length = Number(text);
  return length <= width ? length : null;
}

function sharesPrefix(network: Uint8Array, bytes: Uint8Array, offset: number, bits: number): boolean {
  const whole = bits >> 3;
  for (let index = 0; index < whole; index++) {
    if (network[index] !== bytes[offset + index]) return false;
  }
  const rest = bits & 7;
  return rest === 0 || (network[whole]! ^ bytes[offset + whole]!) >> (8 - rest) === 0;
}

/** What is local where nobody says what is: RFC 1918, RFC 4193, link-local IPv6 (RFC 4291 section 2.5.6). */
export const PRIVATE_NETWORKS: readonly string[] = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  'fc00::/7',
  'fe80::/10',
];

/** Whether a 16-byte address is loopback or belongs to one of the networks. */
export function isLocalTo(networks: readonly Network[]): (bytes: Uint8Array, offset?: number) => boolean {
  return (bytes, offset = 0) => {
    if (isLoopback(bytes, offset)) return true;
    for (const network of networks) if (network.contains(bytes, offset)) return true;
    return false;
  };
}

/** Where a conversation's client and server are, seen from the local networks. */
export type Direction = 'local-local' | 'local-remote' | 'remote-local' | 'remote-remote';

export function directionOf(clientIsLocal: boolean, serverIsLocal: boolean): Direction {
  return `${clientIsLocal ? 'local' : 'remote'}-${serverIsLocal ? 'local' : 'remote'}`;
}
