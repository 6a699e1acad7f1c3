/** Servers and clients whose sockets pass through several hands. */
import { accepted, connected, connections } from '../expected.js';
import type { Fact } from '../fact.js';
import type { Family } from '../network.js';
import type { PlainRow, Row } from '../row.js';
import { exchange } from './exchange.js';
import { forBothFamilies } from './families.js';

const CONNECTIONS = 64;
const client = { mode: 'burst', args: { count: CONNECTIONS, send: 100 } } as const;

/** Each connection is its worker's, whoever made the socket that it came in by. */
function workers(mode: 'prefork' | 'reuse-port', title: string) {
  return (family: Family): PlainRow => ({
    name: mode,
    title,
    play: async (stage) => {
      const server = { mode, args: { workers: 4, send: 1000 } };
      const { clients, servers } = await exchange(stage, family, { client, server });
      return { ends: connections(clients, servers) };
    },
  });
}

/** Accepted by one process, then another talks: first the one is named, then the other. */
function passing(kind: 'message' | 'exec', title: string) {
  return (family: Family): PlainRow => ({
    name: `passed-${kind}`,
    title,
    play: async (stage) => {
      const count = 8;
      const worker = stage.world.programs.worker;
      const { clients, servers, acceptors } = await exchange(stage, family, {
        client: { mode: 'many', args: { count, send: 100 } },
        server: { mode: 'pass', args: { kind, count, worker, send: 1000 } },
      });
      return {
        ends: [
          ...connections(clients, []),
          ...servers.map((fact) => accepted(fact, { earlier: holders(fact, acceptors) })),
        ],
      };
    },
  });
}

/** One process, but another program after it has connected and sent a byte. */
function executed(family: Family): PlainRow {
  return {
    name: 'executed',
    title: 'TCP: a process that becomes another program',
    play: async (stage) => {
      const { worker } = stage.world.programs;
      const { clients, servers, openers } = await exchange(stage, family, {
        client: { mode: 'become', args: { send: 100, worker } },
        server: { args: { send: 1000 } },
      });
      const [before] = openers;
      const all = clients.map((fact) => ({
        ...withConnect(fact),
        begin: before!.begin,
        sent: fact.sent + before!.sent,
      }));
      return {
        ends: [...all.map((fact) => connected(fact, { earlier: openers })), ...connections([], servers)],
      };
    },
  };
}

function inherited(family: Family): PlainRow {
  return {
    name: 'inherited',
    title: 'TCP: a child talks on what its parent connected',
    play: async (stage) => {
      const { clients, servers, openers } = await exchange(stage, family, {
        client: { mode: 'inherit', args: { send: 100 } },
        server: { args: { send: 1000 } },
      });
      return {
        ends: [
          ...clients.map((fact) => connected(withConnect(fact), { earlier: holders(fact, openers) })),
          ...connections([], servers),
        ],
      };
    },
  };
}

function holders({ cookie }: Fact, earlier: readonly Fact[]): readonly Fact[] {
  return earlier.filter((fact) => fact.cookie === cookie);
}

/** The child did not connect; its parent did, within the time of both. */
function withConnect(fact: Fact): Fact {
  return { ...fact, connectingMs: fact.end - fact.begin };
}

export const HANDOVER_ROWS: readonly Row[] = forBothFamilies((family) =>
  [
    workers('prefork', 'Server: prefork'),
    workers('reuse-port', 'Server: SO_REUSEPORT'),
    passing('message', 'Server: sockets passed to another program'),
    passing('exec', 'Server: a handler program for each connection'),
    inherited,
    executed,
  ].map((make) => make(family)),
);
