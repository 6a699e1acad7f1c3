/** Tunnels beyond those of decoder.test.ts: what is inside is told when it is asked for, and else the tunnel. */
import { describe, expect, test } from '@jest/globals';
import { capture } from './capture-file.js';
import * as packet from './packets.js';
import { join, u8, u16, u32, zeros } from './packets.js';

const INNER = { source: '10.1.0.1', destination: '10.2.0.2', sourcePort: 40_000, destinationPort: 53 };
const inner = packet.udpPacket({ ...INNER, payload: zeros(12) });
const inner6 = packet.udpPacket({
  source: '2001:db8::1',
  destination: '2001:db8::2',
  sourcePort: 40_000,
  destinationPort: 53,
  payload: zeros(12),
});
const OUTER = { source: '192.0.2.1', destination: '192.0.2.2' };
const datagram = (destinationPort: number, payload: Uint8Array, sourcePort = 50_000) =>
  packet.udpPacket({ ...OUTER, sourcePort, destinationPort, payload });
const PPP = join(u8(0xff, 3, 0, 0x21), inner);

const TUNNELS: readonly [name: string, bytes: Uint8Array, client?: string][] = [
  ['GTP-U', datagram(2152, join(u8(0x30, 0xff), u16(40), u32(7), inner))],
  ['GTP-U with a number', datagram(2152, join(u8(0x32, 0xff), u16(44), u32(7), u16(1), u8(0, 0), inner))],
  [
    'GTP-U with an extension',
    datagram(2152, join(u8(0x34, 0xff), u16(48), u32(7), u16(0), u8(0, 0x85), u8(1, 0, 9, 0), inner)),
  ],
  ['L2TP', datagram(1701, join(u16(0x0002), u16(1), u16(2), PPP))],
  [
    'L2TP with all it may have',
    datagram(1701, join(u16(0x4a02), u16(0), u32(0), u32(0), u16(2), zeros(2), PPP)),
  ],
  ['L2TP, a server’s answer', datagram(40_001, join(u16(0x0002), u16(1), u16(2), PPP), 1701)],
  ['Teredo', datagram(3544, inner6), '2001:db8::1'],
  ['Teredo with an origin', datagram(3544, join(u16(0), zeros(6), inner6)), '2001:db8::1'],
  ['Teredo with authentication', datagram(3544, join(u16(1), u8(2, 4), zeros(15), inner6)), '2001:db8::1'],
  ['LISP', datagram(4341, join(zeros(8), inner))],
  ['MPLS in UDP', datagram(6635, join(u32(0x00010100 | 64), inner))],
  ['VXLAN on Linux’s own port', datagram(8472, packet.vxlan(packet.ethernet(inner)))],
  ['VXLAN with a protocol', datagram(4790, join(u8(0x0c, 0, 0, 1), u32(0x700), inner))],
  [
    'VXLAN with Ethernet by its number',
    datagram(4790, join(u8(0x0c, 0, 0, 3), u32(0x700), packet.ethernet(inner))),
  ],
  ['ERSPAN', packet.ip(OUTER, 47, join(u16(0), u16(0x88be), packet.ethernet(inner)))],
  [
    'ERSPAN II',
    packet.ip(OUTER, 47, join(u16(0x1000), u16(0x88be), u32(1), zeros(8), packet.ethernet(inner))),
  ],
  [
    'ERSPAN III',
    packet.ip(OUTER, 47, join(u16(0x1000), u16(0x22eb), u32(1), zeros(12), packet.ethernet(inner))),
  ],
  [
    'ERSPAN III with a subheader',
    packet.ip(
      OUTER,
      47,
      join(u16(0x1000), u16(0x22eb), u32(1), zeros(11), u8(1), zeros(8), packet.ethernet(inner)),
    ),
  ],
  ['Ethernet in IP', packet.ip(OUTER, 97, join(u16(0x3000), packet.ethernet(inner)))],
];

describe.each(TUNNELS)('%s', (_name, bytes, client = INNER.source) => {
  test('is looked into when it is asked for', async () => {
    const { flows } = await capture([packet.ethernet(bytes)], { insideTunnels: true });
    expect(flows).toMatchObject([
      { tunnelled: true, client: { address: client, port: 40_000 }, server: { port: 53 } },
    ]);
  });

  test('is one conversation else', async () => {
    const { flows } = await capture([packet.ethernet(bytes)]);
    expect(flows).toMatchObject([{ tunnelled: false }]);
    expect([flows[0]!.client.address, flows[0]!.server.address].sort()).toEqual(['192.0.2.1', '192.0.2.2']);
  });

  test('is the tunnel’s own when its headers are not whole', async () => {
    const frame = packet.ethernet(bytes);
    const { flows } = await capture(
      Array.from({ length: 20 }, (_, cut) => ({ bytes: frame, captured: 14 + 28 + cut })),
      { insideTunnels: true },
    );
    expect(flows.every(({ client: one, tunnelled }) => tunnelled || one.address.startsWith('192.0.2.'))).toBe(
      true,
    );
  });
});

describe.each([
  ['Teredo', 3544, zeros(0), inner6],
  ['LISP', 4341, zeros(8), inner],
  ['LISP with IPv6', 4341, zeros(8), inner6],
  ['MPLS in UDP', 6635, u32(0x00010100 | 64), inner],
] as const)('%s is only known by its port, and', (_name, port, header, carried) => {
  const tunnelled = async (payload: Uint8Array) => {
    const { flows } = await capture([packet.ethernet(datagram(port, join(header, payload)))], {
      insideTunnels: true,
    });
    expect(flows).toHaveLength(1);
    return flows[0]!.tunnelled;
  };

  test('a packet that fits is inside', async () => {
    expect(await tunnelled(carried)).toBe(true);
  });

  test('what is longer or shorter than it says, or has another checksum, is the outer flow’s', async () => {
    expect(await tunnelled(join(carried, u8(0)))).toBe(false);
    expect(await tunnelled(carried.subarray(0, carried.length - 1))).toBe(false);
    if (carried[0]! >> 4 === 6) return;
    const changed = Uint8Array.from(carried);
    changed[12]! ^= 1;
    expect(await tunnelled(changed)).toBe(false);
  });
});

test('authenticated packets are read through the header that proves them, in both versions', async () => {
  const ah = (next: number, payload: Uint8Array) => join(u8(next, 4), zeros(22), payload);
  const ports = { sourcePort: 40_000, destinationPort: 53, payload: zeros(12) };
  for (const ends of [OUTER, { source: '2001:db8::1', destination: '2001:db8::2' }]) {
    const bytes = packet.ip(ends, 51, ah(17, packet.udp({ ...ends, ...ports })));
    expect((await capture([packet.ethernet(bytes)])).flows).toMatchObject([
      { protocol: 17, client: { address: ends.source, port: 40_000 }, server: { port: 53 } },
    ]);
  }
});

test('what is encrypted is the conversation of those who encrypt', async () => {
  const esp = packet.ip(OUTER, 50, join(u32(7), u32(1), zeros(40)));
  const wireGuard = datagram(51_820, join(u8(4, 0, 0, 0), u32(7), zeros(40)));
  const { flows } = await capture([packet.ethernet(esp), packet.ethernet(wireGuard)], {
    insideTunnels: true,
  });
  expect(flows.map(({ protocol, tunnelled }) => [protocol, tunnelled])).toEqual([
    [50, false],
    [17, false],
  ]);
});

test('a first fragment with a part of the header of TCP has the ports of its flow', async () => {
  const segment = packet.tcp({ ...INNER, flags: packet.ACK, payload: zeros(40) });
  const first = packet.ipv4(INNER, packet.TCP, segment.subarray(0, 16), { id: 7, more: true });
  const second = packet.ipv4(INNER, packet.TCP, segment.subarray(16), { id: 7, offset: 16 });
  const { flows } = await capture([packet.ethernet(first), packet.ethernet(second)]);
  expect(flows).toMatchObject([
    { fragmented: true, client: { port: 40_000, packets: 2 }, server: { port: 53 } },
  ]);
});
