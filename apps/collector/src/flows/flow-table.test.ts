import { describe, expect, test } from '@jest/globals';
import { type Container, containerOfId, type Flow, type Observation, type Process } from '@packetless/model';
import fc from 'fast-check';
import { ContainerRegistry } from '../containers/container-registry.js';
import { type GivenObservation, observed, T0 } from '../observation.sample.js';
import { FlowTable, type FlowTableOptions } from './flow-table.js';
import { compileQuery, runQuery } from './query.js';

function table(options: Partial<FlowTableOptions> = {}): FlowTable {
  return new FlowTable({
    interfaceName: 'tcp://*:1234c',
    capacity: 1000,
    isLocal: (bytes, offset) => bytes[offset + 12] === 192,
    idleMs: 60_000,
    endedMs: 10_000,
    now: () => T0,
    ...options,
  });
}

function flowsOf(tables: FlowTable): Flow[] {
  const query = compileQuery({ sort: 'firstSeen', limit: 1000, offset: 0 });
  return runQuery([tables], query).rows.map((row) => row.toFlow());
}

function theFlow(tables: FlowTable): Flow {
  const flows = flowsOf(tables);
  expect(flows).toHaveLength(1);
  return flows[0]!;
}

function process(name: string, pid: number, more: Partial<Process> = {}): Process {
  return {
    pid,
    uid: 1000,
    user: 'alice',
    gid: 100,
    group: 'users',
    name,
    exe: `/usr/bin/${name}`,
    cmdline: `${name} -x`,
    tid: pid,
    script: null,
    exeDeleted: null,
    role: null,
    parent: null,
    evidence: 'kernel',
    ...more,
  };
}

/** What the client's agent tells of the connection. */
function atClient(given: GivenObservation = {}): Observation {
  return observed({ side: 'client', location: 'aaaaaaaa/1', socket: 11, ...given });
}

/** What the server's agent tells of the same one. */
function atServer(given: GivenObservation = {}): Observation {
  const witness = { kind: 'agent', name: 'host-b', id: 'b' } as const;
  return observed({ witness, side: 'server', location: 'bbbbbbbb/1', socket: 22, ...given });
}

const CURL = process('curl', 4711);
const NGINX = process('nginx', 80);
const connect = atClient({
  began: true,
  state: 'ESTABLISHED',
  client: { process: CURL },
  connectLatencyMs: 0.177,
});
const accept = atServer({ began: true, time: T0 + 1, state: 'ESTABLISHED', server: { process: NGINX } });
const closeAtClient = atClient({ ended: true, time: T0 + 50, state: 'CLOSE' });
const closeAtServer = atServer({ ended: true, time: T0 + 60, state: 'CLOSE' });

function absolute(bytesSent: number, bytesReceived: number): Observation['counters'] {
  return { kind: 'absolute', bytesSent, bytesReceived, packetsSent: null, packetsReceived: null };
}

function delta(bytesSent: number, bytesReceived: number): Observation['counters'] {
  return { kind: 'delta', bytesSent, bytesReceived, packetsSent: 1, packetsReceived: null };
}

function apply(flows: FlowTable, ...observations: Observation[]): FlowTable {
  for (const observation of observations) flows.apply(observation);
  return flows;
}

function shuffled<Item>(items: readonly Item[]): fc.Arbitrary<Item[]> {
  return fc.shuffledSubarray([...items], { minLength: items.length });
}

describe('both ends of a connection', () => {
  test.each([
    ['CONNECT first', [connect, accept]],
    ['ACCEPT first', [accept, connect]],
  ])('%s: one flow with the process of either side', (_, observations) => {
    const flow = theFlow(apply(table(), ...observations));
    expect(flow.client).toMatchObject({ address: '10.0.0.1', port: 40000, process: CURL });
    expect(flow.server).toMatchObject({ address: '10.0.0.2', port: 443, process: NGINX });
    expect(flow.state).toBe('ESTABLISHED');
    expect(flow.tcp?.connectLatencyMs).toBe(0.177);
    expect(flow.firstSeen).toBe(T0);
    expect(flow.lastSeen).toBe(T0 + 1);
    expect(flow.witnesses).toEqual(
      expect.arrayContaining([
        { kind: 'agent', name: 'host-a', side: 'client', events: 1 },
        { kind: 'agent', name: 'host-b', side: 'server', events: 1 },
      ]),
    );
  });

  test('the end of either side ends it, and the other side’s end belongs to it too', () => {
    const flows = apply(table(), connect, accept, closeAtClient);
    expect(theFlow(flows).state).toBe('CLOSE');
    expect(flows.ended).toBe(1);
    expect(theFlow(apply(flows, closeAtServer)).state).toBe('CLOSE');
    expect(flows.ended).toBe(1);
  });

  test('a short connection told by the client at once and by the server later is one flow', () => {
    const flows = apply(table(), connect, closeAtClient, accept, closeAtServer);
    const flow = theFlow(flows);
    expect(flow.server.process).toEqual(NGINX);
    expect(flow.state).toBe('CLOSE');
  });

  test('with equal initial sequence numbers they meet even when the clocks disagree', () => {
    const handshake = '0123456789abcdef';
    const late = atServer({ began: true, handshake, time: T0 + 9000, server: { process: NGINX } });
    const flows = apply(table(), { ...connect, handshake }, { ...closeAtClient, handshake }, late);
    expect(theFlow(flows).server.process).toEqual(NGINX);
  });

  test('with different ones they are two', () => {
    const flows = apply(
      table(),
      { ...connect, handshake: '0123456789abcdef' },
      { ...accept, handshake: '0123456789abcdee' },
    );
    expect(flows.size).toBe(2);
  });

  test('a refused connection is FAILED and says why', () => {
    const flow = theFlow(apply(table(), atClient({ began: true, ended: true, failure: 'refused' })));
    expect(flow.state).toBe('FAILED');
    expect(flow.tcp?.failure).toBe('refused');
  });

  test('a UDP conversation is ACTIVE until it is CLOSED', () => {
    const flows = apply(table(), atClient({ protocol: 17, began: true }));
    expect(theFlow(flows)).toMatchObject({ protocol: 'udp', state: 'ACTIVE', tcp: null });
    apply(flows, atClient({ protocol: 17, ended: true }));
    expect(theFlow(flows).state).toBe('CLOSED');
  });

  test('a UDP socket that begins again after an end begins another conversation', () => {
    const first = atClient({ protocol: 17, began: true });
    const flows = apply(table(), first, { ...first, began: false, ended: true, time: T0 + 5 });
    apply(flows, { ...first, time: T0 + 9 });
    expect(flowsOf(flows).map((flow) => flow.state)).toEqual(['CLOSED', 'ACTIVE']);
  });
});

describe('equal addresses and ports, different conversations', () => {
  test('a port used again: the old one is over, the new one is another', () => {
    const again = atClient({
      began: true,
      socket: 12,
      time: T0 + 5000,
      client: { process: process('wget', 5) },
    });
    const [old, young] = flowsOf(apply(table(), connect, again));
    expect(old).toMatchObject({ state: 'CLOSE', client: { process: CURL } });
    expect(young!.client.process?.name).toBe('wget');
    expect(old!.id).not.toBe(young!.id);
  });

  test('the late end of the old one does not end the new one', () => {
    const again = atClient({ began: true, socket: 12, time: T0 + 5000, state: 'ESTABLISHED' });
    const flows = apply(table(), connect, again, closeAtClient);
    expect(flowsOf(flows).map((flow) => flow.state)).toEqual(['CLOSE', 'ESTABLISHED']);
    expect(flows.ended).toBe(1);
  });

  test('agents without cookies: a second CONNECT is a second connection, the same CONNECT told twice is not', () => {
    const first = observed({ side: 'client', began: true });
    expect(apply(table(), first, first).size).toBe(1);
    expect(apply(table(), first, { ...first, time: T0 + 100 }).size).toBe(2);
  });

  test('loopback of two hosts is two flows, of one host is one', () => {
    const local = { client: { address: '127.0.0.1' }, server: { address: '127.0.0.1' }, interfaceName: 'lo' };
    const flows = apply(
      table(),
      atClient({ ...local, began: true, client: { ...local.client, process: CURL } }),
      atServer({ ...local, began: true, server: { ...local.server, process: NGINX } }),
      atServer({ ...local, began: true, location: 'aaaaaaaa/1', time: T0 + 1 }),
    );
    expect(flows.size).toBe(2);
    expect(flowsOf(flows).filter((flow) => flow.client.process?.name === 'curl')).toHaveLength(1);
    expect(flowsOf(flows).find((flow) => flow.client.process === CURL)?.witnesses).toHaveLength(2);
  });

  test('agents that do not tell their location are told apart by themselves on loopback', () => {
    const local = { client: { address: '::1' }, server: { address: '::1' } };
    const other = { kind: 'agent', name: 'z', id: 'z' } as const;
    const flows = apply(table(), observed(local), observed(local), observed({ ...local, witness: other }));
    expect(flows.size).toBe(2);
  });

  test('the same private addresses at two places never mix, in whatever order they are told', () => {
    const place = (host: string, handshake: string, pid: number): Observation[] => [
      atClient({
        began: true,
        location: `${host}/1`,
        socket: 1,
        handshake,
        translated: null,
        client: { process: process(host, pid) },
      }),
      atServer({
        began: true,
        location: `${host}/2`,
        socket: 2,
        handshake,
        translated: null,
        server: { process: process(host, pid + 1) },
      }),
      atClient({
        ended: true,
        time: T0 + 5,
        location: `${host}/1`,
        socket: 1,
        handshake,
        translated: null,
        counters: absolute(pid, pid),
      }),
      atServer({
        ended: true,
        time: T0 + 6,
        location: `${host}/2`,
        socket: 2,
        handshake,
        translated: null,
        counters: absolute(pid, pid),
      }),
    ];
    const all = [
      ...place('11111111', '00000001deadbeef', 100),
      ...place('22222222', '00000002deadbeef', 200),
    ];
    fc.assert(
      fc.property(shuffled(all), (order) => {
        const flows = flowsOf(apply(table(), ...order));
        expect(flows).toHaveLength(2);
        for (const flow of flows) {
          const { name } = flow.client.process!;
          expect(flow.server.process?.name).toBe(name);
          const pid = name === '11111111' ? 100 : 200;
          expect(flow.bytes).toEqual({ sent: pid, received: pid });
          expect(flow.state).toBe('CLOSE');
        }
      }),
      { numRuns: 500 },
    );
  });

  test('without sequence numbers the same host is preferred', () => {
    const host = (boot: string, side: 'client' | 'server', socket: number) =>
      observed({ side, location: `${boot}/${socket}`, socket, protocol: 17, began: true });
    const flows = apply(
      table(),
      host('11111111', 'client', 1),
      host('22222222', 'client', 2),
      host('22222222', 'server', 3),
      host('11111111', 'server', 4),
    );
    expect(flows.size).toBe(2);
  });
});

describe('two agents on one kernel', () => {
  test('see the same socket as one flow, and its bytes once', () => {
    const twin = { kind: 'agent', name: 'host-a', id: 'a2' } as const;
    const flows = apply(table(), connect, { ...connect, witness: twin });
    const counted = { counters: absolute(700, 900) };
    apply(flows, atClient(counted), atClient({ ...counted, witness: twin }));
    const flow = theFlow(flows);
    expect(flow.bytes).toEqual({ sent: 700, received: 900 });
    expect(flow.witnesses.map((witness) => witness.events)).toEqual([2, 2]);
  });

  test('differences are taken from the first of them only', () => {
    const twin = { kind: 'agent', name: 'host-a', id: 'a2' } as const;
    const counted = { counters: delta(10, 20) };
    const flows = apply(
      table(),
      connect,
      atClient(counted),
      atClient({ ...counted, witness: twin }),
      atClient(counted),
    );
    expect(theFlow(flows).bytes).toEqual({ sent: 20, received: 40 });
  });
});

describe('a conversation older than its agent', () => {
  const found = atClient({
    oriented: false,
    state: 'ESTABLISHED',
    client: { process: process('curl', 4711, { evidence: 'snapshot' }) },
    counters: absolute(7000, 90),
    time: T0 + 5,
  });

  test('is a flow from when it was first told of, established', () => {
    expect(theFlow(apply(table(), found))).toMatchObject({
      state: 'ESTABLISHED',
      firstSeen: T0 + 5,
      bytes: { sent: 7000, received: 90 },
      client: { process: { name: 'curl', evidence: 'snapshot' } },
    });
  });

  test('is not doubled by what follows: its updates, its end, the other end', () => {
    const updated = { ...found, time: T0 + 5000, counters: absolute(8000, 100) };
    const atOther = atServer({
      oriented: false,
      state: 'ESTABLISHED',
      time: T0 + 6,
      server: { process: NGINX },
    });
    const flows = apply(table(), found, updated, atOther, closeAtServer, {
      ...closeAtClient,
      time: T0 + 9000,
    });
    expect(theFlow(flows)).toMatchObject({
      state: 'CLOSE',
      bytes: { sent: 8000, received: 100 },
      server: { process: NGINX },
    });
  });

  test('that was opening just then is the one that CONNECT tells of, however it was guessed', () => {
    const opening = { ...found, state: 'SYN_SENT' as const, time: T0 - 1 };
    const turned = observed({
      ...opening,
      side: 'server',
      client: { address: '10.0.0.2', port: 443 },
      server: { address: '10.0.0.1', port: 40000 },
    });
    for (const guess of [opening, turned]) {
      const flow = theFlow(apply(table(), guess, connect));
      expect(flow).toMatchObject({ state: 'ESTABLISHED', client: { port: 40000, process: CURL } });
      expect(flow.server.process).toBe(null);
    }
  });

  test('of both ends on one host is one flow', () => {
    const local = {
      location: 'aaaaaaaa/1',
      interfaceName: 'lo',
      oriented: false,
      state: 'ESTABLISHED',
    } as const;
    const client = { address: '127.0.0.1', port: 40000 };
    const server = { address: '127.0.0.1', port: 443 };
    const flows = apply(
      table(),
      atServer({ ...local, client, server: { ...server, process: NGINX } }),
      atClient({ ...local, client: { ...client, process: CURL }, server }),
    );
    expect(theFlow(flows)).toMatchObject({ client: { process: CURL }, server: { process: NGINX } });
  });
});

describe('protocols without ports', () => {
  const ping = (socket: number, given: GivenObservation = {}) =>
    atClient({ protocol: 1, socket, client: { port: 0, ...given.client }, server: { port: 0 }, ...given });

  test('two that ping one host stay two flows, whoever tells of them last', () => {
    const flows = table();
    for (let round = 0; round < 5; round++) {
      for (const socket of [11, 12]) {
        const client = { port: 0, process: process('ping', socket) };
        apply(flows, ping(socket, { client, began: round === 0, time: T0 + round * 1000 }));
      }
    }
    expect(
      flowsOf(flows).map(({ protocol, state, client }) => [protocol, state, client.process?.pid]),
    ).toEqual([
      ['icmp', 'ACTIVE', 11],
      ['icmp', 'ACTIVE', 12],
    ]);
    apply(flows, ping(11, { ended: true, time: T0 + 9000 }));
    expect(flowsOf(flows).map(({ state }) => state)).toEqual(['CLOSED', 'ACTIVE']);
  });

  test('both ends of one conversation are one flow, though each takes itself for the one that began', () => {
    const there = { address: '10.0.0.2', port: 0 };
    const here = { address: '10.0.0.1', port: 0 };
    const ospf = { protocol: 89, oriented: false };
    const flows = apply(
      table(),
      atClient({ ...ospf, client: here, server: there, counters: absolute(100, 60) }),
      observed({
        ...ospf,
        witness: { kind: 'agent', name: 'host-b', id: 'b' },
        side: 'client',
        location: 'bbbbbbbb/1',
        socket: 22,
        client: { ...there, process: process('ospfd', 5) },
        server: here,
        counters: absolute(60, 100),
      }),
    );
    expect(theFlow(flows)).toMatchObject({
      client: here,
      server: { ...there, process: { name: 'ospfd' } },
      bytes: { sent: 100, received: 60 },
    });
  });
});

describe('conversations of packet sockets', () => {
  const nowhere = { address: '0.0.0.0', port: 0 };
  const packets = (location: string, socket: number | null, given: GivenObservation = {}) =>
    observed({
      protocol: 255,
      side: 'client',
      oriented: false,
      location,
      socket,
      client: { ...nowhere, process: process('dhcpcd', socket ?? 1) },
      server: nowhere,
      ...given,
    });

  test('are told apart by socket and place, and have no addresses', () => {
    const flows = table();
    for (let round = 0; round < 3; round++) {
      for (const [location, socket] of [
        ['aaaaaaaa/1', 1],
        ['aaaaaaaa/1', 2],
        ['aaaaaaaa/2', 1],
        ['bbbbbbbb/1', 1],
      ] as const) {
        apply(flows, packets(location, socket, { counters: absolute(100 * round, 0) }));
      }
    }
    expect(flows.size).toBe(4);
    for (const flow of flowsOf(flows)) {
      expect(flow).toMatchObject({
        protocol: 'packet',
        state: 'ACTIVE',
        ipVersion: 4,
        bytes: { sent: 200, received: 0 },
        client: { ...nowhere, process: { name: 'dhcpcd' } },
        server: { ...nowhere, process: null },
      });
    }
  });

  test('of thousands of hosts find each their own flow', () => {
    const flows = table({ capacity: 5000 });
    for (let round = 0; round < 2; round++) {
      for (let host = 0; host < 4000; host++) apply(flows, packets(`${host}/4026531840`, 7));
    }
    expect(flows.size).toBe(4000);
    expect(flows.ledger.dropped).toBe(0);
    expect(flows.expire(T0 + 60_000)).toBe(4000);
    expect(flows.size).toBe(0);
  });

  test('of a sender that names no socket are one for each sender', () => {
    const other = { kind: 'agent', name: 'z', id: 'z' } as const;
    const bare = { location: null, socket: null } as const;
    const flows = apply(table(), packets('', null, bare), packets('', null, { ...bare, witness: other }));
    apply(flows, packets('', null, bare));
    expect(flows.size).toBe(2);
  });
});

describe('why a connection was reset', () => {
  const resetByServer = 'reset here: tcp abort on close';
  test.each([
    ['client first', ['peer reset', 'client'], [resetByServer, 'server']],
    ['server first', [resetByServer, 'server'], ['peer reset', 'client']],
  ] as const)('is what the one says who did it, %s', (_, ...told) => {
    const flows = apply(table(), connect, accept, atClient({ reason: 'timeout', retransmits: 1 }));
    expect(theFlow(flows).tcp).toMatchObject({ reason: 'timeout', reasonSide: 'client' });
    for (const [reason, side] of told) {
      apply(flows, side === 'client' ? { ...closeAtClient, reason } : { ...closeAtServer, reason });
    }
    expect(theFlow(flows).tcp).toMatchObject({ reason: resetByServer, reasonSide: 'server' });
    // What happened before comes late: it is not why it ended.
    apply(flows, atServer({ reason: 'fast retransmit', retransmits: 1, time: T0 + 2 }));
    expect(theFlow(flows).tcp?.reason).toBe(resetByServer);
  });

  test('turns with the flow', () => {
    const guessed = observed({
      oriented: false,
      side: 'client',
      location: 'bbbbbbbb/1',
      socket: 22,
      client: { address: '10.0.0.2', port: 443 },
      server: { address: '10.0.0.1', port: 40000 },
      reason: 'timeout',
    });
    expect(theFlow(apply(table(), guessed)).tcp).toMatchObject({ reason: 'timeout', reasonSide: 'client' });
    expect(theFlow(apply(table(), guessed, connect)).tcp).toMatchObject({
      reason: 'timeout',
      reasonSide: 'server',
    });
  });

  test('is left out, and counted, where there are too many different words', () => {
    const flows = table({ capacity: 2000 });
    for (let port = 1; port <= 1100; port++) {
      apply(flows, atClient({ client: { port }, socket: port, reason: `reason ${port}` }));
    }
    expect(flows.store.reasonsLeftOut).toBe(1100 - 1023);
    flows.expire(T0 + 60_000);
    expect(flows.store.reasons.size).toBe(0);
  });
});

describe('which end is the client', () => {
  const guessed = observed({
    oriented: false,
    client: { address: '10.0.0.2', port: 443, process: NGINX },
    server: { address: '10.0.0.1', port: 40000 },
    side: 'client',
    location: 'bbbbbbbb/1',
    socket: 22,
    counters: absolute(900, 700),
  });

  test('a guess is turned round by one who knows, with all that was learnt', () => {
    const flow = theFlow(apply(table(), guessed, connect));
    expect(flow.client).toMatchObject({ address: '10.0.0.1', port: 40000, process: CURL });
    expect(flow.server).toMatchObject({ address: '10.0.0.2', port: 443, process: NGINX });
    expect(flow.bytes).toEqual({ sent: 700, received: 900 });
    expect(flow.witnesses).toEqual([
      { kind: 'agent', name: 'host-a', side: 'server', events: 1 },
      { kind: 'agent', name: 'host-a', side: 'client', events: 1 },
    ]);
  });

  test('a guess follows what is known', () => {
    const flow = theFlow(apply(table(), connect, guessed));
    expect(flow.client.process).toEqual(CURL);
    expect(flow.server.process).toEqual(NGINX);
    expect(flow.bytes).toEqual({ sent: 700, received: 900 });
  });

  test('of IPv6 too', () => {
    const ends = { a: { address: '2001:db8::1', port: 1000 }, b: { address: '2001:db8::2', port: 443 } };
    const flows = apply(
      table(),
      observed({ oriented: false, client: ends.b, server: ends.a }),
      observed({ client: ends.a, server: ends.b }),
    );
    expect(theFlow(flows)).toMatchObject({ ipVersion: 6, client: ends.a, server: ends.b });
  });
});

describe('identity', () => {
  test('comes late', () => {
    const flows = apply(table(), atClient({ began: true }));
    expect(theFlow(flows).client.process).toBeNull();
    expect(theFlow(apply(flows, atClient({ client: { process: CURL } }))).client.process).toEqual(CURL);
  });

  test('is corrected by the first I/O in another worker', () => {
    const worker = process('nginx', 81, { evidence: 'io' });
    expect(theFlow(apply(table(), accept, atServer({ server: { process: worker } }))).server.process).toEqual(
      worker,
    );
  });

  test('is replaced by its own agent’s correction, however that one is known', () => {
    // A master that accepts, a worker that takes over, a third process that was passed the descriptor.
    const worker = process('nginx', 81, { evidence: 'proc', cmdline: 'nginx: worker' });
    const heir = process('websocketd', 90, { evidence: 'snapshot', script: null });
    const corrected = (owner: Process) => atServer({ corrected: true, server: { process: owner } });
    const flows = apply(table(), connect, accept, corrected(worker));
    expect(theFlow(flows).server.process).toEqual(worker);
    apply(flows, corrected(heir));
    expect(theFlow(flows).server.process).toEqual(heir);
    expect(theFlow(flows).client.process).toEqual(CURL);
    // Who comes after an end is told of the end still.
    apply(flows, closeAtServer, corrected(worker));
    expect(theFlow(flows)).toMatchObject({ state: 'CLOSE', server: { process: worker } });
  });

  test('is not corrected by the agent of the other end', () => {
    const wrong = process('other', 9);
    const flows = apply(table(), connect, accept, atClient({ corrected: true, server: { process: wrong } }));
    expect(theFlow(flows).server.process).toEqual(NGINX);
  });

  test('that nobody knows corrects nothing', () => {
    expect(theFlow(apply(table(), connect, atClient({ corrected: true }))).client.process).toEqual(CURL);
  });

  test('of an interpreter is that of the script it runs now', () => {
    const first = process('python3', 7, { script: 'a.py', cmdline: 'python3 a.py', exeDeleted: false });
    const later = process('python3', 7, { script: null, cmdline: 'python3 -c pass', exeDeleted: null });
    const bare = process('python3', 7, { cmdline: null });
    const after = (latest: Process) =>
      theFlow(
        apply(table(), atClient({ client: { process: first } }), atClient({ client: { process: latest } })),
      ).client.process;
    expect(after(later)).toMatchObject({ script: null, exeDeleted: false });
    expect(after(bare)).toMatchObject({ script: 'a.py', cmdline: 'python3 a.py' });
  });

  test('is never replaced by one that is known in a worse way', () => {
    for (const evidence of ['none', 'proc', 'snapshot'] as const) {
      const worse = process('other', 9, { evidence });
      const flows = apply(table(), connect, atClient({ client: { process: worse } }));
      expect(theFlow(flows).client.process).toEqual(CURL);
    }
  });

  test('keeps what a later word about the same process leaves out', () => {
    const shorter = process('curl', 4711, { cmdline: null, user: null });
    expect(
      theFlow(apply(table(), connect, atClient({ client: { process: shorter } }))).client.process,
    ).toEqual(CURL);
  });

  test('of a container is completed', () => {
    const bare = containerOfId('275d71585e03');
    const full = { ...bare, name: 'dnsmasq', pod: 'kube-dns-1', namespace: 'kube-system' };
    const flows = apply(
      table(),
      atClient({ client: { container: full } }),
      atClient({ client: { container: bare } }),
    );
    expect(theFlow(flows).client.container).toEqual(full);
  });

  test('of a container that is learnt late is shown by the flows that are there already', () => {
    const containers = new ContainerRegistry();
    const flows = apply(table({ containers }), atClient({ client: { container: containerOfId('c1') } }));
    const [{ id }] = flowsOf(flows) as [Flow];
    const before = { row: flows.get(id)!.revision, table: flows.revision };
    const named: Container = { ...containerOfId('c1'), name: 'web', labels: { app: 'shop' } };
    const witness = atClient({}).witness;
    containers.hear({ type: 'containers', time: T0, agent: 'a', containers: [named] }, witness, T0);
    expect(theFlow(flows).client.container).toEqual(named);
    expect(flows.get(id)!.revision).not.toBe(before.row);
    expect(flows.revision).toBeGreaterThan(before.table);
    containers.hear({ type: 'containers', time: T0, agent: 'a', containers: [named] }, witness, T0);
    expect(flows.revision).toBe(before.table + 1);
  });

  test('of a container goes with its agent: another one says nothing of it', () => {
    const containers = new ContainerRegistry();
    const flows = apply(table({ containers }), atClient({ client: { container: containerOfId('c1') } }));
    const other = { kind: 'agent', name: 'other', id: 'other' } as const;
    const named = { ...containerOfId('c1'), name: 'web' };
    containers.hear({ type: 'containers', time: T0, agent: 'other', containers: [named] }, other, T0);
    expect(theFlow(flows).client.container).toEqual(containerOfId('c1'));
  });

  test('of a container goes with the process: another one is where it is', () => {
    const web = { ...containerOfId('c1'), name: 'web' };
    const inside = { process: process('nginx', 7), container: web };
    const outside = { process: process('proxy', 8), container: null };
    const handed = apply(
      table(),
      atClient({ client: inside }),
      atClient({ client: outside, corrected: true }),
    );
    expect(theFlow(handed).client).toMatchObject({ process: { pid: 8 }, container: null });
    const unsaid = apply(
      table(),
      atClient({ client: inside }),
      atClient({ client: { process: inside.process, container: null } }),
    );
    expect(theFlow(unsaid).client.container).toEqual(web);
  });

  test('of two that tell of one container that stands which knows its names', () => {
    const named = { ...containerOfId('c1'), name: 'web' };
    const other = { kind: 'agent', name: 'other', id: 'other' } as const;
    const flows = apply(
      table(),
      atClient({ client: { container: named } }),
      atClient({ witness: other, client: { container: containerOfId('c1') } }),
    );
    expect(theFlow(flows).client.container).toEqual(named);
  });
});

describe('counters', () => {
  test('are unknown until somebody counts', () => {
    const flow = theFlow(apply(table(), connect));
    expect(flow.bytes).toEqual({ sent: null, received: null });
    expect(flow.packets).toEqual({ sent: null, received: null });
    expect(flow.tcp).toMatchObject({ client: null, server: null });
  });

  test('of both ends are the same bytes: while both live the greater, then the client’s own', () => {
    const flows = apply(table(), connect, accept);
    apply(flows, atClient({ counters: absolute(100, 50) }), atServer({ counters: absolute(90, 60) }));
    expect(theFlow(flows).bytes).toEqual({ sent: 100, received: 60 });
    apply(flows, atServer({ ended: true, time: T0 + 9, counters: absolute(95, 61) }));
    expect(theFlow(flows).bytes).toEqual({ sent: 95, received: 61 });
    apply(flows, atClient({ ended: true, time: T0 + 9, counters: absolute(120, 62) }));
    expect(theFlow(flows).bytes).toEqual({ sent: 120, received: 62 });
  });

  test('of packets are preferred', () => {
    const wire = { kind: 'packets', name: 'eth0', id: 'eth0' } as const;
    const flows = apply(table(), connect, atClient({ counters: absolute(100, 50) }));
    apply(
      flows,
      observed({ witness: wire, counters: delta(140, 80) }),
      observed({ witness: wire, counters: delta(1, 1) }),
    );
    expect(theFlow(flows).bytes).toEqual({ sent: 141, received: 81 });
    expect(theFlow(flows).packets).toEqual({ sent: 2, received: null });
  });

  test('never go backwards, and what is no count is not taken', () => {
    const flows = apply(table(), atClient({ counters: absolute(100, 50) }));
    for (const bad of [99, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60]) {
      apply(
        flows,
        atClient({ counters: absolute(bad, 10) }),
        atClient({ counters: delta(Math.min(bad, -1), 0) }),
      );
    }
    expect(theFlow(flows).bytes).toEqual({ sent: 100, received: 50 });
    apply(flows, atClient({ counters: delta(Number.MAX_SAFE_INTEGER, 0) }));
    expect(theFlow(flows).bytes.sent).toBe(Number.MAX_SAFE_INTEGER);
  });

  test('of one who does not say where he is give way to the socket’s own', () => {
    const flows = apply(table(), observed({ counters: delta(5000, 1) }));
    expect(theFlow(flows).bytes.sent).toBe(5000);
    expect(theFlow(apply(flows, atClient({ counters: absolute(10, 2) }))).bytes).toEqual({
      sent: 10,
      received: 2,
    });
  });

  test('retransmissions told one by one add up, and a total includes them', () => {
    const health = {
      rttMs: 2.5,
      rttVarMs: 0.75,
      outOfOrder: null,
      lost: 3,
      unacknowledged: 0,
      congestionWindow: 10,
      deliveryRate: 1_230_000,
    };
    const flows = apply(table(), connect, atClient({ retransmits: 2 }), atClient({ retransmits: 1 }));
    expect(theFlow(flows).tcp?.client?.retransmits).toBe(3);
    apply(flows, atClient({ client: { tcp: { ...health, retransmits: 3 } } }));
    expect(theFlow(flows).tcp?.client).toEqual({ ...health, retransmits: 3 });
  });
});

describe('what else is told', () => {
  test('unknown fields are kept, the latest of each name', () => {
    const flows = apply(
      table(),
      observed({ additional: { TID: 5, X: 'a' } }),
      observed({ additional: { X: 'b' } }),
    );
    expect(theFlow(flows).additional).toEqual({ TID: 5, X: 'b' });
  });

  test('but not more than a flow may have', () => {
    const flows = table();
    for (let index = 0; index < 200; index++)
      apply(flows, observed({ additional: { [`k${index}`]: 'x'.repeat(100) } }));
    expect(JSON.stringify(theFlow(flows).additional).length).toBeLessThan(5000);
    expect(flows.store.additional.refused).toBeGreaterThan(100);
  });

  test('a name like __proto__ is a name', () => {
    const additional = JSON.parse('{"__proto__":{"polluted":1},"constructor":2}');
    const flow = theFlow(apply(table(), observed({ additional })));
    expect(Object.keys(flow.additional)).toEqual(['__proto__', 'constructor']);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  test('network interface, local ends, Community ID', () => {
    const flow = theFlow(
      apply(table(), observed({ interfaceName: 'cbr0', client: { address: '192.168.2.131' } })),
    );
    expect(flow.interfaceName).toBe('cbr0');
    expect(flow.client.local).toBe(true);
    expect(flow.server.local).toBe(false);
    expect(flow.communityId).toMatch(/^1:.{28}$/);
  });

  test('IPv4-mapped addresses are the IPv4 ones', () => {
    const flows = apply(table(), connect, atServer({ server: { address: '::ffff:10.0.0.2' } }));
    expect(theFlow(flows).server.address).toBe('10.0.0.2');
  });
});

describe('how long a flow stays', () => {
  test('a time a day ahead of every clock is the time it came, so that it does not stay above all others', () => {
    const hour = 3_600_000;
    expect(theFlow(apply(table(), atClient({ time: T0 + 14 * hour }))).firstSeen).toBe(T0 + 14 * hour);
    expect(theFlow(apply(table(), atClient({ time: 4_294_967_295_000 }))).firstSeen).toBe(T0);
  });

  test('idle and ended flows go in their time, by the collector’s clock', () => {
    let now = T0;
    const flows = table({ now: () => now });
    apply(flows, connect, atClient({ ...closeAtClient, client: { port: 40001 }, time: 1_546_300_800_000 }));
    expect(flows.expire(now + 9_999)).toBe(0);
    expect(flows.expire(now + 10_000)).toBe(1);
    now += 59_000;
    apply(flows, atClient());
    expect(flows.expire(T0 + 61_000)).toBe(0);
    expect(flows.expire(now + 60_000)).toBe(1);
    expect(flows.size).toBe(0);
    expect(flows.lifecycle.snapshot()).toMatchObject({ seen: 2, delivered: 2, inFlight: 0 });
  });

  test('a clock that is set back expires nothing', () => {
    expect(apply(table(), connect).expire(T0 - 3_600_000)).toBe(0);
  });

  test('a full table lets ended flows go early, and refuses and counts what finds no room', () => {
    const flows = table({ capacity: 3 });
    const port = (number: number, given: GivenObservation = {}) =>
      atClient({ client: { port: number }, socket: number, ...given });
    apply(flows, port(1), port(2, { ended: true }), port(3), port(4), port(5), port(6), port(1));
    expect(flows.size).toBe(3);
    expect(
      flowsOf(flows)
        .map((flow) => flow.client.port)
        .sort(),
    ).toEqual([1, 3, 4]);
    expect(flows.ledger.snapshot()).toEqual({
      hop: 'flow table',
      seen: 7,
      delivered: 5,
      dropped: { 'table full': 2 },
      inFlight: 0,
    });
    expect(flows.lifecycle.snapshot().dropped).toEqual({ 'evicted early': 1 });
  });

  test('bad addresses and ports are counted', () => {
    const flows = apply(
      table(),
      observed({ client: { address: 'no' } }),
      observed({ server: { port: 65536 } }),
      observed({ protocol: 256 }),
    );
    expect(flows.ledger.snapshot().dropped).toEqual({ 'bad address': 3 });
  });

  test('many connections with one tuple stay few', () => {
    const flows = table();
    for (let socket = 1; socket <= 500; socket++) {
      apply(flows, atClient({ began: true, socket, time: T0 + socket }));
    }
    expect(flows.size).toBeLessThanOrEqual(32);
    expect(flows.lifecycle.dropped).toBeGreaterThan(400);
    expect(flows.ledger.inFlight).toBe(0);
    expect(flowsOf(flows).at(-1)?.firstSeen).toBe(T0 + 500);
  });

  test('ids are found while the flow lives and never come back', () => {
    const flows = apply(table(), connect);
    const [{ id }] = flowsOf(flows) as [Flow];
    const row = flows.get(id)!;
    expect(row.toFlow().client.process).toEqual(CURL);
    const { revision } = row;
    apply(flows, atClient());
    expect(flows.get(id)!.revision).not.toBe(revision);
    expect(apply(table(), connect).get(id)).toBeNull();
    flows.expire(T0 + 60_000);
    expect(flows.get(id)).toBeNull();
    apply(flows, connect);
    expect(flows.get(id)).toBeNull();
    expect(() => row.toFlow()).toThrow('no longer');
    for (const bad of ['', '1', '1-0', '1-0-1-1', '-1-0-1', '99999999-zzzzzz-zzzzzzzz'])
      expect(flows.get(bad)).toBeNull();
  });

  test('what processes, places and names flows had goes with them', () => {
    const flows = table({ capacity: 50_000 });
    const before = flows.retainedBytes();
    for (let round = 0; round < 3; round++) {
      for (let index = 0; index < 20_000; index++) {
        const client = { port: index, process: process(`p${round}-${index}`, index) };
        apply(
          flows,
          atClient({
            location: `${index}/${round}`,
            interfaceName: `if${index}`,
            additional: { index },
            client,
          }),
        );
      }
      expect(flows.size).toBe(20_000);
      flows.expire(T0 + 60_000);
      expect(flows.size).toBe(0);
    }
    const { store } = flows;
    expect([
      store.identities.size,
      store.locations.size,
      store.witnesses.size,
      store.interfaceNames.size,
    ]).toEqual([0, 0, 0, 0]);
    expect(store.identities.end).toBeLessThan(20_100);
    // Pages stay for the flows to come; one flow has 192 bytes.
    expect(flows.retainedBytes() - before).toBeLessThan(20_000 * 192 * 1.25);
  });
});
