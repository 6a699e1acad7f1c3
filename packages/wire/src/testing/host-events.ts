/** Any event about a host that our agent may know, for property tests. Not part of the package. */
import type { InterfaceCountersEvent, ListeningEvent, ListeningSocket } from '@packetless/model';
import fc from 'fast-check';
import { container, count, maybe, name, process, time } from './agent-events.js';

const ipv4 = fc.ipV4();
const ipv6 = fc.constantFrom('::', '::1', 'fd00::7', '2001:db8::1');
const device = fc.stringMatching(/^[a-z0-9.-]{1,15}$/);
const location = fc.constantFrom('deadbeef/4026531840', 'deadbeef/4026532008');
const agent = fc.constantFrom('0123456789abcdef', 'fedcba9876543210');

const socket: fc.Arbitrary<ListeningSocket> = fc.record({
  protocol: fc.constantFrom(6, 17, 132),
  address: fc.oneof(ipv4, ipv6),
  port: fc.nat(65535),
  process: maybe(process),
  container: maybe(container),
  location: maybe(location),
  socket: maybe(count),
  interfaceName: maybe(device),
  since: maybe(time),
  backlog: maybe(count),
  backlogLimit: maybe(count),
});

export const listeningEvents: fc.Arbitrary<ListeningEvent> = fc.record({
  type: fc.constant('listening'),
  time,
  agent: maybe(agent),
  exporter: maybe(fc.oneof(ipv4, ipv6)),
  addresses: fc.array(fc.oneof(ipv4, ipv6), { maxLength: 5 }),
  location: maybe(location),
  part: fc.constant(0),
  parts: fc.constant(1),
  sockets: fc.array(socket, { maxLength: 20 }),
});

export const countersEvents: fc.Arbitrary<InterfaceCountersEvent> = fc.record({
  type: fc.constant('counters'),
  time,
  agent: maybe(agent),
  exporter: maybe(
    fc.oneof(
      ipv4.filter((address) => address !== '0.0.0.0'),
      ipv6,
    ),
  ),
  location: maybe(location),
  namespace: maybe(name),
  container: maybe(container),
  index: fc.nat(0x7fff_ffff),
  name: device,
  ifType: fc.constantFrom(1, 6, 24, 131),
  speedBps: maybe(fc.constantFrom(10e6, 1e9, 25e9, 400e9)),
  duplex: fc.constantFrom('half', 'full', null),
  adminUp: fc.boolean(),
  operUp: fc.boolean(),
  promiscuous: fc.boolean(),
  mtu: maybe(fc.integer({ min: 68, max: 65536 })),
  bytesReceived: count,
  packetsReceived: count,
  errorsReceived: count,
  dropsReceived: maybe(count),
  bytesSent: count,
  packetsSent: count,
  errorsSent: count,
  dropsSent: maybe(count),
});
