import { expect, test } from '@jest/globals';
import { protocolName } from './protocol.js';

test.each([
  [6, 'tcp'],
  [17, 'udp'],
  [1, 'icmp'],
  [58, 'icmpv6'],
  [132, 'sctp'],
  [253, '253'],
])('protocol %i is %s', (number, name) => {
  expect(protocolName(number)).toBe(name);
});
