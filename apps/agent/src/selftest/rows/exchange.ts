/** The course of most rows: a server, a client that talks to it, and what both say afterwards. */
import type { Fact } from '../fact.js';
import type { Family, Host } from '../network.js';
import type { Arguments, Stage } from '../stage.js';
import { serverAddress } from './families.js';

export interface Parties {
  /** Host a unless said otherwise; `also` as in `Place`. */
  readonly client: Party;
  /** Host b unless said otherwise. */
  readonly server: Party & { readonly address?: string };
}

interface Party {
  readonly host?: Host;
  readonly mode?: string;
  readonly also?: Arguments;
  readonly args?: Arguments;
}

export interface Said {
  readonly clients: readonly Fact[];
  readonly servers: readonly Fact[];
  /** Who held a server's socket before. */
  readonly acceptors: readonly Fact[];
  /** Who held a client's socket before. */
  readonly openers: readonly Fact[];
}

export async function exchange(stage: Stage, family: Family, parties: Parties): Promise<Said> {
  const { host: from = 'a' } = parties.client;
  const { host: to = 'b' } = parties.server;
  const address = serverAddress(from, to, family);
  const server = stage.start(
    { host: to, as: 'server', also: parties.server.also },
    parties.server.mode ?? 'serve',
    {
      address: parties.server.address ?? address,
      ...parties.server.args,
    },
  );
  const port = await server.ready();
  const client = stage.start(
    { host: from, as: 'client', also: parties.client.also },
    parties.client.mode ?? 'call',
    {
      address,
      port,
      ...parties.client.args,
    },
  );
  const clients = await client.done();
  if (isStream(parties)) await server.ended(clients.length);
  const servers = await server.finish();
  if (servers.length === 0) throw new Error('the server was not talked to');
  return {
    clients,
    servers,
    acceptors: server.earlier,
    openers: client.earlier,
  };
}

/** A server of datagrams does not see when its clients have done. */
function isStream({ server }: Parties): boolean {
  return server.mode !== 'serve-datagrams';
}
