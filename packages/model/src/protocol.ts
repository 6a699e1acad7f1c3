/** Names of IP protocols (IANA "Assigned Internet Protocol Numbers"), lower case as in /etc/protocols. */

export const TCP = 6;
export const UDP = 17;
/**
 * Not a protocol of IP (IANA reserves the number, so no packet bears it): what a process sends and receives below IP,
 * through an AF_PACKET socket. Such a conversation has the addresses 0.0.0.0 and no ports.
 */
export const PACKET_SOCKET = 255;

const NAMES: ReadonlyMap<number, string> = new Map([
  [1, 'icmp'],
  [2, 'igmp'],
  [4, 'ipip'],
  [TCP, 'tcp'],
  [UDP, 'udp'],
  [33, 'dccp'],
  [41, 'ipv6'],
  [47, 'gre'],
  [50, 'esp'],
  [51, 'ah'],
  [58, 'icmpv6'],
  [89, 'ospf'],
  [103, 'pim'],
  [112, 'vrrp'],
  [132, 'sctp'],
  [136, 'udplite'],
  [PACKET_SOCKET, 'packet'],
]);

/** 6 → `tcp`, 17 → `udp`, 58 → `icmpv6` …; a number without a name here as text. */
export function protocolName(number: number): string {
  return NAMES.get(number) ?? String(number);
}
