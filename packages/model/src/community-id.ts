/**
 * Community ID, the flow hash that other tools show too: version 1, seed 0.
 * https://github.com/corelight/community-id-spec
 *
 * Uses node:crypto, therefore an entry of its own: browsers get the hash with the flow.
 */
import { createHash } from 'node:crypto';
import { isIPv4 } from './address.js';

const SEED = 0;
const ICMP = 1;
const ICMPV6 = 58;
/** Protocols whose ports are hashed: ICMP, TCP, UDP, ICMPv6, SCTP. */
const PROTOCOLS_WITH_PORTS: ReadonlySet<number> = new Set([ICMP, 6, 17, ICMPV6, 132]);

/** ICMP types that come in pairs of request and answer; a pair is hashed as if each were the other's port. */
const ICMP_ANSWERS: ReadonlyMap<number, number> = new Map([
  [0, 8],
  [8, 0],
  [9, 10],
  [10, 9],
  [13, 14],
  [14, 13],
  [15, 16],
  [16, 15],
  [17, 18],
  [18, 17],
]);
const ICMPV6_ANSWERS: ReadonlyMap<number, number> = new Map([
  [128, 129],
  [129, 128],
  [130, 131],
  [131, 130],
  [133, 134],
  [134, 133],
  [135, 136],
  [136, 135],
  [139, 140],
  [140, 139],
  [144, 145],
  [145, 144],
]);

/**
 * `1:` and the base64 of a SHA-1, the same in either direction.
 * `a` and `b` are 16-byte addresses; for ICMP the "ports" are type and code.
 *
 *     communityId(6, parseAddress('128.232.110.120')!, 34855, parseAddress('66.35.250.204')!, 80);
 *     // "1:LQU9qZlK+B5F3KDmev6m5PMibrg="
 */
export function communityId(
  protocol: number,
  a: Uint8Array,
  aPort: number,
  b: Uint8Array,
  bPort: number,
): string {
  let first = part(a);
  let second = part(b);
  let firstPort = aPort;
  let secondPort = bPort;
  let oneWay = false;
  const answers = protocol === ICMP ? ICMP_ANSWERS : protocol === ICMPV6 ? ICMPV6_ANSWERS : null;
  if (answers !== null) {
    const answer = answers.get(aPort);
    if (answer === undefined) oneWay = true;
    else secondPort = answer;
  }
  const order = Buffer.compare(first, second);
  if (!oneWay && (order > 0 || (order === 0 && firstPort > secondPort))) {
    [first, second] = [second, first];
    [firstPort, secondPort] = [secondPort, firstPort];
  }
  const tail = Buffer.from(
    PROTOCOLS_WITH_PORTS.has(protocol)
      ? [protocol, 0, firstPort >> 8, firstPort & 0xff, secondPort >> 8, secondPort & 0xff]
      : [protocol, 0],
  );
  const digest = createHash('sha1')
    .update(Buffer.from([SEED >> 8, SEED & 0xff]))
    .update(first)
    .update(second)
    .update(tail)
    .digest('base64');
  return `1:${digest}`;
}

/** What is hashed of an address: four bytes of IPv4, sixteen of IPv6. */
function part(address: Uint8Array): Uint8Array {
  return isIPv4(address) ? address.subarray(12, 16) : address.subarray(0, 16);
}
