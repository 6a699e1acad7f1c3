import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { capture, LINK } from './capture-file.js';
import * as packet from './packets.js';

const IPV4 = { source: '10.1.0.1', destination: '10.2.0.2' };
const IPV6 = { source: '2001:db8::1', destination: '2001:db8:0:1::2' };
const PORTS = { sourcePort: 40_000, destinationPort: 53 };
const QUERY = { ...IPV4, ...PORTS, payload: packet.zeros(12) };
const QUERY6 = { ...IPV6, ...PORTS, payload: packet.zeros(12) };
const plain = packet.udpPacket(QUERY);
const plain6 = packet.udpPacket(QUERY6);

const expected = {
  protocol: 17,
  client: { address: '10.1.0.1', port: 40_000, bytes: 40 },
  server: { address: '10.2.0.2', port: 53, bytes: 0 },
};
const expected6 = {
  protocol: 17,
  client: { address: '2001:db8::1', port: 40_000, bytes: 60 },
  server: { address: '2001:db8:0:1::2', port: 53 },
};

describe('links', () => {
  const cases: readonly [string, Uint8Array, number, object][] = [
    ['Ethernet', packet.ethernet(plain), LINK.ethernet, expected],
    ['Ethernet with IPv6', packet.ethernet(plain6), LINK.ethernet, expected6],
    [
      'Ethernet padded to its least length',
      packet.join(packet.ethernet(plain), packet.zeros(6)),
      LINK.ethernet,
      expected,
    ],
    ['802.1Q', packet.ethernet(packet.vlan(5, plain), 0x8100), LINK.ethernet, { ...expected, vlan: 5 }],
    [
      '802.1Q with a priority',
      packet.ethernet(packet.vlan(0xe005, plain), 0x8100),
      LINK.ethernet,
      { vlan: 5 },
    ],
    [
      'QinQ: the inner tag',
      packet.ethernet(packet.vlan(9, packet.vlan(6, plain6), 0x8100), 0x88a8),
      LINK.ethernet,
      { ...expected6, vlan: 6 },
    ],
    [
      '802.3 with LLC and SNAP',
      packet.ethernet(packet.join(packet.u8(0xaa, 0xaa, 3, 0, 0, 0, 8, 0), plain), plain.length + 8),
      LINK.ethernet,
      expected,
    ],
    ['Linux cooked', packet.cooked(plain), LINK.cooked, expected],
    ['Linux cooked, version 2', packet.cooked2(plain6), LINK.cooked2, expected6],
    ['raw IP', plain, LINK.raw, expected],
    ['raw IPv6', plain6, LINK.ipv6, expected6],
    ['raw IPv4', plain, LINK.ipv4, expected],
    ['BSD loopback, little-endian', packet.join(packet.u8(2, 0, 0, 0), plain), LINK.null, expected],
    ['BSD loopback, big-endian', packet.join(packet.u8(0, 0, 0, 2), plain), LINK.null, expected],
    ['BSD loopback with IPv6 of Darwin', packet.join(packet.u8(30, 0, 0, 0), plain6), LINK.null, expected6],
    ['OpenBSD loopback', packet.join(packet.u8(0, 0, 0, 24), plain6), LINK.loop, expected6],
    ['PPP', packet.join(packet.u8(0xff, 3, 0, 0x21), plain), LINK.ppp, expected],
    ['PPP with short fields', packet.join(packet.u8(0x57), plain6), LINK.ppp, expected6],
    ['PPPoE', packet.ethernet(packet.pppoe(plain), 0x8864), LINK.ethernet, expected],
    [
      'PPPoE in a VLAN',
      packet.ethernet(packet.vlan(7, packet.pppoe(plain6), 0x8864), 0x8100),
      LINK.ethernet,
      { ...expected6, vlan: 7 },
    ],
    ['MPLS', packet.ethernet(packet.mpls([16], plain), 0x8847), LINK.ethernet, expected],
    [
      'MPLS, three labels',
      packet.ethernet(packet.mpls([16, 17, 18], plain6), 0x8847),
      LINK.ethernet,
      expected6,
    ],
    [
      'Ethernet in an MPLS pseudowire',
      packet.ethernet(packet.mpls([16], packet.join(packet.zeros(4), packet.ethernet(plain))), 0x8847),
      LINK.ethernet,
      expected,
    ],
  ];
  test.each(cases)('%s', async (_name, bytes, link, flow) => {
    const { flows, account } = await capture([bytes], { link });
    expect(flows).toMatchObject([flow]);
    expect(account).toMatchObject({ received: 1, decoded: 1 });
  });
});

describe('IP', () => {
  test('the bytes are those of IP with its options, the ports are behind them', async () => {
    const withOptions = packet.ipv4(IPV4, packet.UDP, packet.udp(QUERY), {
      options: packet.u8(7, 7, 4, 0, 0, 0, 0, 0),
    });
    const { flows } = await capture([packet.ethernet(withOptions)]);
    expect(flows).toMatchObject([{ ...expected, client: { bytes: 48, packets: 1, port: 40_000 } }]);
  });

  test('extension headers of IPv6 are read through', async () => {
    const chain = packet.extension(
      43,
      packet.extension(60, packet.extension(packet.UDP, packet.udp(QUERY6), 1)),
    );
    const { flows } = await capture([packet.ethernet(packet.ipv6(IPV6, 0, chain))]);
    expect(flows).toMatchObject([{ ...expected6, client: { bytes: 92 } }]);
  });

  test('an authentication header counts its length in another unit', async () => {
    const header = packet.join(packet.u8(packet.UDP, 4), packet.zeros(22), packet.udp(QUERY6));
    const { flows } = await capture([packet.ethernet(packet.ipv6(IPV6, 51, header))]);
    expect(flows).toMatchObject([{ protocol: 17, server: { port: 53 } }]);
  });

  test('a length of 0 is a segment that the network card cuts up later', async () => {
    const { flows } = await capture([
      packet.ethernet(packet.ipv4(IPV4, packet.UDP, packet.udp(QUERY), { totalLength: 0 })),
    ]);
    expect(flows).toMatchObject([expected]);
  });

  test('a length beyond what was on the wire counts only what was there', async () => {
    const { flows } = await capture([
      packet.ethernet(packet.ipv4(IPV4, packet.UDP, packet.udp(QUERY), { totalLength: 60_000 })),
    ]);
    expect(flows).toMatchObject([expected]);
  });

  test('protocols without ports have port 0', async () => {
    const { flows } = await capture([packet.ethernet(packet.ipv4(IPV4, 89, packet.zeros(30)))]);
    expect(flows).toMatchObject([{ protocol: 89, client: { port: 0, bytes: 50 }, server: { port: 0 } }]);
  });
});

describe('fragments', () => {
  const whole = packet.udp({ ...IPV4, ...PORTS, payload: packet.zeros(3000) });
  const fragments = [0, 1480, 2960].map((offset) =>
    packet.ethernet(
      packet.ipv4(IPV4, packet.UDP, whole.subarray(offset, offset + 1480), {
        id: 9,
        offset,
        more: offset < 2960,
      }),
    ),
  );

  test('belong to the flow whose ports the first one has', async () => {
    const { flows, account } = await capture(fragments);
    expect(flows).toMatchObject([
      { fragmented: true, withoutPorts: false, client: { port: 40_000, packets: 3, bytes: 3068 } },
    ]);
    expect(account.fragmentsWithoutPorts).toBe(0);
  });

  test('whose first one is missing are a flow without ports, and counted', async () => {
    const { flows, account } = await capture(fragments.slice(1));
    expect(flows).toMatchObject([
      { protocol: 17, withoutPorts: true, client: { port: 0, packets: 2, bytes: 1568 } },
    ]);
    expect(account.fragmentsWithoutPorts).toBe(2);
  });

  test('of another packet with the same number later on are not taken for it', async () => {
    const { flows } = await capture([
      { bytes: fragments[0]!, time: 1_700_000_000 },
      { bytes: fragments[1]!, time: 1_700_000_100 },
    ]);
    expect(flows.map((flow) => flow.client.port)).toEqual([40_000, 0]);
  });

  test('of IPv6', async () => {
    const bytes = packet.udp({ ...IPV6, ...PORTS, payload: packet.zeros(2000) });
    const first = packet.ipv6(
      IPV6,
      44,
      packet.fragmentHeader(packet.UDP, 7, 0, true, bytes.subarray(0, 1448)),
    );
    const last = packet.ipv6(
      IPV6,
      44,
      packet.fragmentHeader(packet.UDP, 7, 1448, false, bytes.subarray(1448)),
    );
    const { flows } = await capture([first, last].map((part) => packet.ethernet(part)));
    expect(flows).toMatchObject([
      { fragmented: true, client: { port: 40_000, packets: 2, bytes: 2008 + 2 * 48 } },
    ]);
  });

  test('an atomic fragment is whole', async () => {
    const only = packet.ipv6(IPV6, 44, packet.fragmentHeader(packet.UDP, 7, 0, false, packet.udp(QUERY6)));
    const { flows } = await capture([packet.ethernet(only)]);
    expect(flows).toMatchObject([{ fragmented: false, server: { port: 53 } }]);
  });
});

describe('transports', () => {
  test('SCTP', async () => {
    const { flows } = await capture([
      packet.ethernet(packet.ipv4(IPV4, packet.SCTP, packet.sctp(40_000, 5060))),
    ]);
    expect(flows).toMatchObject([
      { protocol: 132, client: { port: 40_000 }, server: { port: 5060 }, state: null },
    ]);
  });

  test('an ICMP echo and its reply are one flow, the asking side its client', async () => {
    const echo = (type: number, ends: packet.Ends) =>
      packet.ethernet(packet.ipv4(ends, 1, packet.icmp(type, 0, packet.zeros(60))));
    const back = { source: IPV4.destination, destination: IPV4.source };
    const { flows } = await capture([echo(0, back), echo(8, IPV4), echo(0, back)]);
    expect(flows).toMatchObject([
      {
        protocol: 1,
        orientation: 'handshake',
        client: { address: '10.1.0.1', packets: 1 },
        server: { packets: 2, bytes: 168 },
      },
    ]);
  });

  test.each([
    ['ICMP', plain, IPV4, packet.ICMP, 3],
    ['ICMPv6', plain6, IPV6, packet.ICMP6, 1],
  ])('an %s error is noted at the flow that it quotes', async (_name, cause, ends, protocol, type) => {
    const router = ends === IPV4 ? '10.9.0.9' : '2001:db8::9';
    const error = packet.ip(
      { source: router, destination: ends.source },
      protocol,
      packet.icmp(type, 1, packet.join(packet.zeros(4), cause)),
    );
    const { flows } = await capture([packet.ethernet(cause), packet.ethernet(error)]);
    expect(flows).toMatchObject([
      { protocol: 17, icmpError: { type, code: 1 } },
      { protocol, icmpError: null, client: { address: router } },
    ]);
  });

  test('TCP of which only the ports were captured is still in its flow', async () => {
    const bytes = packet.ethernet(
      packet.tcpPacket({
        ...IPV4,
        sourcePort: 40_000,
        destinationPort: 443,
        flags: packet.ACK,
        payload: packet.zeros(100),
      }),
    );
    const { flows } = await capture([{ bytes, captured: 14 + 20 + 8 }]);
    expect(flows).toMatchObject([{ protocol: 6, client: { port: 40_000, bytes: 140 } }]);
  });
});

describe('tunnels', () => {
  const outer = { source: '192.0.2.1', destination: '192.0.2.2' };
  const inside: readonly [string, number, Uint8Array][] = [
    ['IP in IP', 4, plain],
    ['GRE with a key', 47, packet.gre(plain)],
    ['Ethernet in GRE', 47, packet.gre(packet.ethernet(plain), 0x6558)],
    [
      'VXLAN',
      17,
      packet.udp({
        ...outer,
        sourcePort: 50_000,
        destinationPort: 4789,
        payload: packet.vxlan(packet.ethernet(plain)),
      }),
    ],
    [
      'Geneve',
      17,
      packet.udp({
        ...outer,
        sourcePort: 50_000,
        destinationPort: 6081,
        payload: packet.geneve(packet.ethernet(plain)),
      }),
    ],
  ];
  test.each(inside)(
    '%s: the tunnel, or what is inside when that is asked for',
    async (_name, protocol, bytes) => {
      const tunnel = packet.ethernet(packet.ipv4(outer, protocol, bytes));
      const without = await capture([tunnel]);
      expect(without.flows).toMatchObject([
        { protocol, tunnelled: false, client: { address: '192.0.2.1', bytes: 20 + bytes.length } },
      ]);
      const within = await capture([tunnel], { insideTunnels: true });
      expect(within.flows).toMatchObject([{ ...expected, tunnelled: true }]);
    },
  );

  test('what cannot be read inside is the tunnel’s', async () => {
    const { flows, account } = await capture(
      [packet.ethernet(packet.ipv4(outer, 4, packet.u8(0x45, 0, 0)))],
      { insideTunnels: true },
    );
    expect(flows).toMatchObject([{ protocol: 4, tunnelled: false }]);
    expect(account.decoded).toBe(1);
  });
});

describe('what cannot be decoded is counted by its reason', () => {
  const nested = (depth: number): Uint8Array =>
    depth === 0 ? plain : packet.ipv4(IPV4, 4, nested(depth - 1));
  const cases: readonly [string, Uint8Array, number | undefined, string][] = [
    ['ARP', packet.ethernet(packet.zeros(28), 0x0806), undefined, 'not IP'],
    [
      'spanning tree',
      packet.ethernet(packet.join(packet.u8(0x42, 0x42, 3), packet.zeros(40)), 43),
      undefined,
      'not IP',
    ],
    ['half a link header', packet.ethernet(plain), 9, 'link header cut off'],
    ['half an IP header', packet.ethernet(plain), 20, 'IP header cut off'],
    ['half the ports', packet.ethernet(plain), 36, 'transport header cut off'],
    ['a frame of five bytes', packet.zeros(5), undefined, 'malformed link header'],
    [
      'an IP header length of 8',
      packet.ethernet(packet.join(packet.u8(0x42), plain.subarray(1)), 0x0800),
      undefined,
      'malformed IP header',
    ],
    [
      'IP version 5',
      packet.ethernet(packet.join(packet.u8(0x55), plain.subarray(1)), 0x0800),
      undefined,
      'malformed IP header',
    ],
    [
      'an IPv4 packet shorter than its header',
      packet.ethernet(packet.ipv4(IPV4, 17, packet.udp(QUERY), { totalLength: 10 })),
      undefined,
      'malformed IP header',
    ],
    [
      'UDP of three bytes',
      packet.ethernet(packet.ipv4(IPV4, 17, packet.zeros(3))),
      undefined,
      'malformed transport header',
    ],
    [
      'TCP without room for its header',
      packet.ethernet(packet.ipv4(IPV4, 6, packet.zeros(12))),
      undefined,
      'malformed transport header',
    ],
    [
      'a hundred tags',
      packet.ethernet(packet.join(...Array.from({ length: 100 }, () => packet.u8(0, 1, 0x81, 0))), 0x8100),
      undefined,
      'nested too deep',
    ],
    ['sixty packets inside one another', packet.ethernet(nested(60)), undefined, 'nested too deep'],
    [
      'a hundred extension headers',
      packet.ethernet(
        packet.ipv6(
          IPV6,
          60,
          packet.join(...Array.from({ length: 100 }, () => packet.u8(60, 0, 1, 4, 0, 0, 0, 0))),
        ),
      ),
      undefined,
      'nested too deep',
    ],
  ];
  test.each(cases)('%s', async (_name, bytes, captured, problem) => {
    const { flows, account } = await capture([{ bytes, captured }], { insideTunnels: true });
    expect(flows).toEqual([]);
    const others = Object.entries(account.undecoded).filter(([, count]) => count > 0);
    expect(others).toEqual([[problem, 1]]);
    expect(account).toMatchObject({ received: 1, decoded: 0 });
  });

  test('any bytes on any link: each packet is decoded or counted', async () => {
    const links = fc.constantFrom(...Object.values(LINK));
    const bytes = fc
      .uint8Array({ maxLength: 120 })
      .map((tail) => packet.join(packet.ethernet(plain).subarray(0, tail.length % 40), tail));
    await fc.assert(
      fc.asyncProperty(
        links,
        fc.array(bytes, { minLength: 1, maxLength: 50 }),
        fc.boolean(),
        async (link, packets, insideTunnels) => {
          const { flows, account } = await capture(packets, { link, insideTunnels });
          const undecoded = Object.values(account.undecoded).reduce((sum, count) => sum + count, 0);
          expect(account.received).toBe(packets.length);
          expect(account.decoded + undecoded).toBe(packets.length);
          expect(flows.reduce((sum, flow) => sum + flow.client.packets + flow.server.packets, 0)).toBe(
            account.decoded,
          );
        },
      ),
      { numRuns: 60, interruptAfterTimeLimit: 5000 },
    );
  });
});
