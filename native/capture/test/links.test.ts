/** Links that are rarer than those of decoder.test.ts, each from bytes as its description has them: the same two packets. */
import { describe, expect, test } from '@jest/globals';
import { capture, pcapngFile, readPath, withFile } from './capture-file.js';
import * as packet from './packets.js';
import { join, u8, u16, u32, zeros } from './packets.js';

const PORTS = { sourcePort: 40_000, destinationPort: 53, payload: zeros(12) };
const v4 = packet.udpPacket({ source: '10.1.0.1', destination: '10.2.0.2', ...PORTS });
const v6 = packet.udpPacket({ source: '2001:db8::1', destination: '2001:db8::2', ...PORTS });
const FLOW = { client: { address: '10.1.0.1', port: 40_000, bytes: 40, packets: 1 } };
const FLOW6 = { client: { address: '2001:db8::1', port: 40_000, bytes: 60, packets: 1 } };

const snap = (bytes: Uint8Array) => join(u8(0xaa, 0xaa, 3, 0, 0, 0), u16(packet.etherType(bytes)), bytes);
const little16 = (value: number) => packet.u16(value).reverse();
const little32 = (value: number) => packet.u32(value).reverse();

/** From an access point, to a station. */
const data = (bytes: Uint8Array, first = 0x08, second = 0x02, more = zeros(0)) =>
  join(u8(first, second), zeros(20), u8(0x10, 0), more, bytes);
const radiotap = (frame: Uint8Array, present: number, fields: Uint8Array) =>
  join(u8(0, 0), little16(8 + fields.length), little32(present), fields, frame);

const LINKS: readonly [name: string, link: number, bytes: Uint8Array, flow?: object][] = [
  ['Cisco HDLC', 104, join(u8(0x0f, 0, 8, 0), v4)],
  ['Cisco HDLC with IPv6', 104, join(u8(0x8f, 0, 0x86, 0xdd), v6), FLOW6],
  ['Cisco HDLC, captured as PPP', 50, join(u8(0x0f, 0, 8, 0), v4)],
  ['Cisco HDLC with a direction', 205, join(u8(1, 0x0f, 0, 8, 0), v4)],
  ['PPP with a direction', 204, join(u8(0, 0xff, 3, 0, 0x21), v4)],
  ['PPP of a daemon', 166, join(u8(1, 3, 0, 0x21), v4)],
  ['Frame Relay', 107, join(u8(0x18, 0x41, 3, 0xcc), v4)],
  ['Frame Relay with IPv6', 107, join(u8(0x18, 0x41, 3, 0x8e), v6), FLOW6],
  ['Frame Relay with a long address', 107, join(u8(0x18, 0x40, 0x00, 0x01, 3, 0xcc), v4)],
  ['Frame Relay with SNAP', 107, join(u8(0x18, 0x41, 3, 0, 0x80, 0, 0, 0, 8, 0), v4)],
  [
    'Frame Relay with bridged Ethernet',
    107,
    join(u8(0x18, 0x41, 3, 0, 0x80, 0, 0x80, 0xc2, 0, 7), packet.ethernet(v4)),
  ],
  ['Frame Relay as Cisco has it', 107, join(u8(0x18, 0x41, 8, 0), v4)],
  ['Frame Relay with a direction', 206, join(u8(0, 0x18, 0x41, 3, 0xcc), v4)],
  ['802.11', 105, data(snap(v4))],
  ['802.11 with quality of service', 105, data(snap(v4), 0x88, 0x02, u8(0, 0))],
  ['802.11 between access points', 105, data(snap(v4), 0x08, 0x03, zeros(6))],
  [
    '802.11, several frames in one',
    105,
    data(join(zeros(12), u16(snap(v4).length), snap(v4)), 0x88, 0x02, u8(0x80, 0)),
  ],
  ['802.11 behind radiotap', 127, radiotap(data(snap(v4)), 0, zeros(0))],
  [
    '802.11 behind radiotap that pads it',
    127,
    radiotap(data(join(zeros(2), snap(v4)), 0x88, 0x02, u8(0, 0)), 3, join(zeros(8), u8(0x20))),
  ],
  ['802.11 behind Prism’s header', 119, join(little32(0x44), little32(144), zeros(136), data(snap(v4)))],
  ['802.11 behind AVS’s header', 163, join(u32(0x80211001), u32(64), zeros(56), data(snap(v4)))],
  ['per-packet information', 192, join(u8(0, 0), little16(8), little32(105), data(snap(v4)))],
  ['Apple’s own header', 258, join(little32(108), little32(1), little32(1), zeros(96), packet.ethernet(v4))],
  ['token ring', 6, join(u8(0x10, 0x40), zeros(12), snap(v4))],
  [
    'token ring with a route',
    6,
    join(u8(0x10, 0x40), zeros(6), u8(0x80), zeros(5), u8(6), zeros(5), snap(v4)),
  ],
  ['FDDI', 10, join(u8(0x50), zeros(12), snap(v4))],
  ['ATM', 100, snap(v4)],
  ['ATM, a circuit of IP alone', 100, v6, FLOW6],
  ['ATM with bridged Ethernet', 100, join(u8(0xaa, 0xaa, 3, 0, 0x80, 0xc2, 0, 7), packet.ethernet(v4))],
  ['classical IP over ATM', 106, snap(v4)],
  ['ATM on SunOS', 123, join(u8(0x02, 0), u16(40), snap(v4))],
  ['LAN emulation on SunOS', 123, join(u8(0x01, 0), u16(40), zeros(2), packet.ethernet(v4))],
  ['Fibre Channel', 122, join(zeros(16), snap(v4))],
  ['FireWire', 138, join(zeros(16), u16(0x800), v4)],
  ['InfiniBand', 242, join(zeros(40), u16(0x86dd), zeros(2), v6), FLOW6],
  ['OpenBSD’s encapsulation', 109, join(zeros(12), v4)],
  ['OpenBSD’s log of its firewall', 117, join(u8(61), zeros(63), v4)],
  ['Solaris', 226, join(zeros(24), v4)],
  [
    'the log of Linux’s firewall',
    239,
    join(u8(2, 0), u16(0), little16(8), little16(1), zeros(4), little16(4 + v4.length), little16(9), v4),
  ],
  ['MPLS', 219, packet.mpls([16], v4).subarray(packet.mpls([16], v4).length - v4.length - 4)],
  ['Hilscher’s netANALYZER', 240, join(zeros(4), packet.ethernet(v4))],
  ['Juniper’s Ethernet', 178, join(u8(0x4d, 0x47, 0x43, 0x80), u16(6), zeros(6), packet.ethernet(v4))],
  ['Juniper’s, without Ethernet', 178, join(u8(0x4d, 0x47, 0x43, 0x82), u16(0), zeros(4), v4)],
];

describe.each(LINKS)('%s', (_name, link, bytes, flow = FLOW) => {
  test('has the flow', async () => {
    const { flows, account } = await capture([bytes], { link });
    expect(account).toMatchObject({ received: 1, decoded: 1 });
    expect(flows).toMatchObject([flow]);
  });

  test('also in pcapng', async () => {
    await withFile(pcapngFile([{ bytes }], link), async (path) => {
      expect((await readPath(path)).flows).toMatchObject([flow]);
    });
  });

  test('is counted when it is cut off anywhere', async () => {
    for (let captured = 0; captured < bytes.length - 20; captured++) {
      const { account } = await capture([{ bytes, captured }], { link });
      expect(account.received).toBe(
        account.decoded + Object.values(account.undecoded).reduce((a, b) => a + b),
      );
      expect(account.decoded).toBe(0);
    }
  });
});

const ETHERNET: readonly [name: string, type: number, bytes: Uint8Array, flow?: object][] = [
  ['IEEE 802.1ah', 0x88e7, join(u32(0x1234), packet.ethernet(v4))],
  ['FabricPath', 0x8903, join(u16(0x20), packet.ethernet(v4))],
  ['TRILL', 0x22f3, join(u16(0x0001), zeros(4), packet.ethernet(v4))],
  ['TRILL with options', 0x22f3, join(u16(0x0041), zeros(8), packet.ethernet(v4))],
  ['a service function header', 0x894f, join(u8(0, 6, 1, 1), zeros(20), v4)],
  [
    'a service function header with Ethernet',
    0x894f,
    join(u8(0, 2, 1, 3), zeros(4), packet.ethernet(v6)),
    FLOW6,
  ],
  ['Cisco’s metadata', 0x8909, join(u8(1, 1), u16(1), u16(7), u16(0x800), v4)],
  ['Arista’s times of 64 bits', 0xd28b, join(u16(1), u16(0x0110), zeros(8), u16(0x800), v4)],
  ['Arista’s times of 48 bits', 0xd28b, join(u16(1), u16(0x0020), zeros(6), u16(0x800), v4)],
  ['MACsec that does not encrypt', 0x88e5, join(u8(0x20, 0), zeros(12), u16(0x800), v4, zeros(16))],
  ['MACsec of a short frame', 0x88e5, join(u8(0, v4.length + 2), zeros(4), u16(0x800), v4, zeros(40))],
];

test.each(ETHERNET)('Ethernet with %s', async (_name, type, bytes, flow = FLOW) => {
  expect((await capture([packet.ethernet(bytes, type)])).flows).toMatchObject([flow]);
});

describe('is not IP', () => {
  test.each<[string, number, Uint8Array]>([
    ['MACsec that encrypts', 1, packet.ethernet(join(u8(0x2c, 0), zeros(12), u16(0x800), v4), 0x88e5)],
    ['an 802.11 frame that is encrypted', 105, data(snap(v4), 0x08, 0x42)],
    ['a beacon', 105, data(snap(v4), 0x80, 0)],
    ['an 802.11 frame without data', 105, data(snap(v4), 0x48, 0)],
    ['a token', 6, join(u8(0x10, 0), zeros(12), snap(v4))],
    ['IS-IS', 1, packet.ethernet(join(u8(0xfe, 0xfe, 3, 0x83), zeros(30)), 34)],
  ])('%s', async (_name, link, bytes) => {
    const { account } = await capture([bytes], { link });
    expect(account.undecoded['not IP']).toBe(1);
  });
});

test('what is announced as one version of IP and says that it is the other is malformed', async () => {
  const { flows, account } = await capture([packet.ethernet(v6, 0x0800), packet.ethernet(v4, 0x86dd)]);
  expect(flows).toEqual([]);
  expect(account.undecoded['malformed IP header']).toBe(2);
});

test('a header that leads to itself ends', async () => {
  const bytes = join(...Array.from({ length: 100 }, () => join(u8(0, 0), little16(8), little32(192))));
  expect((await capture([bytes], { link: 192 })).account.undecoded['nested too deep']).toBe(1);
});
