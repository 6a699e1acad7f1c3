/** Packets and agents' events meet in one flow, whatever comes first: packets count, agents name. */
import { describe, expect, test } from '@jest/globals';
import type { Observation, Process } from '@packetless/model';
import fc from 'fast-check';
import { type GivenObservation, observed, T0 } from '../observation.sample.js';
import { FlowTable } from './flow-table.js';

const HOST = 'deadbeef/4026531840';
const HANDSHAKE = '0000002a0000002b';

function process(name: string): Process {
  const ids = { pid: 80, tid: 80, uid: 0, user: 'root', gid: 0, group: 'root' };
  const more = { cmdline: null, script: null, exeDeleted: null, role: null, parent: null };
  return { ...ids, ...more, name, exe: `/usr/bin/${name}`, evidence: 'kernel' };
}

const CURL = process('curl');
const NGINX = process('nginx');
const WIRE = { kind: 'packets', name: 'ens3', id: 'packets ens3' } as const;

/** So many bytes in so many packets of the client, twice as many of the server. */
function packets(bytes: number, count: number, given: GivenObservation = {}): Observation {
  return observed({
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

function atClient(given: GivenObservation = {}): Observation {
  return observed({ side: 'client', location: 'aaaaaaaa/1', socket: 11, handshake: HANDSHAKE, ...given });
}

function atServer(given: GivenObservation = {}): Observation {
  const witness = { kind: 'agent', name: 'db-1', id: 'b' } as const;
  return observed({
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

  test('that ended before its packets were told of is theirs, too', () => {
    const udp = { protocol: 17, handshake: null, state: null } as const;
    const sent = atClient({ ...udp, began: true, client: { process: CURL } });
    const closed = atClient({ ...udp, ended: true });
    // On its way through the kernel a datagram is seen after the process sent it.
    const onWire = packets(31, 1, { ...udp, time: T0 + 1, since: T0 + 1 });
    const flow = theFlow(sent, closed, onWire, { ...onWire, time: T0 + 2 });
    expect([flow.client.process?.name, flow.bytes.sent, flow.state]).toEqual(['curl', 62, 'CLOSED']);
    const muchLater = packets(31, 1, { ...udp, time: T0 + 9000, since: T0 + 9000 });
    expect(flowsOf(sent, closed, muchLater)).toHaveLength(2);
  });

  test('that ended is met by the other end’s agent, whose clock is ahead', () => {
    const udp = { protocol: 17, handshake: null, state: null } as const;
    const sent = atClient({ ...udp, began: true, client: { process: CURL } });
    const closed = atClient({ ...udp, ended: true });
    const received = (time: number) => atServer({ ...udp, time, began: true, server: { process: NGINX } });
    const flow = theFlow(sent, closed, received(T0 + 3000));
    expect([flow.client.process?.name, flow.server.process?.name]).toEqual(['curl', 'nginx']);
    expect(flowsOf(sent, closed, received(T0 + 6000))).toHaveLength(2);
    // By the same clock it is what came afterwards.
    const atHome = { ...received(T0 + 1), location: 'aaaaaaaa/2' };
    expect(flowsOf(sent, closed, atHome)).toHaveLength(2);
  });

  test('in two virtual networks with the same addresses is two; an agent’s words belong to one of them', () => {
    const flows = flowsOf(
      packets(1, 1, { handshake: null, vlan: 12 }),
      packets(2, 1, { handshake: null, vlan: 13 }),
      packets(4, 1, { handshake: null }),
      packets(8, 1, { handshake: null, vlan: 12 }),
      packets(16, 1, { handshake: null }),
      { ...connect, handshake: null },
    );
    expect(flows.map(({ bytes }) => bytes.sent)).toEqual([9, 2, 20]);
    expect(flows.filter(({ client }) => client.process?.name === 'curl')).toHaveLength(1);
    const known = theFlow(connect, packets(1, 1, { vlan: 12 }), packets(2, 1, { vlan: 12 }));
    expect([known.client.process?.name, known.bytes.sent, known.vlan]).toEqual(['curl', 3, 12]);
    expect(flows.map(({ vlan }) => vlan)).toEqual([12, 13, null]);
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
    observed({
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
