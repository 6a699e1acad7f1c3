/** Ends of connections that are no ordinary ones, and packets that did not arrive. */
import type { Failure } from '@packetless/model';
import { accepted, connected, connections, failuresOf } from '../expected.js';
import type { Family } from '../network.js';
import type { PlainRow, Row } from '../row.js';
import type { Arguments, Stage } from '../stage.js';
import { exchange } from './exchange.js';
import { forBothFamilies, serverAddress } from './families.js';

const RESET: readonly Failure[] = ['reset'];
const ABORTED: readonly Failure[] = ['aborted'];

/** The server closes so that a reset goes out: both ends say so, each as it saw it. */
function reset(name: string, title: string, server: Arguments, counted: boolean) {
  return (family: Family): PlainRow => ({
    name,
    title: `End: ${title}`,
    play: async (stage) => {
      // The client ends nothing by itself.
      const args = { send: 1000, receive: 1_000_000, end: 'broken' };
      const { clients, servers } = await exchange(stage, family, {
        client: { args },
        server: { args: server },
      });
      const [mine, theirs] = [clients[0]!, servers[0]!];
      return {
        ends: [
          connected(mine, { failures: RESET, reason: /^peer reset/ }),
          accepted(theirs, { failures: ABORTED, reason: /^reset here/, counted }),
        ],
      };
    },
  });
}

function halfOpen(family: Family): PlainRow {
  return {
    name: 'half-open',
    title: 'End: one direction ends long before the other',
    waits: true,
    play: async (stage) => {
      const { clients, servers } = await exchange(stage, family, {
        client: { args: { send: 1000 } },
        server: { args: { send: 100_000, answer: 1, pause: 2500 } },
      });
      return {
        ends: [
          ...connections(clients, [], { states: ['FIN_WAIT2'] }),
          ...connections([], servers, { states: ['CLOSE_WAIT'] }),
        ],
      };
    },
  };
}

/** The network is gone between two sends. What was given to the kernel meanwhile, it never sent. */
function vanished(family: Family): PlainRow {
  return {
    name: 'vanished',
    title: 'End: the peer vanished',
    play: async (stage) => {
      const args = { way: 'steps', steps: '1000,50000', 'user-timeout': 1000 };
      const { client, server } = await brokenCable(stage, family, args);
      const [fact] = await stage.network.whileCut(() => {
        client.goOn();
        return client.done();
      });
      // It knows of nothing; nothing is expected of its end.
      await server.finish();
      return { ends: [connected(fact!, { failures: failuresOf(fact!.error), counted: false })] };
    },
  };
}

function retransmitted(family: Family): PlainRow {
  return {
    name: 'retransmits',
    title: 'Retransmissions while packets are dropped',
    play: async (stage) => {
      // No more than the buffer holds: the client must not wait in send().
      const args = { way: 'steps', steps: '1000,50000', 'send-buffer': 1_000_000, 'until-retransmits': 2 };
      const { client, server } = await brokenCable(stage, family, args);
      await stage.network.whileBlocked(() => {
        client.goOn();
        return client.waiting(2);
      });
      client.goOn();
      const clients = await client.done();
      await server.ended(1);
      return { ends: connections(clients, await server.finish()) };
    },
  };
}

/** A client on d that has sent its first bytes to a server on e, and waits. */
async function brokenCable(stage: Stage, family: Family, args: Arguments) {
  const address = serverAddress('d', 'e', family);
  const server = stage.start({ host: 'e', as: 'server' }, 'serve', { address, send: 500, answer: 1 });
  const port = await server.ready();
  const client = stage.start({ host: 'd', as: 'client' }, 'call', { address, port, ...args });
  await client.waiting();
  return { client, server };
}

/** The first SYN is lost; the next goes out a second later (RFC 6298 2.1). */
function slowHandshake(family: Family): PlainRow {
  return {
    name: 'slow-handshake',
    title: 'Latency of a connection whose first packet was lost',
    play: async (stage) => {
      const address = serverAddress('d', 'e', family);
      const server = stage.start({ host: 'e', as: 'server' }, 'serve', { address, send: 500 });
      const port = await server.ready();
      const place = { host: 'd', as: 'client' } as const;
      const args = { address, port, send: 100 };
      // So that both hosts know each other's link address: only the SYN shall be lost.
      const quick = await stage.start(place, 'call', args).done();
      const client = await stage.network.whileBlocked(async () => {
        const begun = stage.start(place, 'call', { ...args, wait: 'connecting' });
        await begun.waiting();
        return begun;
      });
      client.goOn();
      const slow = await client.done();
      await server.ended(2);
      const servers = await server.finish();
      return { ends: [...connections(quick, servers), ...connections(slow, [], { latency: 900 })] };
    },
  };
}

const ROWS = [
  reset('reset', 'a reset instead of a close', { send: 1000, receive: 1000, end: 'reset' }, true),
  reset('reset-unread', 'closed with unread data', { send: 1000, receive: 1_000_000, end: 'unread' }, false),
  reset(
    'reset-unread-late',
    'closed with unread data after its own direction',
    { send: 1000, end: 'unread' },
    false,
  ),
  halfOpen,
  vanished,
  retransmitted,
  slowHandshake,
];

export const END_ROWS: readonly Row[] = forBothFamilies((family) => ROWS.map((make) => make(family)));
