import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { ContainerDirectory } from '@packetless/containers';
import type { InterfaceRecord, KernelRecord } from '@packetless/introspection';
import type { ConversationEvent, InterfaceCountersEvent } from '@packetless/model';
import { AccountNames } from '../identity/account-names.js';
import { CommandLines } from '../identity/command-lines.js';
import { Containers } from '../identity/containers.js';
import { Identifier } from '../identity/identify.js';
import { Proc } from '../identity/proc.js';
import { ProcessTable } from '../identity/process-table.js';
import { Pipeline } from './pipeline.js';
import { datagramRecord, OWNER, PROCESS, tcpRecord } from './records.sample.js';
import { EVERYTHING, type Selection, selectionOf } from './selection.js';

const NO_SOCKETS = { docker: [], cri: [], podman: [] };
/** The host's own network namespace. */
const HOME = 1;
/** Knows no process. */
const procRoot = mkdtempSync(join(tmpdir(), 'pipeline-'));
afterAll(() => rmSync(procRoot, { recursive: true }));

function run(records: readonly KernelRecord[], selection: Selection = EVERYTHING) {
  const proc = new Proc();
  const identifier = new Identifier(new ProcessTable(), new AccountNames(), proc, new CommandLines(proc));
  const containers = new Containers(new ContainerDirectory({ sockets: NO_SOCKETS }), {
    homeNetns: HOME,
    hasKernelPids: true,
    procRoot,
  });
  const events: ConversationEvent[] = [];
  const reporter = {
    agent: 'aaaabbbbccccdddd',
    exporter: null,
    location: String,
    identify: identifier.identify.bind(identifier),
    containerOf: containers.of.bind(containers),
  };
  const pipeline = new Pipeline({
    identifier,
    containers,
    reporter,
    selection,
    filter: null,
    home: { location: '1', addresses: () => ['192.0.2.2'] },
    namespaceName: () => null,
    onEvent: (event) => events.push(event as ConversationEvent),
  });
  pipeline.take(records);
  return { events, ledgers: pipeline.ledgers(), proc };
}

test('an owner is joined with what the kernel said of its process', () => {
  const { events, proc } = run([PROCESS, tcpRecord()]);
  expect(events[0]?.client.process).toEqual({
    pid: 4242,
    tid: 4243,
    uid: 0,
    user: 'root',
    gid: 0,
    group: 'root',
    name: 'curl',
    exe: '/usr/bin/curl',
    exeDeleted: false,
    role: null,
    script: null,
    cmdline: 'curl -s http://192.0.2.9/a b',
    parent: {
      pid: 77,
      uid: 0,
      user: 'root',
      gid: 0,
      group: 'root',
      name: 'bash',
      exe: '/no/such/bash',
      cmdline: null,
    },
    evidence: 'kernel',
  });
  expect(proc.ledger.seen).toBe(1); // the parent's command line only
});

test('a process that already ended still owns the close of its connection', () => {
  const exit = { kind: 'exit', time: PROCESS.time + 5, pid: PROCESS.pid } as const;
  const { events } = run([PROCESS, tcpRecord(), exit, tcpRecord({ kind: 'close', state: 7 })]);
  expect(events[1]?.client.process?.cmdline).toBe('curl -s http://192.0.2.9/a b');
});

test('after an exec the process is what it became', () => {
  const became = { ...PROCESS, exe: '/usr/bin/wget', argv: ['wget'], argvTruncated: true };
  const { events } = run([PROCESS, became, tcpRecord()]);
  expect(events[0]?.client.process).toMatchObject({ name: 'wget', cmdline: 'wget …' });
});

test('of a process whose description was lost, the record still tells pid, user and kernel name', () => {
  const owner = { ...OWNER, pid: 2 ** 22 + 5, uid: 3_999_999, evidence: 'io' as const };
  const { events } = run([tcpRecord({ owner })]);
  expect(events[0]?.client.process).toMatchObject({
    pid: 2 ** 22 + 5,
    uid: 3_999_999,
    user: null,
    name: 'curl',
    exe: null,
    cmdline: null,
    parent: null,
    evidence: 'io',
  });
});

test('a living process whose description was lost is looked up once, and says so', () => {
  const owner = { ...OWNER, pid: process.pid };
  const { events, proc } = run([
    tcpRecord({ owner, time: Date.now() }),
    tcpRecord({ owner, kind: 'close', time: Date.now() }),
  ]);
  expect(events[1]?.client.process).toMatchObject({ evidence: 'proc', parent: { pid: process.ppid } });
  expect(events[1]?.client.process?.exe).toContain('node');
  expect(proc.ledger.seen).toBeLessThanOrEqual(2);
});

const BY_NAME: readonly KernelRecord[] = [
  tcpRecord({ kind: 'connect' }),
  tcpRecord({ kind: 'accept', side: 'server' }),
  tcpRecord({ kind: 'connect-failed' }),
  tcpRecord({ kind: 'close' }),
  tcpRecord({ kind: 'close', side: 'server' }),
  tcpRecord({ kind: 'retransmit' }),
  tcpRecord({ kind: 'owner', side: 'server' }),
  datagramRecord(),
  datagramRecord({ side: 'server' }),
  datagramRecord({ phase: 'update' }),
  datagramRecord({ phase: 'end' }),
];

test.each([
  [{}, 'CONNECT ACCEPT CONNECT_FAILED CLOSE CLOSE RETRANSMIT OWNER SEND RECV netstat CLOSE'],
  [{ tcp: true }, 'CONNECT ACCEPT CONNECT_FAILED OWNER'],
  [{ udp: true }, 'SEND RECV netstat CLOSE'],
  [{ retr: true }, 'RETRANSMIT'],
  [{ tcpclose: true }, 'CONNECT_FAILED CLOSE CLOSE'],
  [{ in: true }, 'ACCEPT CLOSE OWNER RECV'],
  [{ out: true }, 'CONNECT CONNECT_FAILED CLOSE RETRANSMIT SEND netstat CLOSE'],
  [{ tcp: true, in: true }, 'ACCEPT OWNER'],
  [{ tcp: true, tcpclose: true, out: true }, 'CONNECT CONNECT_FAILED CLOSE'],
])('%j selects %s, and every hop balances', (flags, names) => {
  const { events, ledgers } = run([PROCESS, ...BY_NAME], selectionOf(flags));
  expect(events.map(({ name, type }) => name ?? type).join(' ')).toBe(names);
  const [records, selection] = ledgers;
  expect(records).toMatchObject({ seen: 12, delivered: 12, inFlight: 0 });
  expect(selection).toMatchObject({ seen: 11, delivered: events.length, inFlight: 0 });
  expect(selection?.dropped['not selected'] ?? 0).toBe(11 - events.length);
});

describe('containers', () => {
  const ID = 'ab12'.repeat(16);
  const POD = '1c2d3e4f-0000-4000-8000-000000000001';
  const made = (cgroupId: number, path: string): KernelRecord => ({
    kind: 'cgroup',
    time: PROCESS.time,
    cgroupId,
    path,
    pathCut: false,
    removed: false,
  });
  const inCgroup = (cgroupId: number) => tcpRecord({ owner: { ...OWNER, cgroupId } });

  /** A process of whom /proc says this, as of an interface's namespace or of an owner. */
  function live(pid: number, cgroup: string): void {
    mkdirSync(join(procRoot, String(pid)), { recursive: true });
    writeFileSync(join(procRoot, String(pid), 'cgroup'), cgroup);
  }

  test('an owner is in the container that its control group belongs to, known by its id at once', () => {
    const { events } = run([
      made(77, `/docker/${ID}`),
      made(78, '/system.slice/ssh.service'),
      inCgroup(77),
      inCgroup(78),
    ]);
    expect(events[0]?.client.container).toMatchObject({ id: ID, runtime: 'docker', name: null });
    expect(events[1]?.client.container).toBeNull();
  });

  test('a pod is known by its uid, before any runtime has answered', () => {
    const path = `/kubepods/besteffort/pod${POD}/${ID}`;
    expect(run([made(77, path), inCgroup(77)]).events[0]?.client.container).toMatchObject({
      id: ID,
      podUid: POD,
    });
  });

  test('a container that is gone already is named in what comes late', () => {
    const removed = { ...made(77, `/docker/${ID}`), removed: true } as KernelRecord;
    const { events } = run([made(77, `/docker/${ID}`), removed, inCgroup(77)]);
    expect(events[0]?.client.container?.id).toBe(ID);
  });

  test('where a control group was never told, its process is asked once', () => {
    live(OWNER.pid, `0::/machine.slice/libpod-${ID}.scope/container\n`);
    const { events } = run([PROCESS, inCgroup(4711), inCgroup(4711)]);
    expect(events.map(({ client }) => client.container?.id)).toEqual([ID, ID]);
  });

  test('where version 1 is in use, processes of a runtime’s own group are asked, others are not', () => {
    live(OWNER.pid, `4:pids:/docker/${ID}\n0::/system.slice/docker.service\n`);
    mkdirSync(join(procRoot, 'self'), { recursive: true });
    writeFileSync(join(procRoot, 'self', 'cgroup'), '4:pids:/\n0::/\n');
    try {
      const { events } = run([
        made(77, '/system.slice/docker.service'),
        made(78, '/system.slice/ssh.service'),
        PROCESS,
        inCgroup(77),
        inCgroup(78),
      ]);
      expect(events.map(({ client }) => client.container?.id ?? null)).toEqual([ID, null]);
    } finally {
      rmSync(join(procRoot, 'self'), { recursive: true });
    }
  });

  test('an interface is its namespace’s container’s, and so is the other end of its veth pair', () => {
    live(900, `0::/docker/${ID}\n`);
    const link = (changes: Partial<InterfaceRecord>): InterfaceRecord => ({
      kind: 'interface',
      time: PROCESS.time,
      netns: HOME,
      index: 7,
      name: 'veth1',
      type: 1,
      flags: 1,
      operState: 6,
      duplex: null,
      mtu: 1500,
      peerIndex: 0,
      peerNetns: 0,
      pid: 1,
      speedBps: null,
      bytesReceived: 0,
      packetsReceived: 0,
      errorsReceived: 0,
      dropsReceived: 0,
      bytesSent: 0,
      packetsSent: 0,
      errorsSent: 0,
      dropsSent: 0,
      ...changes,
    });
    const inside = link({ netns: 5, pid: 900, name: 'eth0', index: 2, peerIndex: 7, peerNetns: HOME });
    const outside = link({ peerIndex: 2, peerNetns: 5 });
    const { events } = run([inside, outside, link({ name: 'eth0', index: 1 })]);
    expect(events.map((event) => (event as unknown as InterfaceCountersEvent).container?.id ?? null)).toEqual(
      [ID, ID, null],
    );
  });
});
