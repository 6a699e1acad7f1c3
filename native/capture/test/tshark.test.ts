/** The same captures read by us and by tshark: the same conversations, packets and bytes. */
import { describe, expect, test } from '@jest/globals';
import { LINK, pcapFile, pcapngFile, readPath, withFile } from './capture-file.js';
import { mixture } from './mixture.js';
import * as packet from './packets.js';
import { hasTshark, summaries, tsharkSummaries } from './tshark.js';

/** Nothing ends of silence: tshark remembers conversations for ever. */
const PATIENT = { tcpIdleSeconds: 86_400, otherIdleSeconds: 86_400, closedIdleSeconds: 86_400 };
const isIpv6 = (bytes: packet.Bytes) => bytes[0]! >> 4 === 6;
const isFragment = (bytes: packet.Bytes) => !isIpv6(bytes) && ((bytes[6]! & 0x3f) !== 0 || bytes[7] !== 0);
const hasPorts = (bytes: packet.Bytes) => [packet.TCP, packet.UDP].includes(bytes[isIpv6(bytes) ? 6 : 9]!);
/** Of the same version as what is inside: the last header of that version is then the inner one. */
const tunnelFor = (bytes: packet.Bytes) =>
  isIpv6(bytes)
    ? { source: '2001:db8:f::1', destination: '2001:db8:f::2' }
    : { source: '192.0.2.1', destination: '192.0.2.2' };

const links: readonly [string, number, (bytes: packet.Bytes) => packet.Bytes][] = [
  ['Ethernet', LINK.ethernet, (bytes) => packet.ethernet(bytes)],
  ['802.1Q', LINK.ethernet, (bytes) => packet.ethernet(packet.vlan(12, bytes), 0x8100)],
  ['QinQ', LINK.ethernet, (bytes) => packet.ethernet(packet.vlan(9, packet.vlan(12, bytes), 0x8100), 0x88a8)],
  ['PPPoE', LINK.ethernet, (bytes) => packet.ethernet(packet.pppoe(bytes), 0x8864)],
  ['MPLS', LINK.ethernet, (bytes) => packet.ethernet(packet.mpls([100, 200], bytes), 0x8847)],
  ['Linux cooked', LINK.cooked, packet.cooked],
  ['Linux cooked, version 2', LINK.cooked2, packet.cooked2],
  ['raw IP', LINK.raw, (bytes) => bytes],
  ['BSD loopback', LINK.null, (bytes) => packet.join(packet.u8(isIpv6(bytes) ? 30 : 2, 0, 0, 0), bytes)],
  ['OpenBSD loopback', LINK.loop, (bytes) => packet.join(packet.u8(0, 0, 0, isIpv6(bytes) ? 24 : 2), bytes)],
  ['PPP', LINK.ppp, (bytes) => packet.join(packet.u8(0xff, 3, 0, isIpv6(bytes) ? 0x57 : 0x21), bytes)],
];

(hasTshark ? describe : describe.skip)('tshark finds the same conversations', () => {
  const packets = mixture(1, 400);

  test.each(links)('over %s', async (_name, link, wrap) => {
    const file = pcapFile(
      packets.map(({ bytes, time }) => ({ bytes: wrap(bytes), time })),
      link,
    );
    await withFile(file, async (path) => {
      const { flows, account } = await readPath(path, PATIENT);
      expect(account.decoded).toBe(packets.length);
      const theirs = tsharkSummaries(path);
      expect(theirs.length).toBeGreaterThan(200);
      expect(summaries(flows)).toEqual(theirs);
    });
  });

  test.each([2, 3, 4])('in random traffic (%i)', async (seed) => {
    const file = pcapngFile(
      mixture(seed, 1500).map(({ bytes, time }) => ({ bytes: packet.ethernet(bytes), time })),
    );
    await withFile(file, async (path) => {
      const { flows } = await readPath(path, PATIENT);
      expect(summaries(flows)).toEqual(tsharkSummaries(path));
    });
  });

  const inDatagram = (bytes: packet.Bytes, destinationPort: number, payload: packet.Bytes) =>
    packet.udpPacket({ ...tunnelFor(bytes), sourcePort: 50_000, destinationPort, payload });
  const tunnels: readonly [string, (bytes: packet.Bytes) => packet.Bytes][] = [
    ['IP in IP', (bytes) => packet.ip(tunnelFor(bytes), isIpv6(bytes) ? 41 : 4, bytes)],
    ['GRE', (bytes) => packet.ip(tunnelFor(bytes), 47, packet.gre(bytes))],
    ['VXLAN', (bytes) => inDatagram(bytes, 4789, packet.vxlan(packet.ethernet(bytes)))],
    ['Geneve', (bytes) => inDatagram(bytes, 6081, packet.geneve(packet.ethernet(bytes), packet.zeros(0)))],
  ];
  test.each(tunnels)('inside of %s', async (_name, wrap) => {
    // tshark's columns do not say to which of the two packets a port belongs, so both have ports.
    const whole = packets.filter(({ bytes }) => hasPorts(bytes) && !isFragment(bytes));
    const file = pcapFile(whole.map(({ bytes, time }) => ({ bytes: packet.ethernet(wrap(bytes)), time })));
    await withFile(file, async (path) => {
      const { flows } = await readPath(path, { ...PATIENT, insideTunnels: true });
      const ours = summaries(flows.filter((flow) => flow.protocol === 6 || flow.protocol === 17));
      const theirs = tsharkSummaries(path, 'last').filter((line) => /^(6|17) /.test(line));
      expect(theirs.length).toBeGreaterThan(100);
      expect(ours).toEqual(theirs);
    });
  });
});
