/** What Wireshark says of single packets: the outermost IP header, its transport, and what TCP's analysis found. */
import type { Sharkd } from './sharkd.js';

const FIELDS = [
  'frame.protocols',
  'frame.len',
  'frame.cap_len',
  'vlan.id',
  'ieee8021ad.id',
  'ip.src',
  'ip.dst',
  'ip.len',
  'ip.proto',
  'ip.id',
  'ip.frag_offset',
  'ipv6.src',
  'ipv6.dst',
  'ipv6.plen',
  'ipv6.nxt',
  'ipv6.fraghdr.offset',
  'ipv6.fraghdr.ident',
  'ipv6.fraghdr.nxt',
  'ipv6.hopopts.nxt',
  'ipv6.routing.nxt',
  'ipv6.dstopts.nxt',
  'ah.next_header',
  'tcp.srcport',
  'tcp.dstport',
  'tcp.stream',
  'tcp.flags.syn',
  'tcp.flags.ack',
  'tcp.flags.reset',
  'tcp.analysis.retransmission',
  'tcp.analysis.out_of_order',
  'tcp.analysis.zero_window',
  'tcp.analysis.initial_rtt',
  'udp.srcport',
  'udp.dstport',
  'sctp.srcport',
  'sctp.dstport',
  'dccp.srcport',
  'dccp.dstport',
  'icmp.type',
  'tls.handshake.extensions_server_name',
  'http.host',
  'dns.flags.response',
  'dns.flags.rcode',
  'dns.qry.name',
  'dns.a',
  'dns.aaaa',
  'dns.resp.name',
  'dns.resp.type',
  'dns.count.answers',
  'dhcp.option.hostname',
  'dhcp.option.dhcp',
  '_ws.malformed',
] as const;

type Field = (typeof FIELDS)[number];

export interface Frame {
  readonly number: number;
  /** Every layer's short name, outermost first. */
  readonly layers: readonly string[];
  /** All values of a field, outermost first. */
  all(field: Field): readonly string[];
  first(field: Field): string | undefined;
}

/** What is told of its TCP and its payload is that of a packet inside of it: in a tunnel, or quoted by an error. */
export function isInner({ layers }: Frame): boolean {
  return layers.filter((layer) => layer === 'ip' || layer === 'ipv6').length > 1;
}

/** Null: Wireshark cannot read the file. */
export async function readFrames(sharkd: Sharkd, path: string): Promise<Frame[] | null> {
  const rows = await sharkd.frames(path, FIELDS);
  return rows?.map(toFrame) ?? null;
}

const PLACE = new Map(FIELDS.map((field, at) => [field, at]));

function toFrame(row: readonly string[], at: number): Frame {
  const all = (field: Field): readonly string[] => {
    const text = row[PLACE.get(field)!];
    return text === undefined || text === '' ? [] : text.split(',');
  };
  return { number: at + 1, layers: row[0]!.split(':'), all, first: (field) => all(field)[0] };
}

export const PREFERENCES = [
  // Each packet by itself, so that the ports stay in the first fragment.
  ['ip.defragment', 'FALSE'],
  ['ipv6.defragment', 'FALSE'],
  ['nameres.mac_name', 'FALSE'],
  ['nameres.transport_name', 'FALSE'],
  ['nameres.network_name', 'FALSE'],
] as const;
