/** Flows that hosts translate (NAT), through the table that shows them. */
import { describe, expect, test } from '@jest/globals';
import type {
  ConversationEnds,
  Flow,
  Observation,
  Process,
  Translation,
  TranslationsEvent,
} from '@packetless/model';
import fc from 'fast-check';
import { FlowTable } from '../flows/flow-table.js';
import { compileQuery, runQuery } from '../flows/query.js';
import { type GivenObservation, observed, T0 } from '../observation.sample.js';
import { Translations } from './translations.js';

const HOST = 'aaaaaaaa/1';
const CONTAINER = 'aaaaaaaa/2';
const OTHER_CONTAINER = 'aaaaaaaa/3';
const ELSEWHERE = 'bbbbbbbb/1';

function ends(client: string, server: string): ConversationEnds {
  const end = (text: string) => {
    const colon = text.lastIndexOf(':');
    return { address: text.slice(0, colon), port: Number(text.slice(colon + 1)) };
  };
  return { client: end(client), server: end(server) };
}

/** A client in a container asks a service's address, and is answered by a backend in another container. */
const BEFORE = ends('172.17.0.2:50000', '10.96.0.10:80');
const AFTER = ends('172.17.0.2:50000', '172.17.0.3:8080');

function setUp(options: { capacity?: number; lingerMs?: number } = {}) {
  const translations = new Translations(options);
  const clock = { now: T0 };
  const table = new FlowTable({
    interfaceName: 'tcp://*:1234c',
    capacity: 1000,
    isLocal: (bytes, offset) => bytes[offset + 12] === 172,
    idleMs: 60_000,
    endedMs: 10_000,
    translations,
    now: () => clock.now,
  });
  const tell = (
    some: Partial<Translation>[],
    more: Partial<TranslationsEvent> & { teller?: string } = {},
  ) => {
    const { teller = 'a', ...event } = more;
    translations.hear(
      {
        type: 'translations',
        time: T0,
        agent: teller,
        location: HOST,
        translations: some.map((one) => ({
          protocol: 6,
          before: BEFORE,
          after: AFTER,
          began: T0 - 5,
          ended: null,
          ...one,
        })),
        toldSince: null,
        ...event,
      },
      teller,
      clock.now,
    );
  };
  return { translations, table, clock, tell };
}

function flowsOf(table: FlowTable, filter?: string): Flow[] {
  const query = compileQuery({
    sort: 'firstSeen',
    limit: 1000,
    offset: 0,
    ...(filter === undefined ? {} : { filter }),
  });
  return runQuery([table], query).rows.map((row) => row.toFlow());
}

function theFlow(table: FlowTable): Flow {
  const flows = flowsOf(table);
  expect(flows).toHaveLength(1);
  expect(table.lifecycle.snapshot().inFlight).toBe(1);
  return flows[0]!;
}

function process(name: string, pid: number): Process {
  return {
    pid,
    uid: 0,
    user: 'root',
    gid: 0,
    group: 'root',
    name,
    exe: `/usr/bin/${name}`,
    cmdline: null,
    tid: pid,
    script: null,
    exeDeleted: null,
    role: null,
    parent: null,
    evidence: 'kernel',
  };
}

const CURL = process('curl', 4711);
const NGINX = process('nginx', 80);

type Given = Omit<GivenObservation, 'client' | 'server'> & { process?: Process };

function seen({ client, server }: ConversationEnds, { process: who, ...given }: Given = {}): Observation {
  const own = { process: who ?? null };
  return observed({
    ...given,
    client: { ...client, ...(given.side === 'client' && own) },
    server: { ...server, ...(given.side === 'server' && own) },
  });
}

function total(bytesSent: number, bytesReceived: number): Observation['counters'] {
  return { kind: 'absolute', bytesSent, bytesReceived, packetsSent: 2, packetsReceived: 2 };
}

function counted(bytesSent: number, bytesReceived: number): Observation['counters'] {
  return { kind: 'delta', bytesSent, bytesReceived, packetsSent: 1, packetsReceived: 1 };
}

const HANDSHAKE = '0000000a0000000b';
const atClient = (given: Given = {}) =>
  seen(BEFORE, { side: 'client', location: CONTAINER, socket: 11, process: CURL, ...given });
const atServer = (given: Given = {}) =>
  seen(AFTER, { side: 'server', location: OTHER_CONTAINER, socket: 22, process: NGINX, ...given });
const wire = (where: ConversationEnds, given: Given = {}) =>
  seen(where, {
    witness: { kind: 'packets', name: 'any', id: 'packets any' },
    location: HOST,
    interfaceName: 'any',
    oriented: false,
    counters: counted(100, 200),
    since: T0,
    ...given,
  });

const connect = atClient({ began: true, handshake: HANDSHAKE, connectLatencyMs: 0.2, state: 'ESTABLISHED' });
const accept = atServer({ began: true, handshake: HANDSHAKE, time: T0 + 1, state: 'ESTABLISHED' });
const closeAtClient = atClient({ ended: true, time: T0 + 50, state: 'CLOSE', counters: total(100, 200) });
const closeAtServer = atServer({ ended: true, time: T0 + 51, state: 'CLOSE', counters: total(100, 200) });

describe('a service with a backend on the same host', () => {
  test('one flow: the client as it is, the address it asked for, and behind it who answered', () => {
    const { table, tell } = setUp();
    table.apply(connect);
    table.apply(accept);
    expect(table.size).toBe(2);
    tell([{}]);
    const flow = theFlow(table);
    expect(flow.client).toMatchObject({ ...BEFORE.client, process: CURL });
    expect(flow.server).toMatchObject({ ...BEFORE.server, process: NGINX });
    expect(flow.translation).toEqual(AFTER);
    expect(flow.witnesses).toEqual([
      { kind: 'agent', name: 'host-a', side: 'client', events: 1 },
      { kind: 'agent', name: 'host-a', side: 'server', events: 1 },
    ]);
    expect(table.lifecycle.snapshot()).toMatchObject({
      seen: 2,
      dropped: { 'same conversation, translated': 1 },
      inFlight: 1,
    });
  });

  test('in whatever order it is told, the same flow with the same bytes', () => {
    type Step = (here: ReturnType<typeof setUp>) => void;
    const observations: Observation[] = [connect, accept, closeAtClient, closeAtServer];
    const packets = [wire(BEFORE), wire(AFTER), wire(BEFORE), wire(AFTER)];
    const steps: Step[] = [
      ...[...observations, ...packets].map(
        (observation): Step =>
          ({ table }) =>
            table.apply(observation),
      ),
      ({ tell }) => tell([{}]),
      ({ tell }) => tell([{ ended: T0 + 60 }]),
      // Another one that has nothing to do with it.
      ({ tell }) =>
        tell([
          {
            after: ends('172.17.0.2:50000', '172.17.0.4:8080'),
            before: ends('172.17.0.2:50000', '10.96.0.11:80'),
          },
        ]),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(steps, { minLength: steps.length }), (order) => {
        const here = setUp();
        for (const step of order) step(here);
        const flow = theFlow(here.table);
        expect(flow.translation).toEqual(AFTER);
        expect([flow.client, flow.server]).toMatchObject([
          { ...BEFORE.client, process: CURL, local: true },
          { ...BEFORE.server, process: NGINX, local: false },
        ]);
        expect([flow.bytes, flow.packets]).toEqual([
          { sent: 200, received: 400 },
          { sent: 2, received: 2 },
        ]);
        expect(flow.state).toBe('CLOSE');
        expect([flow.firstSeen, flow.lastSeen]).toEqual([T0, T0 + 51]);
        expect(flow.tcp?.connectLatencyMs).toBe(0.2);
        expect(flow.witnesses.reduce((sum, { events }) => sum + events, 0)).toBe(8);
        expect(here.table.ended).toBe(1);
      }),
      { numRuns: 1000 },
    );
  });

  test('packets that are seen only behind it count, and only once where they are seen on both sides', () => {
    const { table, tell } = setUp();
    tell([{}]);
    table.apply(connect);
    table.apply(wire(AFTER));
    expect(theFlow(table).bytes).toEqual({ sent: 100, received: 200 });
    table.apply(wire(BEFORE, { counters: counted(101, 201) }));
    expect(theFlow(table).bytes).toEqual({ sent: 101, received: 201 });
  });

  test('seen only behind it, it has the addresses before it', () => {
    const { table, tell } = setUp();
    table.apply(accept);
    const { id } = theFlow(table);
    tell([{}]);
    expect(theFlow(table)).toMatchObject({
      id,
      client: { ...BEFORE.client, process: null, local: true },
      server: { ...BEFORE.server, process: NGINX, local: false },
      translation: AFTER,
    });
    table.apply(connect);
    expect(theFlow(table)).toMatchObject({ id, client: { process: CURL } });
  });

  test('what nobody knew the direction of is turned by who translates it', () => {
    const { table, tell } = setUp();
    const turned = { client: AFTER.server, server: AFTER.client };
    table.apply(wire(turned, { counters: counted(5, 7) }));
    tell([{}]);
    expect(theFlow(table)).toMatchObject({
      client: BEFORE.client,
      server: BEFORE.server,
      bytes: { sent: 7, received: 5 },
    });
    table.apply(wire(turned, { counters: counted(5, 7) }));
    expect(theFlow(table).bytes).toEqual({ sent: 14, received: 10 });
  });

  test('found by each of its addresses', () => {
    const { table, tell } = setUp();
    table.apply(connect);
    table.apply(accept);
    table.apply(seen(ends('10.0.0.1:1', '10.0.0.2:2')));
    tell([{}]);
    const found = (filter: string) => flowsOf(table, filter).length;
    for (const filter of [
      'translated',
      'backend:172.17.0.3',
      'backend:172.17.0.0/16',
      'host:172.17.0.3',
      'host:10.96.0.10',
      'server:10.96.0.10',
      'port:8080',
      'port:80',
      '172.17.0.3',
    ]) {
      expect([filter, found(filter)]).toEqual([filter, 1]);
    }
    expect([found('backend:10.96.0.10'), found('not translated')]).toEqual([0, 1]);
  });
});

describe('other translations', () => {
  const cases: [string, ConversationEnds, ConversationEnds, string, string][] = [
    [
      'masquerade to another host',
      ends('172.17.0.2:50000', '192.0.2.9:443'),
      ends('192.0.2.1:61000', '192.0.2.9:443'),
      CONTAINER,
      ELSEWHERE,
    ],
    [
      'both ends: hairpin',
      ends('172.17.0.2:50000', '192.0.2.1:8080'),
      ends('172.17.0.1:50000', '172.17.0.3:80'),
      CONTAINER,
      OTHER_CONTAINER,
    ],
    [
      'a local port',
      ends('192.0.2.7:40000', '192.0.2.1:80'),
      ends('192.0.2.7:40000', '192.0.2.1:8080'),
      ELSEWHERE,
      HOST,
    ],
    [
      'to loopback',
      ends('192.0.2.1:40000', '192.0.2.1:80'),
      ends('192.0.2.1:40000', '127.0.0.1:8080'),
      HOST,
      HOST,
    ],
    [
      'from loopback into a container',
      ends('127.0.0.1:40000', '127.0.0.1:30080'),
      ends('172.17.0.1:40000', '172.17.0.3:80'),
      HOST,
      CONTAINER,
    ],
    [
      'IPv6',
      ends('fd00::2:50000', '2001:db8::10:80'),
      ends('fd00::2:50000', 'fd00::3:8080'),
      CONTAINER,
      OTHER_CONTAINER,
    ],
  ];
  test.each(cases)('%s', (_, before, after, clientAt, serverAt) => {
    for (const protocol of [6, 17]) {
      const at = (given: Given) =>
        seen(before, { protocol, side: 'client', location: clientAt, socket: 11, process: CURL, ...given });
      const behind = (given: Given) =>
        seen(after, { protocol, side: 'server', location: serverAt, socket: 22, process: NGINX, ...given });
      const steps = [
        (here: ReturnType<typeof setUp>) => here.table.apply(at({ began: true })),
        (here: ReturnType<typeof setUp>) => here.table.apply(behind({ began: true, counters: total(3, 4) })),
        (here: ReturnType<typeof setUp>) => here.tell([{ protocol, before, after }]),
      ];
      for (const order of [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
      ]) {
        const here = setUp();
        for (const step of order) steps[step]!(here);
        here.table.apply(at({ counters: total(3, 4), time: T0 + 5 }));
        here.table.apply(behind({ counters: total(3, 4), time: T0 + 6 }));
        expect(theFlow(here.table)).toMatchObject({
          client: { ...before.client, process: CURL },
          server: { ...before.server, process: NGINX },
          translation: after,
          bytes: { sent: 3, received: 4 },
        });
      }
    }
  });

  test('one after the other: container, its host, a service’s host', () => {
    const atHost = ends('192.0.2.1:61000', '198.51.100.1:8080');
    const atBackend = ends('192.0.2.1:61000', '172.17.0.3:80');
    const before = ends('172.17.0.2:50000', '198.51.100.1:8080');
    const steps = [
      ({ tell }: ReturnType<typeof setUp>) => tell([{ before, after: atHost }]),
      ({ tell }: ReturnType<typeof setUp>) =>
        tell([{ before: atHost, after: atBackend }], { teller: 'b', location: ELSEWHERE }),
      ({ table }: ReturnType<typeof setUp>) =>
        table.apply(seen(before, { side: 'client', location: CONTAINER, socket: 1, process: CURL })),
      ({ table }: ReturnType<typeof setUp>) =>
        table.apply(
          seen(atBackend, {
            side: 'server',
            location: 'bbbbbbbb/7',
            socket: 2,
            process: NGINX,
            counters: total(1, 2),
          }),
        ),
      ({ table }: ReturnType<typeof setUp>) => table.apply(wire(atHost, { since: T0 })),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(steps, { minLength: steps.length }), (order) => {
        const here = setUp();
        for (const step of order) step(here);
        expect(theFlow(here.table)).toMatchObject({
          client: { ...before.client, process: CURL },
          server: { ...before.server, process: NGINX },
          translation: atBackend,
          bytes: { sent: 100, received: 200 },
        });
      }),
    );
  });

  test('an exporter of flows tells of it with the flow', () => {
    const { table, translations } = setUp();
    const observation = seen(BEFORE, { translated: AFTER, counters: counted(1, 2) });
    translations.hearOf(observation, T0);
    table.apply(observation);
    expect(theFlow(table).translation).toEqual(AFTER);
    table.apply(accept);
    expect(theFlow(table)).toMatchObject({ server: { ...BEFORE.server, process: NGINX } });
  });
});

test('an exporter that uses a port again has given up what it used it for', () => {
  const { table, translations } = setUp();
  const behind = ends('192.0.2.1:61000', '192.0.2.9:443');
  const of = (port: number, time: number) =>
    seen(ends(`172.17.0.2:${port}`, '192.0.2.9:443'), { translated: behind, time, since: time });
  for (const [index, port] of [1, 2, 3].entries()) {
    const observation = of(port, T0 + index * 10_000);
    translations.hearOf(observation, T0);
    table.apply(observation);
  }
  table.apply(
    seen(behind, { side: 'server', location: ELSEWHERE, began: true, time: T0 + 21_000, process: NGINX }),
  );
  expect(flowsOf(table, 'process:nginx')).toMatchObject([{ client: { address: '172.17.0.2', port: 3 } }]);
});

describe('datagrams that a socket’s own namespace translates', () => {
  // Docker’s name server: what a socket sends is seen behind the translation, what it receives before it.
  const before = ends('127.0.0.1:40000', '127.0.0.11:53');
  const after = ends('127.0.0.1:40000', '127.0.0.11:35000');
  const turned = (pair: ConversationEnds) => ({ client: pair.server, server: pair.client });
  const asker = { protocol: 17, location: CONTAINER, socket: 11, process: CURL, interfaceName: 'lo' };
  const answerer = { protocol: 17, location: CONTAINER, socket: 22, process: NGINX, interfaceName: 'lo' };
  const told: Observation[] = [
    seen(after, { ...asker, side: 'client', began: true, counters: total(21, 0) }),
    seen(after, { ...answerer, side: 'server', began: true, counters: total(21, 0) }),
    seen(turned(before), { ...answerer, side: 'client', began: true, counters: total(40, 0) }),
    seen(turned(before), { ...asker, side: 'server', began: true, counters: total(40, 0) }),
  ];

  test('in whatever order they are told, one flow that the client began', () => {
    type Step = (here: ReturnType<typeof setUp>) => void;
    const steps: Step[] = [
      ...told.map(
        (observation): Step =>
          ({ table }) =>
            table.apply(observation),
      ),
      ({ tell }) => tell([{ protocol: 17, before, after }], { location: CONTAINER }),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(steps, { minLength: steps.length }), (order) => {
        const here = setUp();
        for (const step of order) step(here);
        for (const observation of told) here.table.apply({ ...observation, began: false });
        expect(theFlow(here.table)).toMatchObject({
          client: { ...before.client, process: CURL },
          server: { ...before.server, process: NGINX },
          translation: after,
          bytes: { sent: 21, received: 40 },
        });
      }),
    );
  });
});

describe('what only looks alike', () => {
  test('the same addresses in containers of other hosts and namespaces', () => {
    // Docker’s name server: every container has these addresses.
    const before = ends('127.0.0.1:40000', '127.0.0.11:53');
    const after = ends('127.0.0.1:40000', '127.0.0.11:35000');
    const { table, tell } = setUp();
    const query = (location: string, socket: number) =>
      seen(before, { protocol: 17, side: 'client', location, socket });
    const answer = (location: string, socket: number) =>
      seen(after, { protocol: 17, side: 'server', location, socket, interfaceName: 'lo' });
    tell([{ protocol: 17, before, after }], { location: CONTAINER });
    for (const [index, location] of [CONTAINER, OTHER_CONTAINER, 'bbbbbbbb/2'].entries()) {
      table.apply(query(location, index + 1));
      table.apply(answer(location, index + 10));
    }
    expect(
      flowsOf(table)
        .map(({ translation }) => translation !== null)
        .sort(),
    ).toEqual([false, false, false, false, true]);
    tell([{ protocol: 17, before, after }], { location: OTHER_CONTAINER });
    expect(flowsOf(table).filter(({ translation }) => translation !== null)).toHaveLength(2);
  });

  test('two hosts with the same private addresses: each has its own', () => {
    const { table, tell } = setUp();
    tell([{}]);
    tell([{}], { teller: 'b', location: ELSEWHERE });
    const there = { witness: { kind: 'agent', name: 'host-b', id: 'b' } } as const;
    for (const [client, server, more] of [
      [CONTAINER, OTHER_CONTAINER, {}],
      ['bbbbbbbb/2', 'bbbbbbbb/3', there],
    ] as const) {
      table.apply(atClient({ ...more, location: client, began: true }));
      table.apply(atServer({ ...more, location: server, began: true }));
    }
    const flows = flowsOf(table);
    expect(flows).toHaveLength(2);
    for (const flow of flows) expect(new Set(flow.witnesses.map(({ name }) => name)).size).toBe(1);
    // A third one, of which nobody tells that it translates, is nobody's.
    table.apply(atServer({ location: 'cccccccc/3', witness: { kind: 'agent', name: 'host-c', id: 'c' } }));
    expect(flowsOf(table).map(({ server }) => server.address)).toContain('172.17.0.3');
  });

  test('a client that has such addresses itself, as a proxy on the host does', () => {
    const { table, tell } = setUp();
    tell([{}]);
    const proxied = seen(AFTER, { side: 'client', location: ELSEWHERE, socket: 9, began: true });
    table.apply(proxied);
    const answered = seen(AFTER, { side: 'server', location: 'bbbbbbbb/2', socket: 10, began: true });
    table.apply(answered);
    expect(theFlow(table)).toMatchObject({ ...AFTER, translation: null });
  });

  test('another handshake is another connection', () => {
    const { table, tell } = setUp();
    table.apply(connect);
    table.apply(atServer({ location: ELSEWHERE, began: true, handshake: '0000000c0000000d' }));
    tell([{}]);
    expect(flowsOf(table)).toHaveLength(2);
  });

  test('addresses and ports used again after it', () => {
    const { table, tell } = setUp();
    table.apply(connect);
    table.apply(accept);
    tell([{}]);
    table.apply(closeAtClient);
    tell([{ ended: T0 + 100 }]);
    table.apply(closeAtServer);
    expect(theFlow(table).bytes).toEqual({ sent: 100, received: 200 });
    const later = { began: true, time: T0 + 5000, socket: 33 };
    table.apply(seen(AFTER, { side: 'server', location: OTHER_CONTAINER, ...later }));
    table.apply(seen(AFTER, { side: 'client', location: CONTAINER, ...later, socket: 34 }));
    const flows = flowsOf(table);
    expect(flows).toHaveLength(2);
    expect(flows[1]).toMatchObject({
      ...AFTER,
      translation: null,
      witnesses: [{ side: 'server' }, { side: 'client' }],
    });
    // And translated once more.
    tell([{ began: T0 + 9000 }], { time: T0 + 9000 });
    table.apply(atServer({ began: true, time: T0 + 9001, socket: 55 }));
    expect(flowsOf(table).at(-1)).toMatchObject({ server: BEFORE.server, translation: AFTER });
  });

  test('two that name each other do not go round for ever', () => {
    const { table, tell } = setUp();
    tell([{}, { before: AFTER, after: BEFORE }]);
    table.apply(accept);
    table.apply(connect);
    expect(table.size).toBeLessThanOrEqual(2);
  });
});

describe('translations that undo each other', () => {
  const OUTSIDE = ends('203.0.113.1:50000', '93.184.216.34:443');
  const INSIDE = ends('10.0.0.5:40000', '93.184.216.34:443');

  test('an exporter that tells of each direction tells of one translation', () => {
    const backwards = { client: OUTSIDE.server, server: OUTSIDE.client };
    const backwardsInside = { client: INSIDE.server, server: INSIDE.client };
    for (const [back, translated] of [
      [OUTSIDE, INSIDE],
      [backwards, backwardsInside],
    ] as const) {
      const { translations, table } = setUp();
      const record = (where: ConversationEnds, given: Given) => {
        const observation = seen(where, { oriented: false, ...given });
        translations.hearOf(observation, T0);
        table.apply(observation);
      };
      const [sent, received] = back === OUTSIDE ? [0, 5000] : [5000, 0];
      record(INSIDE, { translated: OUTSIDE, counters: counted(1000, 0) });
      record(back, { translated, counters: counted(sent, received) });
      record(INSIDE, { translated: OUTSIDE, counters: counted(100, 0) });
      expect(theFlow(table)).toMatchObject({
        ...INSIDE,
        translation: OUTSIDE,
        bytes: { sent: 1100, received: 5000 },
      });
      expect(translations.size).toBe(1);
    }
  });

  test('a second router that undoes the first leaves the flow where it is', () => {
    const { table, tell } = setUp();
    tell([{ before: INSIDE, after: OUTSIDE }]);
    table.apply(seen(INSIDE, { counters: counted(7, 8) }));
    tell([{ before: OUTSIDE, after: INSIDE }], { location: ELSEWHERE });
    expect(theFlow(table).bytes).toEqual({ sent: 7, received: 8 });
    table.apply(seen(ends('1.1.1.1:1', '2.2.2.2:2')));
    expect(flowsOf(table).find(({ client }) => client.address === '1.1.1.1')!.translation).toBeNull();
  });
});

describe('packets on several legs', () => {
  const NODE = ends('172.18.0.2:40000', '93.184.216.34:443');
  const POD = ends('10.244.0.5:40000', '93.184.216.34:443');
  const PUBLIC = ends('192.168.1.10:40000', '93.184.216.34:443');

  test('behind two translations count once, whatever is known first', () => {
    const told = ({ tell }: ReturnType<typeof setUp>) => {
      tell([{ before: POD, after: NODE }], { location: CONTAINER });
      tell([{ before: NODE, after: PUBLIC }]);
    };
    const packets = ({ table }: ReturnType<typeof setUp>) => {
      for (let round = 0; round < 3; round++) {
        table.apply(wire(NODE));
        table.apply(wire(PUBLIC));
      }
    };
    for (const steps of [
      [told, packets],
      [packets, told],
      [packets, told, packets],
    ]) {
      const here = setUp();
      for (const step of steps) step(here);
      const rounds = steps.filter((step) => step === packets).length * 3;
      expect(theFlow(here.table)).toMatchObject({
        ...POD,
        translation: PUBLIC,
        bytes: { sent: rounds * 100, received: rounds * 200 },
      });
    }
  });

  test('in a VLAN behind it and in none before it are one', () => {
    const { table, tell } = setUp();
    table.apply(wire(AFTER, { vlan: 12 }));
    tell([{}]);
    table.apply(wire(BEFORE));
    table.apply(wire(BEFORE));
    expect(theFlow(table)).toMatchObject({ bytes: { sent: 200, received: 400 }, vlan: null });
  });
});

describe('how long they are known', () => {
  test('what is not told again when all are told is over', () => {
    const { translations, table, tell } = setUp();
    const other = {
      before: ends('172.17.0.2:50001', '10.96.0.10:80'),
      after: ends('172.17.0.2:50001', '172.17.0.3:8080'),
    };
    tell([{}, other]);
    tell([{}], { time: T0 + 1000 });
    tell([], { time: T0 + 1001, toldSince: T0 + 999 });
    table.apply(atServer({ began: true, time: T0 + 2000 }));
    expect(theFlow(table).translation).toEqual(AFTER);
    table.apply(
      seen(other.after, { side: 'server', location: OTHER_CONTAINER, began: true, time: T0 + 2000 }),
    );
    expect(flowsOf(table).map(({ translation }) => translation)).toEqual([AFTER, null]);
    expect(translations.size).toBe(2);
  });

  test('ended, it stays for what is told late, and goes', () => {
    const { translations, tell } = setUp({ lingerMs: 1000 });
    tell([{}]);
    translations.expire(T0 + 5000, () => true);
    expect(translations.size).toBe(1);
    tell([{ ended: T0 + 1 }]);
    translations.expire(T0 + 999, () => true);
    expect(translations.size).toBe(1);
    translations.expire(T0 + 1000, () => true);
    expect([translations.size, translations.ledger.snapshot()]).toEqual([
      0,
      { hop: 'translations', seen: 1, delivered: 1, dropped: {}, inFlight: 0 },
    ]);
  });

  test('with their agent', () => {
    const { translations, tell } = setUp({ lingerMs: 1000 });
    tell([{}]);
    tell([{}], { teller: 'b', location: ELSEWHERE });
    translations.expire(T0, (teller) => teller === 'a');
    translations.expire(T0 + 1000, (teller) => teller === 'a');
    expect(translations.size).toBe(1);
  });

  test('an agent that is heard again goes on with them', () => {
    const { translations, table, clock, tell } = setUp();
    tell([{}]);
    table.apply(connect);
    translations.expire(T0 + 16_000, () => false);
    translations.expire(T0 + 17_000, () => true);
    clock.now = T0 + 300_000;
    translations.expire(clock.now, () => true);
    table.apply(wire(AFTER, { time: T0 + 300_000 }));
    expect(theFlow(table).translation).toEqual(AFTER);
    // What ended meanwhile does not begin again.
    tell([{ ended: T0 + 300_001 }]);
    translations.expire(T0 + 316_000, () => false);
    translations.expire(T0 + 317_000, () => true);
    translations.expire(T0 + 900_000, () => true);
    expect(translations.size).toBe(0);
  });

  test('of places without end only as many as there is room for are remembered', () => {
    const { translations, tell } = setUp({ capacity: 100 });
    for (let place = 0; place < 1000; place++) tell([{}], { location: `aaaaaaaa/${place}` });
    expect(translations.ledger.snapshot()).toMatchObject({ seen: 1000, inFlight: translations.size });
    expect(translations.places).toBe(translations.size);
  });

  test('as many as there is room for, those not used for the longest time go first and are counted', () => {
    const { translations, table, tell } = setUp({ capacity: 10 });
    const of = (port: number) => ({
      before: ends(`172.17.0.2:${port}`, '10.96.0.10:80'),
      after: ends(`172.17.0.2:${port}`, '172.17.0.3:8080'),
    });
    tell([of(1)]);
    for (let port = 2; port <= 25; port++) {
      table.apply(seen(of(1).after, { side: 'server', location: OTHER_CONTAINER, socket: 1 }));
      tell([of(port)]);
    }
    expect(translations.ledger.snapshot()).toMatchObject({
      seen: 25,
      dropped: { 'evicted early': 15 },
      inFlight: 10,
    });
    expect(flowsOf(table)).toMatchObject([{ client: { port: 1 }, server: BEFORE.server }]);
    expect(translations.size).toBe(10);
  });

  test('nothing is left of them in the indexes', () => {
    const { translations, table, tell } = setUp({ lingerMs: 0 });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5), fc.boolean()), { maxLength: 30 }), (steps) => {
        for (const [port, ended] of steps) {
          tell([
            {
              before: ends(`172.17.0.2:${port + 1}`, '10.96.0.10:80'),
              after: ends(`172.17.0.2:${port + 1}`, '172.17.0.3:8080'),
              ended: ended ? T0 : null,
            },
          ]);
          table.apply(
            seen(ends(`172.17.0.2:${port + 1}`, '172.17.0.3:8080'), {
              side: 'server',
              location: OTHER_CONTAINER,
            }),
          );
        }
        translations.expire(T0 + 1, () => false);
        expect(translations.size).toBe(0);
        const { seen: all, delivered } = translations.ledger.snapshot();
        expect(delivered).toBe(all);
        expect(translations.behind(6, ends('172.17.0.2:1', '10.96.0.10:80'), HOST, false)).toBeNull();
      }),
    );
  });
});
