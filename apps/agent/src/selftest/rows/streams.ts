/** TCP as programs commonly use it, and SCTP. */
import { connections, datagrams } from '../expected.js';
import type { Family } from '../network.js';
import type { PlainRow, Row } from '../row.js';
import type { Arguments } from '../stage.js';
import { exchange, type Parties } from './exchange.js';
import { forBothFamilies } from './families.js';

const MIB = 1024 * 1024;
const BULK = 32 * MIB;
const BULK_WHEN_FULL = 1024 * MIB;
const SCTP = 132;

/** A row whose parties differ from the usual in what they send, and how. */
function conversation(
  name: string,
  title: string,
  bytes: readonly [client: number, server: number],
  more: { readonly mode?: string; readonly args?: Arguments; readonly loopback?: boolean } = {},
) {
  return (family: Family): PlainRow => ({
    name,
    title: `TCP: ${title}`,
    play: async (stage) => {
      const size = (bytes: number) => (bytes === BULK && stage.world.full ? BULK_WHEN_FULL : bytes);
      const parties: Parties = {
        client: { mode: more.mode, args: { send: size(bytes[0]), ...more.args } },
        server: { args: { send: size(bytes[1]) }, ...(more.loopback ? { host: 'a' } : {}) },
      };
      const { clients, servers } = await exchange(stage, family, parties);
      // io_uring's own threads may have done it.
      const thread = !/^uring-/.test(String(more.args?.way));
      return { ends: [...connections(clients, [], { thread }), ...connections([], servers)] };
    },
  });
}

const WAY = [4 * MIB, 4 * MIB] as const;

const CONVERSATIONS = [
  conversation('download', 'bulk download', [200, BULK]),
  conversation('upload', 'bulk upload', [BULK, 200]),
  conversation('duplex', 'both directions at once', [BULK, BULK]),
  conversation('loopback', 'loopback', WAY, { loopback: true }),
  conversation('many', '2,000 small connections', [100, 300], { mode: 'many', args: { count: 2000 } }),
  conversation('burst', '500 connections at once', [100, 1000], { mode: 'burst', args: { count: 500 } }),
  conversation('threads', '32 threads that connect at once', [100, 1000], {
    mode: 'threads',
    args: { count: 32 },
  }),
  conversation('sendfile', 'sendfile', WAY, { args: { way: 'sendfile' } }),
  conversation('splice', 'splice, both ways', WAY, { args: { way: 'splice' } }),
  conversation('zerocopy', 'MSG_ZEROCOPY', WAY, { args: { way: 'zerocopy' } }),
  conversation('io-uring', 'io_uring', WAY, { args: { way: 'uring' } }),
  conversation('io-uring-worker', 'io_uring, by its workers', WAY, { args: { way: 'uring-worker' } }),
  conversation('io-uring-poll', 'io_uring, submitted by a kernel thread', WAY, {
    args: { way: 'uring-poll' },
  }),
];

/** In a network, mount and process namespace of its own, with another root. */
function container(family: Family): PlainRow {
  return {
    name: 'container',
    title: 'TCP: from inside a container',
    play: async (stage) => {
      const { clients, servers } = await exchange(stage, family, {
        client: { host: 'c', also: { container: stage.world.root }, args: { send: MIB } },
        server: { args: { send: MIB } },
      });
      return { ends: connections(clients, servers) };
    },
  };
}

/** A byte a second: for a minute, by default for less. */
function drip(family: Family): PlainRow {
  return {
    name: 'drip',
    title: 'TCP: a slow drip',
    waits: true,
    limitMs: 90_000,
    play: async (stage) => {
      const seconds = stage.world.full ? 60 : 6;
      const { clients, servers } = await exchange(stage, family, {
        client: { args: { way: 'drip', gap: 1000, send: seconds, life: 90 } },
        server: { args: { send: 1, life: 90 } },
      });
      // Counters come every second; on a loaded machine some are late.
      return { ends: connections(clients, servers, { updates: seconds / 2 }) };
    },
  };
}

/** Ends by count: SCTP has no half-closed state (RFC 9260 1.5.1). */
function sctp(family: Family): PlainRow {
  const args = { protocol: SCTP, send: MIB, receive: MIB };
  return {
    name: 'sctp',
    title: 'SCTP',
    play: async (stage) => {
      const { clients, servers } = await exchange(stage, family, { client: { args }, server: { args } });
      return { ends: datagrams(clients, servers) };
    },
  };
}

/** Events write the addresses of both ends as IPv4. */
const DUAL_STACK: PlainRow = {
  name: 'dual-stack',
  title: 'TCP: IPv4 client of an IPv6 server',
  play: async (stage) => {
    const { clients, servers } = await exchange(stage, 'ipv4', {
      client: { args: { send: 500 } },
      server: { address: '::', args: { send: 1000 } },
    });
    return { ends: connections(clients, servers) };
  },
};

export const STREAM_ROWS: readonly Row[] = [
  ...forBothFamilies((family) => [
    ...CONVERSATIONS.map((make) => make(family)),
    container(family),
    drip(family),
    sctp(family),
  ]),
  DUAL_STACK,
];
