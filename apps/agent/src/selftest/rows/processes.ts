/** Who it can be that talks: short-lived, another user's, without its file, a script's interpreter. */
import { chmodSync, copyFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { connected, connections, datagrams, type ExpectedEnd } from '../expected.js';
import type { Fact } from '../fact.js';
import type { Family } from '../network.js';
import { NotHere } from '../not-here.js';
import type { PlainRow, Row } from '../row.js';
import type { Arguments, Stage } from '../stage.js';
import { exchange } from './exchange.js';
import { forBothFamilies, serverAddress } from './families.js';
import { SCRIPTS, type Script, writeScript } from './scripts.js';

/** Nobody's, so that no other process of the host is meant. */
const USER = 64_242;
const UDP = 17;
const NAMESPACE_BASE = 642_420;
const sizes = { client: { send: 100 }, server: { send: 1000 } };

function asPlaced(name: string, title: string, also: (stage: Stage) => Arguments) {
  return (family: Family): PlainRow => ({
    name,
    title,
    play: async (stage) => {
      const { clients, servers } = await exchange(stage, family, {
        client: { also: also(stage), args: sizes.client },
        server: { args: sizes.server },
      });
      return { ends: connections(clients, servers) };
    },
  });
}

function swarm(kind: 'exec' | 'fork', title: string) {
  return (family: Family): PlainRow => ({
    name: `swarm-${kind}`,
    title,
    play: async (stage) => {
      const { clients, servers } = await exchange(stage, family, {
        client: { mode: 'swarm', args: { kind, processes: 1000, ...sizes.client } },
        server: { args: sizes.server },
      });
      return { ends: connections(clients, servers) };
    },
  });
}

/** As a resolver's clients: each asks once and is gone. */
function swarmOfDatagrams(family: Family): PlainRow {
  return {
    name: 'swarm-udp',
    title: 'Process: 500 that send one datagram',
    play: async (stage) => {
      const window = 1;
      const args = { kind: 'exec', processes: 500, protocol: UDP, count: 1, size: 50, window };
      const { clients, servers } = await exchange(stage, family, {
        client: { mode: 'swarm', args },
        server: { mode: 'serve-datagrams', args: { window } },
      });
      return { ends: datagrams(clients, servers) };
    },
  };
}

/** Ends without closing anything. */
function killed(family: Family): PlainRow {
  return {
    name: 'killed',
    title: 'Process: killed with its connection open',
    play: async (stage) => {
      const { clients, servers } = await exchange(stage, family, {
        client: { mode: 'swarm', args: { kind: 'fork', processes: 3, end: 'killed', ...sizes.client } },
        server: { args: sizes.server },
      });
      return { ends: connections(clients, servers) };
    },
  };
}

/** Bears the set-user-ID bit, and is run by somebody else: who runs it is whom the real user id names (credentials(7)). */
function setUserId(family: Family): PlainRow {
  return {
    name: 'setuid-program',
    title: 'Process: a set-user-ID program',
    play: async (stage) => {
      const program = copyOf(stage, 'setuid-client');
      chmodSync(program, 0o4755);
      const { clients, servers } = await exchange(stage, family, {
        client: { also: { uid: USER, exec: program }, args: sizes.client },
        server: { args: sizes.server },
      });
      return { ends: connections(clients, servers) };
    },
  };
}

/** `change` does something to the program's file while it runs, before it connects. */
function changedFile(name: string, title: string, change: (program: string, stage: Stage) => void) {
  return (family: Family): PlainRow => ({
    name,
    title,
    play: async (stage) => {
      const address = serverAddress('a', 'b', family);
      const server = stage.start({ host: 'b', as: 'server' }, 'serve', { address, ...sizes.server });
      const port = await server.ready();
      const program = copyOf(stage, `${name}-client`);
      const place = { host: 'a', as: 'client', also: { exec: program } } as const;
      const client = stage.start(place, 'call', { address, port, wait: 1, ...sizes.client });
      await client.waiting();
      change(program, stage);
      client.goOn();
      const clients = await client.done();
      await server.ended(1);
      return { ends: connections(clients, await server.finish()) };
    },
  });
}

function copyOf({ world }: Stage, name: string): string {
  const copy = join(world.folder, name);
  copyFileSync(world.programs.client, copy);
  return copy;
}

function script(kind: Script, family: Family): PlainRow {
  return {
    name: `script-${kind.name}`,
    title: kind.title,
    play: async (stage) => {
      const path = writeScript(kind, stage.world);
      if (path === null) throw new NotHere(`there is no ${kind.name}`);
      const { clients, servers } = await exchange(stage, family, {
        client: { also: { exec: path }, args: sizes.client },
        server: { args: sizes.server },
      });
      return {
        ends: [...clients.map((fact) => ofScript(fact, servers[0]!, path)), ...connections([], servers)],
      };
    },
  };
}

/** A shell cannot ask for its port, nor for how long connecting took; the other end knows the port. */
function ofScript(fact: Fact, peer: Fact, path: string): ExpectedEnd {
  const named = fact.localPort !== 0 ? fact : { ...fact, local: peer.remote, localPort: peer.remotePort };
  return connected(named, { script: path });
}

const ROWS = [
  swarm('exec', 'Process: 1,000 that live a moment'),
  swarm('fork', 'Process: 1,000 forks without exec'),
  swarmOfDatagrams,
  killed,
  asPlaced('setuid', 'Process: another user', () => ({ uid: USER })),
  setUserId,
  asPlaced('user-namespace', 'Process: in a user namespace', () => ({ 'user-namespace': NAMESPACE_BASE })),
  changedFile('deleted', 'Process: its file was deleted', (program) => rmSync(program)),
  changedFile('replaced', 'Process: its file was replaced', (program, stage) =>
    renameSync(copyOf(stage, 'replacement'), program),
  ),
];

export const PROCESS_ROWS: readonly Row[] = forBothFamilies((family) => [
  ...ROWS.map((make) => make(family)),
  ...SCRIPTS.map((kind) => script(kind, family)),
]);
