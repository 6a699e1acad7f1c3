/** Conversations: by VLAN, protocol, addresses and ports, with packets and bytes of IP each way. */
import type { PacketFlow } from '@packetless/capture';
import type { Frame } from './frames.js';

export interface Conversation {
  readonly vlan: number;
  readonly protocol: number;
  /** `address port`, the lower text first. */
  readonly ends: readonly [string, string];
  /** Sent by either end. */
  readonly packets: [number, number];
  readonly bytes: [number, number];
  /** Connections of TCP that these were: a port that is used again begins another. */
  readonly streams: Set<string | number>;
  /** Numbers of its packets, where they are known. */
  readonly frames: number[];
  /** A header claims more bytes than were on the wire, so that `bytes` is a bound. */
  claimsMore: boolean;
}

export type Conversations = Map<string, Conversation>;

interface Told {
  readonly vlan: number;
  readonly protocol: number;
  readonly from: string;
  readonly to: string;
}

function find(
  all: Conversations,
  { vlan, protocol, from, to }: Told,
): { one: Conversation; direction: 0 | 1 } {
  const isTurned = from > to;
  const ends = isTurned ? ([to, from] as const) : ([from, to] as const);
  const key = `${vlan} ${protocol} ${ends.join(' ')}`;
  let one = all.get(key);
  if (one === undefined) {
    one = {
      vlan,
      protocol,
      ends,
      packets: [0, 0],
      bytes: [0, 0],
      streams: new Set(),
      frames: [],
      claimsMore: false,
    };
    all.set(key, one);
  }
  return { one, direction: isTurned ? 1 : 0 };
}

/** What we told of them. */
export function conversationsOf(flows: readonly PacketFlow[]): Conversations {
  const all: Conversations = new Map();
  for (const { id, vlan, protocol, client, server } of flows) {
    const from = `${client.address} ${client.port}`;
    const to = `${server.address} ${server.port}`;
    const { one, direction } = find(all, { vlan: vlan ?? 0, protocol, from, to });
    one.packets[direction] += client.packets;
    one.bytes[direction] += client.bytes;
    one.packets[1 - direction]! += server.packets;
    one.bytes[1 - direction]! += server.bytes;
    if (protocol === TCP) one.streams.add(id);
  }
  return all;
}

const TCP = 6;
/** Layers with ports, as Wireshark calls them, and their protocol's number. */
const TRANSPORTS: {
  readonly [layer: string]: readonly [prefix: 'tcp' | 'udp' | 'sctp' | 'dccp', protocol: number];
} = {
  tcp: ['tcp', TCP],
  udp: ['udp', 17],
  udplite: ['udp', 136],
  sctp: ['sctp', 132],
  dccp: ['dccp', 33],
};
const NEEDS_PORTS = new Set([TCP, 17, 33, 132, 136]);

export interface Outer {
  readonly vlan: number;
  readonly protocol: number;
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly length: number;
  /** The most that can have been on the wire of it. */
  readonly room: number;
}

/** Reads the frames of one file in their order, since later fragments have no ports of their own. */
export class OuterReader {
  readonly #ports = new Map<string, readonly [source: number, destination: number]>();

  /** `numbers`: of IP's protocols, by Wireshark's text. */
  constructor(private readonly numbers: ReadonlyMap<string, number>) {}

  /** Null: there is no IP in it, or its headers are not all there. */
  read(frame: Frame): Outer | null {
    const at = frame.layers.findIndex((layer) => layer === 'ip' || layer === 'ipv6');
    if (at < 0) return null;
    const version = frame.layers[at] === 'ip' ? 4 : 6;
    const source = frame.first(version === 4 ? 'ip.src' : 'ipv6.src');
    const destination = frame.first(version === 4 ? 'ip.dst' : 'ipv6.dst');
    const length = version === 4 ? Number(frame.first('ip.len')) : 40 + Number(frame.first('ipv6.plen'));
    if (source === undefined || destination === undefined || Number.isNaN(length)) return null;
    const rest = frame.layers.slice(at + 1);
    const inner = rest.findIndex((layer) => layer === 'ip' || layer === 'ipv6');
    const layers = inner < 0 ? rest : rest.slice(0, inner);
    const protocol = this.#protocol(frame, version, layers);
    if (protocol === null) return null;
    const ports = this.#findPorts(frame, version, layers, protocol, `${source} ${destination}`);
    if (ports === null) return null;
    return {
      vlan: vlanOf(frame, frame.layers.slice(0, at)),
      protocol,
      source: plain(source),
      destination: plain(destination),
      sourcePort: ports[0],
      destinationPort: ports[1],
      length,
      room: Number(frame.first('frame.len')) - lengthOf(frame.layers.slice(0, at)),
    };
  }

  #protocol(frame: Frame, version: 4 | 6, layers: readonly string[]): number | null {
    const next = (field: Parameters<Frame['first']>[0]) => this.#number(frame.first(field));
    let protocol = next(version === 4 ? 'ip.proto' : 'ipv6.nxt');
    for (const layer of layers) {
      if (layer === 'ipv6.hopopts') protocol = next('ipv6.hopopts.nxt');
      else if (layer === 'ipv6.routing') protocol = next('ipv6.routing.nxt');
      else if (layer === 'ipv6.dstopts') protocol = next('ipv6.dstopts.nxt');
      else if (layer === 'ah') protocol = next('ah.next_header');
      else if (layer === 'ipv6.fraghdr') protocol = next('ipv6.fraghdr.nxt');
      else if (layer in TRANSPORTS) return TRANSPORTS[layer]![1];
      else if (layer === 'icmpv6') return 58;
    }
    return protocol;
  }

  #number(text: string | undefined): number | null {
    if (text === undefined) return null;
    return /^\d+$/.test(text) ? Number(text) : (this.numbers.get(text) ?? null);
  }

  #findPorts(
    frame: Frame,
    version: 4 | 6,
    layers: readonly string[],
    protocol: number,
    addresses: string,
  ): readonly [number, number] | null {
    if (!NEEDS_PORTS.has(protocol)) return [0, 0];
    const id = frame.first(version === 4 ? 'ip.id' : 'ipv6.fraghdr.ident');
    const offset = Number(frame.first(version === 4 ? 'ip.frag_offset' : 'ipv6.fraghdr.offset') ?? 0);
    const packet = `${addresses} ${id} ${protocol}`;
    if (offset > 0) return this.#ports.get(packet) ?? [0, 0];
    const transport = layers.find((layer) => layer in TRANSPORTS);
    if (transport === undefined) return null;
    const [prefix] = TRANSPORTS[transport]!;
    const ports = [frame.first(`${prefix}.srcport`), frame.first(`${prefix}.dstport`)];
    if (ports.some((port) => port === undefined)) return null;
    const found = [Number(ports[0]), Number(ports[1])] as const;
    this.#ports.set(packet, found);
    return found;
  }
}

/** Bytes of headers, at least. */
const LENGTHS: { readonly [layer: string]: number } = {
  eth: 14,
  vlan: 4,
  ieee8021ad: 4,
  sll: 16,
  chdlc: 4,
  ppp: 2,
  null: 4,
};

const lengthOf = (layers: readonly string[]) => layers.reduce((sum, layer) => sum + (LENGTHS[layer] ?? 0), 0);

/** The innermost tag in front of IP. */
function vlanOf(frame: Frame, below: readonly string[]): number {
  const tags = below.filter((layer) => layer === 'vlan').length;
  if (tags > 0) return Number(frame.all('vlan.id')[tags - 1] ?? 0);
  const services = below.filter((layer) => layer === 'ieee8021ad').length;
  return services > 0 ? Number(frame.all('ieee8021ad.id')[services - 1] ?? 0) : 0;
}

/** An IPv4 address that is written as one of IPv6 is the same end. */
function plain(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

/** What Wireshark tells of them. */
export function conversationsIn(frames: readonly Frame[], reader: OuterReader): Conversations {
  const all: Conversations = new Map();
  for (const frame of frames) {
    const outer = reader.read(frame);
    if (outer === null) continue;
    const { vlan, protocol } = outer;
    const from = `${outer.source} ${outer.sourcePort}`;
    const to = `${outer.destination} ${outer.destinationPort}`;
    const { one, direction } = find(all, { vlan, protocol, from, to });
    one.packets[direction]++;
    one.bytes[direction] += outer.length;
    one.frames.push(frame.number);
    if (outer.length > outer.room) one.claimsMore = true;
    if (protocol === TCP) one.streams.add(frame.first('tcp.stream') ?? '');
  }
  return all;
}
