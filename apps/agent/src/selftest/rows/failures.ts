/** Connections that cannot be made. */
import { connections, failed } from '../expected.js';
import { type Family, STRANGE_PLACES } from '../network.js';
import type { PlainRow, Row } from '../row.js';
import type { Arguments, Stage } from '../stage.js';
import { forBothFamilies, serverAddress } from './families.js';

/** Where nobody listens, at any of the self-test's hosts. */
const CLOSED_PORT = 9;

type Somewhere = keyof typeof STRANGE_PLACES | 'closed';

/** One connect that fails; the application's own errno says how. */
function failing(
  name: string,
  title: string,
  where: Somewhere,
  more: { mode?: string; args?: Arguments } = {},
) {
  return (family: Family): PlainRow => ({
    name,
    title: `Failure: ${title}`,
    waits: true,
    play: async (stage) => {
      const address = where === 'closed' ? serverAddress('a', 'b', family) : STRANGE_PLACES[where][family];
      const args = { address, port: CLOSED_PORT, send: 1, ...more.args };
      const clients = await stage.start({ host: 'a', as: 'client' }, more.mode ?? 'call', args).done();
      return { ends: clients.map((fact) => failed(fact)) };
    },
  });
}

/** The second of two connections between the same four addresses and ports. */
function unavailable(family: Family): PlainRow {
  return {
    name: 'no-port',
    title: 'Failure: no address or port to connect from',
    play: async (stage) => {
      const { clients, servers } = await exchangeOnce(stage, family, { 'bind-port': 40_123, send: 100 });
      const [second, first] = clients;
      return { ends: [failed(second!), ...connections([first!], servers)] };
    },
  };
}

/** `twice` says two things of which one has a server. */
async function exchangeOnce(stage: Stage, family: Family, args: Arguments) {
  const address = serverAddress('a', 'b', family);
  const server = stage.start({ host: 'b', as: 'server' }, 'serve', { address, send: 100 });
  const port = await server.ready();
  const clients = await stage.start({ host: 'a', as: 'client' }, 'twice', { address, port, ...args }).done();
  await server.ended(1);
  return { clients, servers: await server.finish() };
}

const ROWS = [
  failing('refused', 'refused', 'closed'),
  failing('timed-out', 'timed out', 'silent', { args: { 'user-timeout': 500 } }),
  failing('unreachable', 'a router says the host is unreachable', 'unreachable'),
  failing('no-network', 'a router says the network is unreachable', 'noNetwork'),
  failing('no-route', 'no route', 'noRoute'),
  failing('denied', 'forbidden by a rule of this host', 'forbidden'),
  unavailable,
  failing('given-up', 'the client gave up', 'silent', { mode: 'give-up', args: { 'abort-after': 100 } }),
];

export const FAILURE_ROWS: readonly Row[] = forBothFamilies((family) => ROWS.map((make) => make(family)));
