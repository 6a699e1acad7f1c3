import { expect, test } from '@jest/globals';
import type { KernelRecord } from '@packetless/introspection';
import type { ConversationEvent } from '@packetless/model';
import { AccountNames } from '../identity/account-names.js';
import { CommandLines } from '../identity/command-lines.js';
import { Identifier } from '../identity/identify.js';
import { Proc } from '../identity/proc.js';
import { ProcessTable } from '../identity/process-table.js';
import { Pipeline } from './pipeline.js';
import { datagramRecord, OWNER, PROCESS, tcpRecord } from './records.sample.js';
import { EVERYTHING, type Selection, selectionOf } from './selection.js';

function run(records: readonly KernelRecord[], selection: Selection = EVERYTHING) {
  const proc = new Proc();
  const identifier = new Identifier(new ProcessTable(), new AccountNames(), proc, new CommandLines(proc));
  const events: ConversationEvent[] = [];
  const reporter = {
    agent: 'aaaabbbbccccdddd',
    exporter: null,
    location: String,
    identify: identifier.identify.bind(identifier),
  };
  const pipeline = new Pipeline({
    identifier,
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
