/** Sockets that begin to wait for whoever comes while the agent is there. */
import { connections, datagrams } from '../expected.js';
import type { Family } from '../network.js';
import type { PlainRow, Row } from '../row.js';
import type { Stage } from '../stage.js';
import { forBothFamilies, serverAddress } from './families.js';

const TCP = 6;
const UDP = 17;
/** How soon after it began a socket must be listed: lists come every second, and one may be under way. */
const WITHIN_MS = 2500;

/** A server that the agent has listed. */
async function listed(stage: Stage, family: Family, protocol: number, mode: string) {
  const address = serverAddress('a', 'b', family);
  const from = Date.now();
  const server = stage.start({ host: 'b', as: 'server' }, mode, { address });
  const port = await server.ready();
  const to = Date.now();
  await stage.listed('b', { protocol, address, port });
  return { server, listener: { protocol, address, port, by: to + WITHIN_MS, since: { from, to } } };
}

function tcp(family: Family): PlainRow {
  return {
    name: 'listening',
    title: 'Listening: TCP, by whom and since when',
    waits: true,
    play: async (stage) => {
      const { server, listener } = await listed(stage, family, TCP, 'serve');
      const { address, port } = listener;
      const clients = await stage.start({ host: 'a', as: 'client' }, 'call', { address, port }).done();
      await server.ended(1);
      const servers = await server.finish();
      return { ends: connections(clients, servers), listeners: [{ ...listener, owner: servers[0]! }] };
    },
  };
}

function udp(family: Family): PlainRow {
  return {
    name: 'listening-udp',
    title: 'Listening: UDP, by whom and since when',
    waits: true,
    play: async (stage) => {
      const { server, listener } = await listed(stage, family, UDP, 'serve-datagrams');
      const { address, port } = listener;
      const clients = await stage.start({ host: 'a', as: 'client' }, 'datagrams', { address, port }).done();
      const servers = await server.finish();
      return { ends: datagrams(clients, servers), listeners: [{ ...listener, owner: servers[0]! }] };
    },
  };
}

export const LISTENING_ROWS: readonly Row[] = forBothFamilies((family) => [tcp(family), udp(family)]);
