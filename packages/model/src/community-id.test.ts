import { describe, expect, test } from '@jest/globals';
import { parseAddress } from './address.js';
import { communityId } from './community-id.js';

/** Values of the specification's own test data. */
describe('communityId', () => {
  test.each([
    ['TCP', 6, '128.232.110.120', 34855, '66.35.250.204', 80, '1:LQU9qZlK+B5F3KDmev6m5PMibrg='],
    ['UDP', 17, '192.168.1.52', 54585, '8.8.8.8', 53, '1:d/FP5EW3wiY1vCndhwleRRKHowQ='],
    ['ICMP', 1, '192.168.0.89', 8, '192.168.0.1', 0, '1:X0snYXpgwiv9TZtqg64sgzUn6Dk='],
    ['SCTP', 132, '192.168.170.8', 7, '192.168.170.56', 7, '1:MP2EtRCAUIZvTw6MxJHLV7N7JDs='],
    [
      'TCP over IPv6',
      6,
      '2607:f8b0:400c:c03::1a',
      25,
      '2001:470:e5bf:dead:4957:2174:e82c:4887',
      63943,
      '1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=',
    ],
    [
      'ICMPv6',
      58,
      'fe80::200:86ff:fe05:80da',
      135,
      'fe80::260:97ff:fe07:69ea',
      0,
      '1:dGHyGvjMfljg6Bppwm3bg0LO8TY=',
    ],
  ])('%s', (_, protocol, a, aPort, b, bPort, expected) => {
    expect(communityId(protocol, parseAddress(a)!, aPort, parseAddress(b)!, bPort)).toBe(expected);
  });

  test('is the same in either direction', () => {
    const [a, b] = [parseAddress('10.0.0.1')!, parseAddress('10.0.0.2')!];
    expect(communityId(6, a, 1, b, 2)).toBe(communityId(6, b, 2, a, 1));
    expect(communityId(6, a, 1, a, 2)).toBe(communityId(6, a, 2, a, 1));
  });
});
