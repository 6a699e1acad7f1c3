/** What tshark makes of a capture file: its conversations, with bytes of IP. */
import { execFileSync, spawnSync } from 'node:child_process';
import type { PacketFlow } from '../src/index.js';

export const hasTshark = spawnSync('tshark', ['--version'], { stdio: 'ignore' }).status === 0;
if (!hasTshark)
  console.warn('Comparisons with tshark are skipped: it is not installed (apt-get install tshark).');

/** A conversation as both sides can be compared by: `protocol one:port other:port packets/bytes packets/bytes`. */
export type Summary = string;

interface Total {
  readonly protocol: number;
  readonly ends: readonly [string, string];
  readonly packets: [number, number];
  readonly bytes: [number, number];
}

function summary(total: Total): Summary {
  const [one, other] = total.ends;
  return `${total.protocol} ${one} ${other} ${total.packets[0]}/${total.bytes[0]} ${total.packets[1]}/${total.bytes[1]}`;
}

export function summaries(flows: readonly PacketFlow[]): Summary[] {
  const totals = flows.map(({ protocol, client, server }): Total => {
    const sides = [client, server].map((side) => ({ ...side, end: `${side.address}:${side.port}` }));
    if (sides[0]!.end > sides[1]!.end) sides.reverse();
    const [one, other] = sides as [(typeof sides)[0], (typeof sides)[0]];
    return {
      protocol,
      ends: [one.end, other.end],
      packets: [one.packets, other.packets],
      bytes: [one.bytes, other.bytes],
    };
  });
  return totals.map(summary).sort();
}

const FIELDS = [
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
  'tcp.srcport',
  'tcp.dstport',
  'tcp.stream',
  'udp.srcport',
  'udp.dstport',
  'udp.stream',
  'sctp.srcport',
  'sctp.dstport',
  'icmp.type',
  'icmpv6.type',
  '_ws.malformed',
] as const;

type Row = { readonly [field in (typeof FIELDS)[number]]: string };

/** `headers`: of packets inside of packets the outer or the inner ones. */
function rows(path: string, headers: 'first' | 'last'): Row[] {
  const args = [
    '-r',
    path,
    '-n',
    '-T',
    'fields',
    '-E',
    'separator=|',
    '-E',
    `occurrence=${headers === 'first' ? 'f' : 'l'}`,
    // Each packet by itself; and nothing guessed of payloads and ports, which are random.
    '-o',
    'ip.defragment:FALSE',
    '-o',
    'ipv6.defragment:FALSE',
    '-o',
    'tcp.desegment_tcp_streams:FALSE',
    ...FIELDS.flatMap((field) => ['-e', field]),
  ];
  const text = execFileSync('tshark', args, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const values = line.split('|');
      return Object.fromEntries(FIELDS.map((field, at) => [field, values[at] ?? ''])) as Row;
    });
}

function protocolOf(row: Row): number {
  if (row['tcp.srcport']) return 6;
  if (row['udp.srcport']) return 17;
  if (row['sctp.srcport']) return 132;
  if (row['icmpv6.type']) return 58;
  return Number(row['ip.src'] ? row['ip.proto'] : row['ipv6.nxt']);
}

export function tsharkSummaries(path: string, headers: 'first' | 'last' = 'first'): Summary[] {
  const totals = new Map<string, Total>();
  // tshark does not say to which conversation later fragments belong; they have their packet's number.
  const firsts = new Map<string, Pick<Row, 'udp.srcport' | 'udp.dstport' | 'udp.stream'>>();
  for (const row of rows(path, headers)) {
    const [source, destination] = row['ip.src']
      ? [row['ip.src'], row['ip.dst']]
      : [row['ipv6.src'], row['ipv6.dst']];
    if (!source || !destination) continue;
    const fragment = `${source} ${destination} ${row['ip.id']}`;
    if (row['udp.srcport']) firsts.set(fragment, row);
    const offset = Number(row['ip.frag_offset'] || 0);
    const transport = offset > 0 ? { ...row, ...pick(firsts.get(fragment)) } : row;
    const protocol = protocolOf(transport);
    const sourcePort =
      transport['tcp.srcport'] || transport['udp.srcport'] || transport['sctp.srcport'] || '0';
    const destinationPort =
      transport['tcp.dstport'] || transport['udp.dstport'] || transport['sctp.dstport'] || '0';
    const bytes = row['ip.src'] ? Number(row['ip.len']) : 40 + Number(row['ipv6.plen']);
    const from = `${source}:${sourcePort}`;
    const to = `${destination}:${destinationPort}`;
    const ends: [string, string] = from > to ? [to, from] : [from, to];
    const key = [protocol, ...ends, transport['tcp.stream']].join(' ');
    const total = totals.get(key) ?? { protocol, ends, packets: [0, 0], bytes: [0, 0] };
    totals.set(key, total);
    const direction = from === ends[0] ? 0 : 1;
    total.packets[direction]++;
    total.bytes[direction] += bytes;
  }
  return [...totals.values()].map(summary).sort();
}

const pick = (row: Pick<Row, 'udp.srcport' | 'udp.dstport' | 'udp.stream'> | undefined) =>
  row === undefined
    ? {}
    : {
        'udp.srcport': row['udp.srcport'],
        'udp.dstport': row['udp.dstport'],
        'udp.stream': row['udp.stream'],
      };
