/** Packets and agents' events meet in one flow, whatever comes first: packets count, agents name. */
import { describe, expect, test } from '@jest/globals';
import type { Observation, Process } from '@packetless/model';
import fc from 'fast-check';
import { FlowTable } from './flow-table.js';

const T0 = 1_795_312_266_000;
const HOST = 'deadbeef/4026531840';
const HANDSHAKE = '0000002a0000002b';
const end = { process: null, container: null, tcp: null };

function process(name: string): Process {
  const ids = { pid: 80, tid: 80, uid: 0, user: 'root', gid: 0, group: 'root' };
  const more = { cmdline: null, script: null, exeDeleted: null, role: null, parent: null };
  return { ...ids, ...more, name, exe: `/usr/bin/${name}`, evidence: 'kernel' };
}

type Given = Partial<Omit<Observation, 'client' | 'server'>> & {
  client?: Partial<Observation['client']>;
  server?: Partial<Observation['server']>;
};

function seen({ client, server, ...given }: Given): Observation {
  return {
    witness: { kind: 'agent', name: 'web-1', id: 'a' },
    time: T0,
    protocol: 6,
    client: { address: '10.0.0.1', port: 40_000, ...end, ...client },
    server: { address: '10.0.0.2', port: 443, ...end, ...server },
    side: null,
    oriented: true,
    interfaceName: null,
    location: null,
    socket: null,
    handshake: null,
    translated: null,
    state: null,
    counters: null,
    connectLatencyMs: null,
    retransmits: null,
    failure: null,
    reason: null,
    additional: null,
    since: null,
    began: false,
    ended: false,
    corrected: false,
    ...given,
  };
}

const CURL = process('curl');
const NGINX = process('nginx');
const WIRE = { kind: 'packets', name: 'ens3', id: 'packets ens3' } as const;

/** So many bytes in so many packets of the client, twice as many of the server. */
function packets(bytes: number, count: number, given: Given = {}): Observation {
  return seen({
    witness: WIRE,
    time: T0 + 5,
    since: T0,
    interfaceName: 'ens3',
    location: HOST,
    handshake: HANDSHAKE,
    translated: null,
    state: 'ESTABLISHED',
    counters: {
      kind: 'delta',
      bytesSent: bytes,
      bytesReceived: 2 * bytes,
      packetsSent: count,
      packetsReceived: 2 * count,
    },
    ...given,
  });
}

function atClient(given: Given = {}): Observation {
  return seen({ side: 'client', location: 'aaaaaaaa/1', socket: 11, handshake: HANDSHAKE, ...given });
}

function atServer(given: Given = {}): Observation {
  const witness = { kind: 'agent', name: 'db-1', id: 'b' } as const;
  return seen({
    witness,
    side: 'server',
    location: 'bbbbbbbb/1',
    socket: 22,
    handshake: HANDSHAKE,
    translated: null,
    ...given,
  });
}

const counted = (bytesSent: number, bytesReceived: number): Observation['counters'] => ({
  kind: 'absolute',
  bytesSent,
  bytesReceived,
  packetsSent: null,
  packetsReceived: null,
});

const connect = atClient({ began: true, state: 'ESTABLISHED', client: { process: CURL } });
const accept = atServer({ began: true, time: T0 + 1, state: 'ESTABLISHED', server: { process: NGINX } });
const clientCounts = atClient({ time: T0 + 2, counters: counted(70, 150) });
const serverCounts = atServer({ time: T0 + 2, counters: counted(70, 150) });
const closeAtClient = atClient({ ended: true, time: T0 + 9, state: 'CLOSE', counters: counted(72, 152) });

function flowsOf(...observations: readonly Observation[]) {
  const table = new FlowTable({
    interfaceName: 'ens3',
    capacity: 100,
    isLocal: () => false,
    idleMs: 60_000,
    endedMs: 60_000,
    now: () => T0 + 100,
  });
  for (const each of observations) table.apply(each);
  const { seen: all, delivered } = table.ledger.snapshot();
  expect(delivered).toBe(all);
  return Array.from({ length: table.size }, (_, slot) => table.row(slot).toFlow());
}

function theFlow(...observations: readonly Observation[]) {
  const flows = flowsOf(...observations);
  expect(flows).toHaveLength(1);
  return flows[0]!;
}

describe('a conversation that agents and packets tell of', () => {
  test('is one flow in any order, with both processes, and its bytes are those of the packets, once', () => {
    const told = [connect, accept, clientCounts, serverCounts, packets(1000, 10), packets(200, 2)];
    fc.assert(
      fc.property(fc.shuffledSubarray(told, { minLength: told.length }), (order) => {
        const flow = theFlow(...order);
        expect(flow.client).toMatchObject({ address: '10.0.0.1', port: 40_000, process: CURL });
        expect(flow.server).toMatchObject({ address: '10.0.0.2', port: 443, process: NGINX });
        expect(flow.bytes).toEqual({ sent: 1200, received: 2400 });
        expect(flow.packets).toEqual({ sent: 12, received: 24 });
        expect(flow.witnesses.map(({ kind, side }) => [kind, side]).sort()).toEqual([
          ['agent', 'client'],
          ['agent', 'server'],
          ['packets', null],
        ]);
        expect(flow.state).toBe('ESTABLISHED');
        expect(flow.firstSeen).toBe(T0);
      }),
    );
  });

  test('is counted by the kernel until there are packets', () => {
    expect(theFlow(connect, clientCounts).bytes).toEqual({ sent: 70, received: 150 });
    expect(theFlow(connect, clientCounts, packets(1000, 10)).bytes).toEqual({ sent: 1000, received: 2000 });
  });

  test('is counted by the kernel in the direction whose packets do not pass by', () => {
    const oneWay = packets(1000, 10, {
      counters: { kind: 'delta', bytesSent: 1000, bytesReceived: 0, packetsSent: 10, packetsReceived: 0 },
    });
    expect(theFlow(oneWay).bytes).toEqual({ sent: 1000, received: 0 });
    expect(theFlow(oneWay, connect, clientCounts).bytes).toEqual({ sent: 1000, received: 150 });
  });

  test('has the right client, although packets were seen from the middle on', () => {
    const middle = packets(1000, 10, {
      oriented: false,
      handshake: null,
      translated: null,
      client: { address: '10.0.0.2', port: 443 },
      server: { address: '10.0.0.1', port: 40_000 },
    });
    for (const order of [
      [middle, connect, accept],
      [accept, middle, connect],
      [connect, accept, middle],
    ]) {
      const flow = theFlow(...order);
      expect([flow.client.process?.name, flow.server.process?.name]).toEqual(['curl', 'nginx']);
      expect(flow.bytes).toEqual({ sent: 2000, received: 1000 });
      expect(flow.packets).toEqual({ sent: 20, received: 10 });
    }
  });

  test('keeps its last packets, told after its end was', () => {
    const last = { time: T0 + 12, counters: packets(40, 1).counters };
    for (const handshake of [HANDSHAKE, null]) {
      const flow = theFlow(
        connect,
        packets(1000, 10, { handshake }),
        closeAtClient,
        packets(40, 1, { ...last, handshake }),
      );
      expect(flow.bytes).toEqual({ sent: 1040, received: 2080 });
      expect(flow.state).toBe('CLOSE');
    }
  });

  test('that ended is not what the same ports begin afterwards', () => {
    const next = { time: T0 + 60, since: T0 + 50, handshake: '0000003a0000003b' };
    const flows = flowsOf(
      connect,
      packets(1000, 10, { ended: true, state: 'CLOSE' }),
      closeAtClient,
      packets(10, 1, next),
      atClient({ ...next, since: null, time: T0 + 51, socket: 12, began: true, client: { process: NGINX } }),
    );
    expect(flows.map(({ client, bytes }) => [client.process?.name, bytes.sent])).toEqual([
      ['curl', 1000],
      ['nginx', 10],
    ]);
  });

  test('has the health and the state that its kernels tell; packets stand in where nobody does', () => {
    const health = (rttMs: number, retransmits: number) => ({
      rttMs,
      retransmits,
      rttVarMs: null,
      outOfOrder: null,
      lost: null,
      unacknowledged: null,
      congestionWindow: null,
      deliveryRate: null,
    });
    const wire = packets(1000, 10, {
      state: 'CLOSE_WAIT',
      connectLatencyMs: 7,
      client: { tcp: health(3, 5) },
      server: { tcp: health(4, 6) },
    });
    const kernel = atClient({
      ...connect,
      connectLatencyMs: 8,
      client: { process: CURL, tcp: health(9, 1) },
    });
    expect(theFlow(wire).tcp).toMatchObject({
      connectLatencyMs: 7,
      client: { rttMs: 3, retransmits: 5 },
      server: { rttMs: 4, retransmits: 6 },
    });
    for (const order of [
      [wire, kernel],
      [kernel, wire],
      [wire, kernel, wire],
    ]) {
      const flow = theFlow(...order);
      expect(flow.state).toBe('ESTABLISHED');
      expect(flow.tcp).toMatchObject({
        connectLatencyMs: 8,
        client: { rttMs: 9, retransmits: 1 },
        server: { rttMs: 4, retransmits: 6 },
      });
    }
  });

  test('without a state of its own is one flow, too', () => {
    const udp = { protocol: 17, handshake: null, state: null } as const;
    const flow = theFlow(
      packets(100, 1, { ...udp, oriented: false }),
      atClient({ ...udp, began: true, client: { process: CURL } }),
      packets(100, 1, udp),
    );
    expect([flow.client.process?.name, flow.bytes.sent, flow.state]).toEqual(['curl', 200, 'ACTIVE']);
  });
});

describe('loopback', () => {
  const loopback = { client: { address: '127.0.0.1' }, server: { address: '127.0.0.1' }, handshake: null };
  const onLo = packets(100, 1, { ...loopback, interfaceName: 'lo' });
  const event = (location: string | null, id: string) =>
    seen({
      ...loopback,
      client: { ...loopback.client, process: CURL },
      witness: { kind: 'agent', name: id, id },
      side: 'client',
      location,
      interfaceName: 'lo',
      began: true,
    });

  test.each([
    ['an agent of this host', HOST],
    ['an agent that does not tell where it is', null],
  ])('packets of lo are those of %s', (_who, location) => {
    for (const order of [
      [onLo, event(location, 'x')],
      [event(location, 'x'), onLo],
    ]) {
      const flow = theFlow(...order);
      expect([flow.client.process?.name, flow.bytes.sent]).toEqual(['curl', 100]);
    }
  });

  test.each([
    ['another host', 'cafecafe/4026531840'],
    ['another network namespace', 'deadbeef/4026532999'],
  ])('packets of lo are not those of %s', (_who, location) => {
    for (const order of [
      [onLo, event(location, 'x')],
      [event(location, 'x'), onLo],
    ]) {
      expect(
        flowsOf(...order)
          .map(({ bytes, client }) => [client.process?.name ?? null, bytes.sent])
          .sort(),
      ).toEqual([
        [null, 100],
        ['curl', null],
      ]);
    }
  });

  test('two hosts’ agents that do not tell where they are stay apart', () => {
    expect(flowsOf(event(null, 'x'), event(null, 'y'))).toHaveLength(2);
  });
});
