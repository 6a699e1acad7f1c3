/** Packets for the tests, layer by layer: each function puts a header in front of what it is given. */

export type Bytes = Uint8Array;

export const TCP = 6;
export const UDP = 17;
export const SCTP = 132;
export const ICMP = 1;
export const ICMP6 = 58;

export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const PSH = 8;
export const ACK = 16;

export const u8 = (...values: number[]): Bytes => Uint8Array.from(values);
export const u16 = (value: number): Bytes => u8((value >> 8) & 0xff, value & 0xff);
export const u32 = (value: number): Bytes =>
  u8(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
export const join = (...parts: Bytes[]): Bytes => new Uint8Array(Buffer.concat(parts));
export const zeros = (count: number): Bytes => new Uint8Array(count);

/** Dotted IPv4 to 4 bytes, IPv6 to 16. */
export function address(text: string): Bytes {
  if (!text.includes(':')) return Uint8Array.from(text.split('.').map(Number));
  const [head = '', tail] = text.split('::');
  const groups = (part: string) =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const front = groups(head);
  const back = tail === undefined ? [] : groups(tail);
  const middle = new Array<number>(8 - front.length - back.length).fill(0);
  return join(...[...front, ...middle, ...back].map(u16));
}

/** The Internet checksum (RFC 1071) of what is summed up in parts of an even length but the last. */
function checksum(...parts: Bytes[]): number {
  const bytes = join(...parts, zeros(1));
  let sum = 0;
  for (let at = 0; at + 1 < bytes.length; at += 2) sum += (bytes[at]! << 8) | bytes[at + 1]!;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

function pseudoHeader(source: string, destination: string, protocol: number, length: number): Bytes {
  const parts = [address(source), address(destination)];
  return source.includes(':')
    ? join(...parts, u32(length), u32(protocol))
    : join(...parts, u8(0, protocol), u16(length));
}

export interface Ends {
  readonly source: string;
  readonly destination: string;
}

interface IpOptions {
  readonly id?: number;
  /** Bytes from the packet's beginning; a multiple of 8. */
  readonly offset?: number;
  readonly more?: boolean;
  /** IPv4: options, padded by the caller to a multiple of 4. */
  readonly options?: Bytes;
  /** Instead of the right one. */
  readonly totalLength?: number;
}

export function ipv4(ends: Ends, protocol: number, payload: Bytes, more: IpOptions = {}): Bytes {
  const options = more.options ?? zeros(0);
  const fragment = (more.more ? 0x2000 : 0) | ((more.offset ?? 0) / 8);
  const header = join(
    u8(0x45 + options.length / 4, 0),
    u16(more.totalLength ?? 20 + options.length + payload.length),
    u16(more.id ?? 1),
    u16(fragment),
    u8(64, protocol),
    u16(0),
    address(ends.source),
    address(ends.destination),
    options,
  );
  header.set(u16(checksum(header)), 10);
  return join(header, payload);
}

/** `next`: the first header behind, when it is an extension. */
export function ipv6(ends: Ends, next: number, payload: Bytes): Bytes {
  return join(
    u32(0x60000000),
    u16(payload.length),
    u8(next, 64),
    address(ends.source),
    address(ends.destination),
    payload,
  );
}

/** Hop by hop 0, routing 43, destination 60: `next` is what follows it. */
export function extension(next: number, payload: Bytes, units = 0): Bytes {
  return join(u8(next, units, 1, 4 + 8 * units), zeros(4 + 8 * units), payload);
}

export function fragmentHeader(
  next: number,
  id: number,
  offset: number,
  more: boolean,
  payload: Bytes,
): Bytes {
  return join(u8(next, 0), u16(offset | (more ? 1 : 0)), u32(id), payload);
}

/** IPv4 or IPv6, as the addresses are. */
export function ip(ends: Ends, protocol: number, payload: Bytes, more: IpOptions = {}): Bytes {
  return ends.source.includes(':') ? ipv6(ends, protocol, payload) : ipv4(ends, protocol, payload, more);
}

export interface Segment extends Ends {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly flags: number;
  readonly sequence?: number;
  readonly acknowledgment?: number;
  readonly window?: number;
  readonly payload?: Bytes;
}

export function tcp(segment: Segment): Bytes {
  const payload = segment.payload ?? zeros(0);
  const bytes = join(
    u16(segment.sourcePort),
    u16(segment.destinationPort),
    u32(segment.sequence ?? 0),
    u32(segment.acknowledgment ?? 0),
    u8(0x50, segment.flags),
    u16(segment.window ?? 64_000),
    u32(0),
    payload,
  );
  const pseudo = pseudoHeader(segment.source, segment.destination, TCP, bytes.length);
  bytes.set(u16(checksum(pseudo, bytes)), 16);
  return bytes;
}

export interface Datagram extends Ends {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly payload?: Bytes;
}

export function udp(datagram: Datagram): Bytes {
  const payload = datagram.payload ?? zeros(0);
  const length = 8 + payload.length;
  const bytes = join(u16(datagram.sourcePort), u16(datagram.destinationPort), u16(length), u16(0), payload);
  const pseudo = pseudoHeader(datagram.source, datagram.destination, UDP, length);
  bytes.set(u16(checksum(pseudo, bytes) || 0xffff), 6);
  return bytes;
}

export const sctp = (sourcePort: number, destinationPort: number, payload: Bytes = zeros(16)): Bytes =>
  join(u16(sourcePort), u16(destinationPort), u32(1), u32(0), payload);

export function icmp(type: number, code: number, rest: Bytes): Bytes {
  const bytes = join(u8(type, code), u16(0), rest);
  bytes.set(u16(checksum(bytes)), 2);
  return bytes;
}

/** A whole TCP or UDP packet from its ends. */
export const tcpPacket = (segment: Segment): Bytes => ip(segment, TCP, tcp(segment));
export const udpPacket = (datagram: Datagram): Bytes => ip(datagram, UDP, udp(datagram));

/** The type of Ethernet's for an IP packet. */
export const etherType = (packet: Bytes): number => (packet[0]! >> 4 === 6 ? 0x86dd : 0x0800);

const MACS = u8(2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2);
export const ethernet = (packet: Bytes, type = etherType(packet)): Bytes => join(MACS, u16(type), packet);
/** What follows the type: `ethernet(vlan(5, packet), 0x8100)`. */
export const vlan = (id: number, packet: Bytes, type = etherType(packet)): Bytes =>
  join(u16(id), u16(type), packet);
export const pppoe = (packet: Bytes): Bytes =>
  join(u8(0x11, 0), u16(7), u16(packet.length + 2), u16(packet[0]! >> 4 === 6 ? 0x57 : 0x21), packet);
export const mpls = (labels: readonly number[], packet: Bytes): Bytes =>
  join(
    ...labels.map((label, at) => u32((label << 12) | (at === labels.length - 1 ? 0x100 : 0) | 64)),
    packet,
  );
export const gre = (packet: Bytes, type = etherType(packet)): Bytes =>
  join(u16(0x2000), u16(type), u32(99), packet);
export const vxlan = (frame: Bytes): Bytes => join(u32(0x08000000), u32(77 << 8), frame);
export const geneve = (frame: Bytes, options = zeros(8)): Bytes =>
  join(u8(options.length / 4, 0), u16(0x6558), u32(77 << 8), options, frame);
export const cooked = (packet: Bytes): Bytes =>
  join(u16(0), u16(1), u16(6), MACS.subarray(0, 6), zeros(2), u16(etherType(packet)), packet);
export const cooked2 = (packet: Bytes): Bytes =>
  join(u16(etherType(packet)), u16(0), u32(3), u16(1), u8(0, 6), MACS.subarray(0, 6), zeros(2), packet);
