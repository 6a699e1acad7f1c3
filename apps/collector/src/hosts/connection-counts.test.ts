import { describe, expect, test } from '@jest/globals';
import type { ListeningSocket, Observation, Process } from '@packetless/model';
import { FlowTable } from '../flows/flow-table.js';
import { ConnectionCounts } from './connection-counts.js';
import { agent, list, process, socket, T0 } from './events.sample.js';
import { ListeningSockets } from './listening-sockets.js';

interface Arrived {
  readonly server?: string;
  readonly port?: number;
  readonly protocol?: number;
  readonly location?: string;
  readonly process?: Process | null;
  readonly cookie?: number;
  readonly ended?: boolean;
}

let clients = 1024;

/** A connection from a client of its own, told by the server's agent. */
function arrived(given: Arrived = {}): Observation {
  const { server = '10.0.0.1', port = 80, protocol = 6, location = 'aaaaaaaa/1', cookie = clients } = given;
  const client = server.includes(':') ? '2001:db8::7' : '10.9.9.9';
  const end = { process: null, container: null, tcp: null };
  return {
    witness: { kind: 'agent', name: 'host-a', id: 'a' },
    time: T0,
    protocol,
    client: { ...end, address: client, port: clients++ },
    server: { ...end, address: server, port, process: given.process ?? null },
    side: 'server',
    oriented: true,
    interfaceName: null,
    location,
    socket: cookie,
    handshake: null,
    translated: null,
    state: protocol === 6 ? 'ESTABLISHED' : null,
    counters: null,
    connectLatencyMs: null,
    retransmits: null,
    failure: null,
    reason: null,
    additional: null,
    began: true,
    ended: given.ended ?? false,
    corrected: false,
    since: null,
  };
}

/** How many each of the sockets has, in their order. */
function counts(sockets: readonly ListeningSocket[], flows: readonly Observation[], given = {}): number[] {
  const table = new FlowTable({
    interfaceName: 'x',
    capacity: 1000,
    isLocal: () => false,
    idleMs: 60_000,
    endedMs: 60_000,
    now: () => T0,
  });
  for (const flow of flows) table.apply(flow);
  const listening = new ListeningSockets();
  listening.hear(list(sockets, given), agent('a'), T0);
  const found = new ConnectionCounts(table.store, listening).read(T0);
  return [...listening.lists()].flatMap(({ listeners }) => listeners.map((each) => found.get(each) ?? 0));
}

describe('connections of listening sockets', () => {
  test('are the living flows to their port, protocol and place', () => {
    const flows = [
      arrived(),
      arrived(),
      arrived({ ended: true }),
      arrived({ port: 81 }),
      arrived({ protocol: 17 }),
      arrived({ location: 'aaaaaaaa/2' }),
    ];
    expect(counts([socket(80), socket(443)], flows)).toEqual([2, 0]);
  });

  test('of one address are not those of another', () => {
    const sockets = [
      socket(80, { address: '10.0.0.1' }),
      socket(80, { address: '127.0.0.1' }),
      socket(80, { address: '::' }),
    ];
    const flows = [
      arrived({ server: '10.0.0.1' }),
      arrived({ server: '127.0.0.1' }),
      arrived({ server: '127.0.0.1' }),
      arrived({ server: '10.0.0.2' }),
      arrived({ server: 'fd00::1' }),
    ];
    // What no IPv4 socket takes, the IPv6 one does.
    expect(counts(sockets, flows)).toEqual([1, 2, 2]);
  });

  test('of IPv4 are not those of IPv6, where each has a socket', () => {
    const sockets = [socket(80, { address: '::' }), socket(80, { address: '0.0.0.0' })];
    expect(counts(sockets, [arrived(), arrived({ server: 'fd00::1' })])).toEqual([1, 1]);
    expect(counts(sockets.slice(1), [arrived({ server: 'fd00::1' })])).toEqual([0]);
  });

  test('of several processes on one port are of the one that has them', () => {
    const workers = [81, 82, 83].map((pid) => socket(80, { socket: pid, process: process('nginx', pid) }));
    const flows = [82, 83, 83, 99].map((pid) => arrived({ process: process('nginx', pid) }));
    // Nobody's is somebody's: the first one's.
    expect(counts(workers, flows)).toEqual([1, 1, 2]);
  });

  test('of very many processes on one port are still of the one that has them', () => {
    const pids = Array.from({ length: 1000 }, (_, index) => index + 1);
    const workers = pids.map((pid) => socket(80, { socket: pid, process: process('nginx', pid) }));
    const found = counts(workers, [arrived({ process: process('nginx', 1000) })]);
    expect(found.indexOf(1)).toBe(999);
  });

  test('of one IPv6 address are not those of another', () => {
    const sockets = ['fd00::1', 'fd00::2', '::'].map((address) => socket(80, { address }));
    const flows = ['fd00::1', 'fd00::1', 'fd00::3'].map((server) => arrived({ server }));
    expect(counts(sockets, flows)).toEqual([2, 0, 1]);
  });

  test('of datagrams are of the very socket', () => {
    const sockets = [socket(53, { protocol: 17, socket: 500 }), socket(53, { protocol: 17, socket: 501 })];
    const flows = [500, 501, 501].map((cookie) => arrived({ protocol: 17, port: 53, cookie }));
    expect(counts(sockets, flows)).toEqual([1, 2]);
  });

  test('of a list without places are those to its host’s addresses', () => {
    const bare = { location: null, socket: null, process: null };
    const sockets = [socket(80, bare), socket(81, { ...bare, address: '10.0.0.1' })];
    const flows = [
      arrived({ server: '10.0.0.1' }),
      arrived({ server: '10.0.0.2' }),
      arrived({ port: 81 }),
      arrived({ port: 81, server: '10.0.0.2' }),
    ];
    expect(counts(sockets, flows, { location: null })).toEqual([1, 1]);
  });
});
