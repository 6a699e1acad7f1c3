/** Protocols without connections: UDP, ICMP, any other through raw sockets, and frames below IP. */
import { asking, datagrams } from '../expected.js';
import type { Family } from '../network.js';
import type { PlainRow, Row } from '../row.js';
import type { Arguments } from '../stage.js';
import { exchange, type Parties } from './exchange.js';
import { FAMILIES, forBothFamilies, serverAddress } from './families.js';

const ICMP = { ipv4: 1, ipv6: 58 } as const;
/** RFC 3692 keeps it for experiments. */
const EXPERIMENTAL = 253;

function both(
  name: string,
  title: string,
  client: Arguments,
  server: Arguments = {},
  more: Partial<Parties> = {},
) {
  return (family: Family): PlainRow => ({
    name,
    title,
    play: async (stage) => {
      const shared: Arguments = client.window === undefined ? {} : { window: client.window };
      const { clients, servers } = await exchange(stage, family, {
        client: { ...more.client, mode: 'datagrams', args: client },
        server: { ...more.server, mode: 'serve-datagrams', args: { ...shared, ...server } },
      });
      return { ends: datagrams(clients, servers) };
    },
  });
}

const raw = { protocol: EXPERIMENTAL, kind: 'raw' } as const;
const header = { protocol: EXPERIMENTAL, kind: 'header' } as const;
const HEADER_COUNT = 160;

const CONVERSATIONS = [
  both('udp', 'UDP: bulk', { count: 8000, size: 1400, window: 32 }),
  both('udp-443', 'UDP: port 443', { count: 800, size: 1200 }, { port: 443 }),
  both('udp-tiny', 'UDP: 20,000 datagrams of a byte', { count: 20_000, size: 1, window: 64 }),
  both('udp-connected', 'UDP: a connected socket', { count: 160, size: 500, connected: 1 }),
  both('udp-loopback', 'UDP: loopback', { count: 800, size: 1000 }, {}, { server: { host: 'a' } }),
  both(
    'udp-many-calls',
    'UDP: sendmmsg and recvmmsg',
    { count: 1600, size: 1000, way: 'sendmmsg' },
    { way: 'recvmmsg' },
  ),
  both(
    'udp-segment',
    'UDP: cut up and put together by the kernel',
    { count: 1600, size: 1000, way: 'segment' },
    { way: 'coalesce' },
  ),
  both('udp-zerocopy', 'UDP: MSG_ZEROCOPY', { count: 160, size: 8000, way: 'zerocopy' }),
  both('udp-inherited', "UDP: a child uses its parent's socket", { count: 160, size: 500, fork: 1 }),
  both('raw', 'Raw: protocol 253', { ...raw, count: 160, size: 1000 }, raw),
  both(
    'raw-header',
    'Raw: protocol 253, own IP header',
    { ...header, count: HEADER_COUNT, size: 1000 },
    { ...header, expect: HEADER_COUNT },
  ),
];

const ECHOES = [
  { name: 'icmp', title: 'ICMP: ping socket', kind: 'ping' },
  { name: 'icmp-raw', title: 'ICMP: raw socket', kind: 'raw-ping' },
];

/** The peer's kernel answers, so there is one end only. */
function echo({ name, title, kind }: (typeof ECHOES)[number], family: Family): PlainRow {
  return {
    name,
    title,
    play: async (stage) => {
      const address = serverAddress('a', 'b', family);
      const args = { address, protocol: ICMP[family], kind, count: 50, size: 1000, window: 1 };
      const clients = await stage.start({ host: 'a', as: 'client' }, 'datagrams', args).done();
      return { ends: clients.map((fact) => asking(fact)) };
    },
  };
}

/** In another network, mount and process namespace, with another root. */
function container(family: Family): PlainRow {
  return {
    name: 'udp-container',
    title: 'UDP: from inside a container',
    play: async (stage) => {
      const { clients, servers } = await exchange(stage, family, {
        client: { host: 'c', also: { container: stage.world.root }, mode: 'datagrams', args: { count: 160 } },
        server: { mode: 'serve-datagrams' },
      });
      return { ends: datagrams(clients, servers) };
    },
  };
}

/** One socket, bound to all addresses, with many peers; to it those of IPv4 have IPv6 addresses. */
const MANY_PEERS: PlainRow = {
  name: 'udp-peers',
  title: 'UDP: one server, 16 clients of both families',
  play: async (stage) => {
    const server = stage.start({ host: 'b', as: 'server' }, 'serve-datagrams', { address: '::' });
    const port = await server.ready();
    const clients = Array.from({ length: 16 }, (_, index) => {
      const address = serverAddress('a', 'b', FAMILIES[index % FAMILIES.length]!);
      return stage.start({ host: 'a', as: 'client' }, 'datagrams', { address, port, size: 100 + index });
    });
    const facts = await Promise.all(clients.map((client) => client.done()));
    return { ends: datagrams(facts.flat(), await server.finish()) };
  },
};

const FRAMES = [
  { kind: 'raw', title: 'AF_PACKET: whole frames' },
  { kind: 'cooked', title: 'AF_PACKET: header by the kernel' },
  { kind: 'ring', title: 'AF_PACKET: through a shared ring' },
];

function frames({ kind, title }: (typeof FRAMES)[number]): PlainRow {
  return {
    name: `packet-${kind}`,
    title,
    play: async (stage) => {
      const args = { count: 200, size: 1000 };
      const receiver = kind === 'ring' ? 'raw' : kind;
      const server = stage.start({ host: 'b', as: 'server' }, 'serve-packets', {
        ...args,
        kind: receiver,
        interface: 'b0',
      });
      await server.ready();
      const mac = await stage.network.macOf('b', 'b0');
      const client = stage.start({ host: 'a', as: 'client' }, 'inject', {
        ...args,
        kind,
        interface: 'a0',
        mac,
      });
      const clients = await client.done();
      const servers = await server.done();
      return { ends: datagrams(clients, servers) };
    },
  };
}

export const DATAGRAM_ROWS: readonly Row[] = [
  ...forBothFamilies((family) => [
    ...CONVERSATIONS.map((make) => make(family)),
    ...ECHOES.map((kind) => echo(kind, family)),
    container(family),
  ]),
  MANY_PEERS,
  ...FRAMES.map(frames),
];
