import { describe, expect, test } from '@jest/globals';
import type { ConversationEvent, EventEndpoint } from '@packetless/model';
import fc from 'fast-check';
import { agentEvents } from '../testing/agent-events.js';
import { conversation, decodeText, only, parentTask, task } from '../testing/fixtures.js';
import { ConversationEncoder, encodeConversation, MAX_EVENT_BYTES } from './conversation.js';

const client: Partial<EventEndpoint> = {
  address: '10.1.1.1',
  port: 58916,
  process: task({
    pid: 29730,
    tid: 29731,
    uid: 0,
    user: 'root',
    gid: 0,
    group: 'root',
    name: 'kubelet',
    exe: '/snap/microk8s/522/kubelet',
    cmdline: 'kubelet --v=2',
    parent: parentTask({ pid: 1, uid: 0, user: 'root', name: 'systemd', exe: '/lib/systemd/systemd' }),
    evidence: 'kernel',
  }),
};
const server = { address: '10.1.1.13', port: 10054 };
const connect = conversation({
  name: 'CONNECT',
  time: 1557135868956.831,
  client,
  server,
  side: 'client',
  oriented: true,
  interfaceName: 'cbr0',
  exporter: '192.168.2.131',
  agent: 'a1',
  connectLatencyMs: 0.177,
});
const record = (event: ConversationEvent, options = {}) => JSON.parse(encodeConversation(event, options));

/** Every object of a record, the record first, with the name it has. */
function* objects(value: unknown, name = ''): Generator<[string, { [key: string]: unknown }]> {
  if (typeof value !== 'object' || value === null) return;
  yield [name, value as { [key: string]: unknown }];
  for (const [key, member] of Object.entries(value)) yield* objects(member, key);
}

/** Keys that ntopng knows at the top of a record and takes by their beginning (docs/wire.md §11.12). */
const KNOWN_KEYS = [
  'timestamp',
  'TCP_EVENT_TYPE',
  'UDP_EVENT_TYPE',
  'IF_NAME',
  'INTERFACE_NAME',
  'IP_PROTOCOL_VERSION',
  'PROTOCOL',
  'IPV4_LOCAL_ADDR',
  'IPV4_REMOTE_ADDR',
  'IPV6_LOCAL_ADDR',
  'IPV6_REMOTE_ADDR',
  'L4_LOCAL_PORT',
  'POST_NAT_SRC_IPV4_ADDR',
  'POST_NAT_SRC_IPV6_ADDR',
  'POST_NAT_DST_IPV4_ADDR',
  'POST_NAT_DST_IPV6_ADDR',
  'POST_NAPT_SRC_TRANSPORT_PORT',
  'POST_NAPT_DST_TRANSPORT_PORT',
  'L4_REMOTE_PORT',
  'IPV4_SRC_ADDR',
  'IPV4_DST_ADDR',
  'IPV6_SRC_ADDR',
  'IPV6_DST_ADDR',
  'L4_SRC_PORT',
  'L4_DST_PORT',
  'EXPORTER_IPV4_ADDRESS',
  'EXPORTER_IPV6_ADDRESS',
  'NW_LATENCY_MS',
  'RETRAN_PKTS',
  'IN_BYTES',
  'IN_PKTS',
  'OUT_BYTES',
  'OUT_PKTS',
  'LOCAL_PROCESS',
  'LOCAL_FATHER_PROCESS',
  'LOCAL_CONTAINER',
  'TCP',
];

describe('an event of our agent', () => {
  test('has the keys and types of the sample event', () => {
    expect(record(connect)).toEqual({
      timestamp: '1557135868.956831',
      TCP_EVENT_TYPE: 'CONNECT',
      IF_NAME: 'cbr0',
      IP_PROTOCOL_VERSION: 4,
      PROTOCOL: 6,
      IPV4_LOCAL_ADDR: '10.1.1.1',
      L4_LOCAL_PORT: 58916,
      IPV4_REMOTE_ADDR: '10.1.1.13',
      L4_REMOTE_PORT: 10054,
      EXPORTER_IPV4_ADDRESS: '192.168.2.131',
      NW_LATENCY_MS: 0.177,
      LOCAL_PROCESS: {
        PID: 29730,
        TID: 29731,
        UID: 0,
        UID_NAME: 'root',
        GID: 0,
        GID_NAME: 'root',
        PROCESS_PATH: '/snap/microk8s/522/kubelet',
        PROCESS_CMDLINE: 'kubelet --v=2',
      },
      LOCAL_FATHER_PROCESS: { PID: 1, UID: 0, UID_NAME: 'root', PROCESS_PATH: '/lib/systemd/systemd' },
      X_EVIDENCE: 'kernel',
      X_AGENT: 'a1',
      X_SIDE: 'client',
    });
  });

  test('of ACCEPT has the initiator as source and the process as the local one', () => {
    const accept = conversation({
      ...connect,
      name: 'ACCEPT',
      client: server,
      server: client,
      side: 'server',
      counters: { kind: 'absolute', bytesSent: 10, bytesReceived: 20, packetsSent: 1, packetsReceived: 2 },
    });
    expect(record(accept)).toMatchObject({
      IPV4_SRC_ADDR: '10.1.1.13',
      L4_SRC_PORT: 10054,
      IPV4_DST_ADDR: '10.1.1.1',
      L4_DST_PORT: 58916,
      LOCAL_PROCESS: { PID: 29730 },
      // What ntopng adds to source → destination.
      TCP: { BYTES_ACKED: 10, BYTES_RCVD: 20, SEGS_OUT: 1, SEGS_IN: 2 },
    });
    expect(Object.keys(record(accept)).filter((key) => /LOCAL_(ADDR|PORT)|REMOTE/.test(key))).toEqual([]);
  });

  test('of the server has its own end as local, and totals as that end sees them', () => {
    const event = conversation({
      ...connect,
      type: 'netstat',
      name: null,
      client: server,
      server: {
        ...client,
        tcp: {
          rttMs: 1.25,
          rttVarMs: 0.5,
          retransmits: 2,
          outOfOrder: 4,
          lost: 3,
          unacknowledged: 1,
          congestionWindow: 10,
          deliveryRate: 12_500_000_000,
        },
      },
      side: 'server',
      state: 'FIN_WAIT1',
      counters: { kind: 'absolute', bytesSent: 10, bytesReceived: 20, packetsSent: 1, packetsReceived: 2 },
    });
    expect(record(event)).toMatchObject({
      IPV4_LOCAL_ADDR: '10.1.1.1',
      L4_LOCAL_PORT: 58916,
      TCP: {
        CONN_STATE: 'FIN-WAIT-1',
        BYTES_RCVD: 10,
        BYTES_ACKED: 20,
        SEGS_IN: 1,
        SEGS_OUT: 2,
        RTT: 1.25,
        RTT_VARIANCE: 0.5,
        RETRAN_PKTS: 2,
        OOO_PKTS: 4,
        LOST_PKTS: 3,
        UNACK_SEGMENTS: 1,
        SND_CWND: 10,
        DELIVERY_RATE: 12_500_000_000,
      },
      X_SIDE: 'server',
    });
    expect(record(event)).not.toHaveProperty('TCP_EVENT_TYPE');
  });

  test('that corrects an owner says so in a member of ours, and nothing that ntopng takes for an event', () => {
    const event = conversation({ ...connect, name: 'OWNER', state: 'ESTABLISHED' });
    expect(record(event)).toMatchObject({ X_EVENT: 'OWNER', LOCAL_PROCESS: { PID: 29730 } });
    expect(Object.keys(record(event)).filter((key) => key.endsWith('_EVENT_TYPE'))).toEqual([]);
    expect(only(decodeText(encodeConversation(event)))).toMatchObject({ type: 'flow', name: 'OWNER' });
  });

  test('says why it was reset, and what its process runs', () => {
    const process = { ...client.process!, script: './sync.py', exeDeleted: true };
    const event = conversation({
      ...connect,
      name: 'CLOSE',
      client: { ...client, process },
      failure: 'reset',
      reason: 'reset here: tcp abort on close',
    });
    expect(record(event)).toMatchObject({
      X_FAILURE: 'reset',
      X_REASON: 'reset here: tcp abort on close',
      LOCAL_PROCESS: { PROCESS_PATH: '/snap/microk8s/522/kubelet', SCRIPT: './sync.py', EXE_DELETED: 1 },
    });
    expect(record(event).LOCAL_FATHER_PROCESS).not.toHaveProperty('EXE_DELETED');
  });

  test('of a packet socket has neither addresses nor ports, and is a conversation', () => {
    const nowhere = { address: '0.0.0.0', port: 0 };
    const event = conversation({
      ...connect,
      type: 'netstat',
      name: null,
      protocol: 255,
      client: { ...nowhere, process: client.process! },
      server: nowhere,
      socket: 12,
      location: 'deadbeef/4026531840',
      counters: { kind: 'absolute', bytesSent: 10, bytesReceived: 20, packetsSent: 1, packetsReceived: 2 },
    });
    expect(only(decodeText(encodeConversation(event)))).toEqual({ ...event, connectLatencyMs: 0.177 });
  });

  test('over UDP has totals beside the event', () => {
    const event = conversation({
      ...connect,
      name: 'RECV',
      protocol: 17,
      client: server,
      server: client,
      side: 'server',
      counters: { kind: 'absolute', bytesSent: 10, bytesReceived: 20, packetsSent: 1, packetsReceived: 2 },
    });
    expect(record(event)).toMatchObject({
      UDP_EVENT_TYPE: 'RECV',
      IPV4_LOCAL_ADDR: '10.1.1.1',
      IN_BYTES: 20,
      IN_PKTS: 2,
      OUT_BYTES: 10,
      OUT_PKTS: 1,
    });
    expect(record(event)).not.toHaveProperty('TCP');
  });

  test('has the container id outside and inside', () => {
    const container = {
      id: 'c'.repeat(64),
      name: 'dns',
      runtime: 'containerd',
      image: 'coredns:1',
      pod: 'dns-1',
      podUid: 'u-1',
      namespace: 'kube-system',
      workload: 'Deployment/dns',
      isSandbox: false,
      labels: { app: 'dns' },
    };
    const written = (known: object) =>
      record(conversation({ ...connect, client: { ...client, container: { ...container, ...known } } }))
        .LOCAL_CONTAINER;
    expect(written({})).toEqual({
      ID: container.id,
      K8S: { ID: container.id, NAME: 'dns', POD: 'dns-1', NS: 'kube-system' },
      RUNTIME: 'containerd',
      IMAGE: 'coredns:1',
      POD_UID: 'u-1',
      WORKLOAD: 'Deployment/dns',
    });
    expect(
      written({ pod: null, podUid: null, namespace: null, workload: null, runtime: 'docker', image: null }),
    ).toEqual({
      ID: container.id,
      DOCKER: { ID: container.id, NAME: 'dns' },
      RUNTIME: 'docker',
    });
  });

  test('names its interface as asked for, by default never so that ntopng 5.4 ends', () => {
    const keys = (options: object) =>
      Object.keys(record(connect, options)).filter((key) => key.endsWith('_NAME'));
    expect(keys({})).toEqual(['IF_NAME']);
    expect(keys({ interfaceKey: 'INTERFACE_NAME' })).toEqual(['INTERFACE_NAME']);
    expect(keys({ interfaceKey: 'both' })).toEqual(['IF_NAME', 'INTERFACE_NAME']);
  });

  test('leaves out numbers that are none', () => {
    const event = conversation({
      ...connect,
      connectLatencyMs: Number.NaN,
      retransmits: -1,
      socket: 2 ** 60,
      client: {
        ...client,
        tcp: {
          rttMs: Number.POSITIVE_INFINITY,
          rttVarMs: 1,
          retransmits: null,
          outOfOrder: null,
          lost: null,
          unacknowledged: null,
          congestionWindow: null,
          deliveryRate: Number.NaN,
        },
      },
    });
    expect(record(event)).toMatchObject({ TCP: { RTT_VARIANCE: 1 } });
    expect(Object.keys(record(event))).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/NW_LATENCY_MS|RETRAN_PKTS|X_SOCKET/)]),
    );
    expect(encodeConversation(event)).not.toContain('null');
  });

  test('stays within 8 KiB; the command line gives way first', () => {
    const long = (process: object) =>
      conversation({ ...connect, client: { ...client, process: { ...client.process!, ...process } } });
    const cut = encodeConversation(long({ cmdline: 'é'.repeat(10_000) }));
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(MAX_EVENT_BYTES);
    expect(JSON.parse(cut).LOCAL_PROCESS).toMatchObject({
      PROCESS_PATH: '/snap/microk8s/522/kubelet',
      PROCESS_CMDLINE: 'é'.repeat(512),
    });
    const worst = encodeConversation(
      conversation({
        ...long({
          cmdline: '\u0001'.repeat(9000),
          exe: `/${'\u0001'.repeat(9000)}`,
          user: '\u0001'.repeat(9000),
        }),
        agent: '\u0001'.repeat(9000),
        interfaceName: '\u0001'.repeat(9000),
      }),
    );
    expect(Buffer.byteLength(worst)).toBeLessThanOrEqual(MAX_EVENT_BYTES);
    expect(JSON.parse(worst).LOCAL_PROCESS.PID).toBe(29730);
  });
});

describe('every event of our agent', () => {
  test('is read as it was written', () => {
    fc.assert(
      fc.property(agentEvents, (event) => {
        expect(only(decodeText(encodeConversation(event)))).toEqual(event);
      }),
      { numRuns: 500 },
    );
  });

  test('has no null, numbers for numbers, and no key that a peer would take for another', () => {
    fc.assert(
      fc.property(agentEvents, (event) => {
        const text = encodeConversation(event);
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_EVENT_BYTES);
        const written = JSON.parse(text);
        for (const [name, object] of objects(written)) {
          if (name === 'LABELS') continue;
          for (const [key, value] of Object.entries(object)) {
            expect(value).not.toBe(null);
            const isText =
              /^timestamp$|_NAME$|^NAME$|_ADDR(ESS)?$|_TYPE$|^PROCESS_|^ID$|^POD$|^NS$|^CONN_STATE$/.test(
                key,
              );
            if (isText) expect(typeof value).toBe('string');
            if (/_PORT$|^PROTOCOL$|^[PTUG]ID$|BYTES|PKTS|SEG|RTT|LATENCY/.test(key))
              expect(typeof value).toBe('number');
          }
        }
        for (const key of Object.keys(written)) {
          if (KNOWN_KEYS.includes(key)) continue;
          expect(key).toMatch(/^X_[A-Z]+$/);
          expect(key).not.toMatch(/(PROCESS|CONTAINER)$/);
          expect(KNOWN_KEYS.filter((known) => key.startsWith(known))).toEqual([]);
        }
      }),
    );
  });
});

describe('what is known of a process', () => {
  const own = client.process!;
  const writtenOf = (changes: object) =>
    record({ ...connect, client: { ...connect.client, process: { ...own, ...changes } } });

  test('is written anew when the pid has become another program, user or child', () => {
    for (const [changes, key, value] of [
      [{}, 'PROCESS_PATH', '/snap/microk8s/522/kubelet'],
      [{ exe: '/bin/sh' }, 'PROCESS_PATH', '/bin/sh'],
      [{ exe: null, name: 'kworker' }, 'PROCESS_PATH', 'kworker'],
      // setproctitle(3)
      [{ cmdline: 'kubelet: idle' }, 'PROCESS_CMDLINE', 'kubelet: idle'],
      [{ cmdline: null }, 'PROCESS_CMDLINE', undefined],
      [{ uid: 7 }, 'UID', 7],
      [{ user: 'toor' }, 'UID_NAME', 'toor'],
      [{ gid: 8 }, 'GID', 8],
      [{ group: null }, 'GID_NAME', undefined],
      [{ script: 'a.py' }, 'SCRIPT', 'a.py'],
      [{ exeDeleted: true }, 'EXE_DELETED', 1],
      [{ exeDeleted: false }, 'EXE_DELETED', 0],
      [{ exeDeleted: null }, 'EXE_DELETED', undefined],
      [{ tid: 1 }, 'TID', 1],
      [{ tid: null }, 'TID', undefined],
      // Another process that a small memory might take for the same.
      [{ pid: 29730 + 256 }, 'PID', 29986],
      [{}, 'PID', 29730],
    ] as const) {
      expect(writtenOf(changes).LOCAL_PROCESS[key]).toBe(value);
      expect(writtenOf({}).LOCAL_PROCESS).toEqual(record(connect).LOCAL_PROCESS);
    }
    const orphan = writtenOf({ parent: { ...own.parent!, pid: own.pid, exe: '/bin/bash' } });
    expect([orphan.LOCAL_PROCESS.PROCESS_PATH, orphan.LOCAL_FATHER_PROCESS.PROCESS_PATH]).toEqual([
      '/snap/microk8s/522/kubelet',
      '/bin/bash',
    ]);
  });

  test('is never another agent’s, nor an earlier event’s', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(2), { maxLength: 20 }), agentEvents, agentEvents, (order, one, two) => {
        // The same pids, all else different.
        const process = one[one.side!].process;
        const other = two[two.side!];
        const same = process && other.process && { ...other.process, pid: process.pid };
        const three = { ...two, [two.side!]: { ...other, process: same } };
        const events = [one, two, three];
        for (const index of order) {
          const event = events[index]!;
          expect(only(decodeText(encodeConversation(event)))).toEqual(event);
        }
      }),
    );
  });

  test('is written as if nothing had been written before, whichever member differs', () => {
    fc.assert(
      fc.property(agentEvents, agentEvents, (one, other) => {
        const used = new ConversationEncoder({});
        for (const event of mixtures(one, other)) {
          used.encode(one, 0);
          expect(used.encode(event, 0).toString()).toBe(
            new ConversationEncoder({}).encode(event, 0).toString(),
          );
        }
      }),
      { numRuns: 50 },
    );
  });

  test('that is long is shortened for its own event only', () => {
    const long = writtenOf({
      cmdline: `${'x'.repeat(7000)}`,
      parent: { ...own.parent!, cmdline: 'y'.repeat(7000) },
    });
    expect(long.LOCAL_PROCESS.PROCESS_CMDLINE).toHaveLength(512);
    const alone = writtenOf({ cmdline: `${'x'.repeat(7000)}` });
    expect(alone.LOCAL_PROCESS.PROCESS_CMDLINE).toHaveLength(7000);
  });
});

/** The one, with a single member of the event, of its reporter, of the process or of its parent from the other. */
function* mixtures(one: ConversationEvent, other: ConversationEvent): Generator<ConversationEvent> {
  const side = one.side ?? 'client';
  const withReporter = (known: object) => ({ ...one, [side]: { ...one[side], ...known } });
  for (const members of single(other)) yield { ...one, ...members };
  for (const members of single(other[side])) yield withReporter(members);
  const [own, strange] = [one[side].process, other[side].process];
  if (own === null || strange === null) return;
  for (const members of single(strange)) yield withReporter({ process: { ...own, ...members } });
  if (own.parent === null || strange.parent === null) return;
  for (const members of single(strange.parent)) {
    yield withReporter({ process: { ...own, parent: { ...own.parent, ...members } } });
  }
}

function single(members: object): object[] {
  return Object.entries(members).map(([key, value]) => ({ [key]: value }));
}
