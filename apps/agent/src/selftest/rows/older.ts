/** What is there before the agent is. */
import { connections, datagrams as conversations } from '../expected.js';
import type { Family } from '../network.js';
import type { OlderRow, Row } from '../row.js';
import { forBothFamilies, serverAddress } from './families.js';

const TCP = 6;
const UDP = 17;
/** How long the agent may take from its start to tell what it found. */
const WITHIN_MS = 1000;

function connection(family: Family): OlderRow {
  return {
    name: 'older-connection',
    title: 'Older than the agent: a connection',
    begin: async (stage) => {
      const address = serverAddress('a', 'b', family);
      const server = stage.start({ host: 'b', as: 'server' }, 'serve', { address, send: 3000 });
      const port = await server.ready();
      const args = { address, port, way: 'steps', steps: '1000,2000' };
      const client = stage.start({ host: 'a', as: 'client' }, 'call', args);
      await client.waiting();
      return async (start) => {
        await stage.pause(WITHIN_MS);
        client.goOn();
        const clients = await client.done();
        await server.ended(1);
        const older = { opening: null, latency: null, updates: 1, by: start + WITHIN_MS };
        return { ends: connections(clients, await server.finish(), older) };
      };
    },
  };
}

/** The listening socket is older, the connection is not. */
function listener(family: Family): OlderRow {
  return {
    name: 'older-listener',
    title: 'Older than the agent: a listening socket',
    begin: async (stage) => {
      const address = serverAddress('a', 'b', family);
      const server = stage.start({ host: 'b', as: 'server' }, 'serve', { address, send: 100 });
      const port = await server.ready();
      return async (start) => {
        await stage.pause(WITHIN_MS);
        const clients = await stage
          .start({ host: 'a', as: 'client' }, 'call', { address, port, send: 100 })
          .done();
        await server.ended(1);
        const servers = await server.finish();
        const owner = servers[0]!;
        return {
          ends: connections(clients, servers),
          listeners: [{ protocol: TCP, address, port, owner, by: start + WITHIN_MS, since: null }],
        };
      };
    },
  };
}

/** Their bytes are counted from when the agent is there. */
function datagrams(family: Family): OlderRow {
  return {
    name: 'older-udp',
    title: 'Older than the agent: UDP sockets',
    begin: async (stage) => {
      const address = serverAddress('a', 'b', family);
      const server = stage.start({ host: 'b', as: 'server' }, 'serve-datagrams', { address });
      const port = await server.ready();
      const args = { address, port, count: 160, size: 500, rounds: 2 };
      const client = stage.start({ host: 'a', as: 'client' }, 'datagrams', args);
      await client.waiting();
      return async (start) => {
        await stage.pause(WITHIN_MS);
        client.goOn();
        const [mine] = await client.done();
        const [theirs] = await server.finish();
        const since = { counted: false };
        return {
          ends: conversations([mine!], [theirs!], since),
          listeners: [{ protocol: UDP, address, port, owner: theirs!, by: start + WITHIN_MS, since: null }],
        };
      };
    },
  };
}

export const OLDER_ROWS: readonly Row[] = forBothFamilies((family) => [
  connection(family),
  listener(family),
  datagrams(family),
]);
