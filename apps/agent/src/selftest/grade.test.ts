import { describe, expect, test } from '@jest/globals';
import type { ConversationEvent, Process } from '@packetless/model';
import { accepted, asking, connected, type ExpectedEnd, failed } from './expected.js';
import { close, event, FACT, NETNS, PROCESS } from './facts.sample.js';
import { gradeEnd, isComplete } from './grade.js';
import { Observed } from './observed.js';

function grade(end: ExpectedEnd, events: readonly ConversationEvent[]) {
  const observed = new Observed([NETNS]);
  for (const each of events) observed.add(each);
  return gradeEnd(end, observed);
}

function problems(end: ExpectedEnd, ...events: readonly ConversationEvent[]): readonly string[] {
  return grade(end, events).problems;
}

const named = (changes: Partial<Process>): Process => ({ ...PROCESS, ...changes });
const WORKER = { ...FACT, pid: 101, tid: 101, exe: '/tmp/x/worker' };
const OF_WORKER = named({ pid: 101, tid: 101, exe: '/tmp/x/worker' });

test('what an agent that is right tells has no problem', () => {
  expect(grade(connected(FACT), [event(), close()])).toEqual({
    attribution: 'right',
    measured: { sent: 1000, received: 5000, packets: { sent: 5, received: 6 } },
    counted: { sent: 1000, received: 5000 },
    latencyMs: 0.1,
    problems: [],
  });
});

test('an agent that says nothing is not right', () => {
  expect(grade(connected(FACT), [])).toMatchObject({
    attribution: 'unknown',
    problems: ['the agent told nothing of it'],
  });
});

test('events of other places and sockets are not of this end', () => {
  const elsewhere = event({ location: '12345678/4026532002' });
  const other = event({ socket: 9002 });
  expect(problems(connected(FACT), elsewhere, other)).toEqual(['the agent told nothing of it']);
});

test('events without a cookie are found by their addresses', () => {
  expect(problems(connected(FACT), event({ socket: null }), close({ socket: null }))).toEqual([]);
});

test('an application without a cookie is found by its addresses', () => {
  expect(problems(connected({ ...FACT, cookie: 0 }), event(), close())).toEqual([]);
});

describe('the owner', () => {
  test.each<[string, Partial<Process>]>([
    ['pid 7 instead of 100', { pid: 7 }],
    ['executable /bin/sh instead of /tmp/x/client', { exe: '/bin/sh' }],
    ['uid 1000 instead of 0', { uid: 1000 }],
    ['gid 1000 instead of 0', { gid: 1000 }],
    ['thread 101 instead of 100', { tid: 101 }],
    ['deleted executable true instead of false', { exeDeleted: true }],
    ['parent 51 instead of 50', { parent: { ...PROCESS.parent!, pid: 51 } }],
    [
      "parent's executable /sbin/init instead of /usr/bin/node",
      { parent: { ...PROCESS.parent!, exe: '/sbin/init' } },
    ],
    ['script /tmp/x of a program', { script: '/tmp/x' }],
  ])('is WRONG: %s', (what, changes) => {
    const { attribution, problems } = grade(connected(FACT), [event({ process: named(changes) }), close()]);
    expect(attribution).toBe('WRONG');
    expect(problems).toContain(`CONNECT: wrong ${what}`);
  });

  test.each<[string, Partial<Process>]>([
    ['executable', { exe: null }],
    ['parent', { parent: null }],
    ['evidence', { evidence: 'none' }],
  ])('is not known: %s', (what, changes) => {
    const { attribution, problems } = grade(connected(FACT), [event({ process: named(changes) }), close()]);
    expect(attribution).toBe('unknown');
    expect(problems).toContain(`CONNECT: unknown ${what}`);
  });

  test('may be told later, but must be told', () => {
    expect(problems(connected(FACT), event({ process: null }), close())).toEqual([]);
    const { attribution, problems: nobody } = grade(connected(FACT), [
      event({ process: null }),
      close({ process: null }),
    ]);
    expect([attribution, nobody]).toEqual(['unknown', ['nobody was named']]);
  });

  test('is whom the socket was passed on to; who had it before may be named before', () => {
    const end = connected(WORKER, { earlier: [FACT] });
    expect(
      problems(end, event(), event({ name: 'OWNER', process: OF_WORKER }), close({ process: OF_WORKER })),
    ).toEqual([]);
    expect(grade(end, [event(), close()])).toMatchObject({
      attribution: 'unknown',
      problems: ['it was passed on to /tmp/x/worker(101), but the last that was named is /tmp/x/client(100)'],
    });
    expect(grade(connected(WORKER), [event(), close({ process: OF_WORKER })]).attribution).toBe('WRONG');
  });

  test('is a script when it is one', () => {
    const script = named({ script: '/tmp/x/talk' });
    const end = connected(FACT, { script: '/tmp/x/talk' });
    expect(problems(end, event({ process: script }), close({ process: script }))).toEqual([]);
    expect(problems(end, event(), close())).toContain('CONNECT: unknown script');
  });
});

describe('the course of a conversation', () => {
  test('begins and ends once', () => {
    expect(problems(connected(FACT), close())).toEqual(['no CONNECT']);
    expect(problems(connected(FACT), event())).toContain('no CLOSE');
    expect(problems(connected(FACT), event(), event(), close())).toEqual(['2 times CONNECT']);
    expect(problems(connected(FACT), event(), event({ name: 'ACCEPT' }), close())).toContain(
      'unexpected ACCEPT',
    );
    expect(problems(connected(FACT), event(), close(), event({ type: 'netstat', name: null }))).toContain(
      'netstat after CLOSE',
    );
  });

  test('is complete with its last event', () => {
    const observed = new Observed([NETNS]);
    observed.add(event());
    expect(isComplete(connected(FACT), observed)).toBe(false);
    observed.add(close());
    expect(isComplete(connected(FACT), observed)).toBe(true);
  });

  test('has both ends as the application has them', () => {
    const wrong = event({ client: { ...event().client, port: 40_001 } });
    expect(problems(connected(FACT), wrong, close())).toEqual(['CONNECT: local port 40001 instead of 40000']);
    expect(problems(connected(FACT), event({ protocol: 17 }), close())).toEqual([
      'CONNECT: protocol 17 instead of 6',
    ]);
  });

  test('of a server is turned round', () => {
    const fact = { ...FACT, local: '198.18.1.2', localPort: 80, remote: '198.18.1.1', remotePort: 40_000 };
    const { client, server } = event();
    const ends = {
      side: 'server',
      client: { ...client, process: null, tcp: null },
      server: { ...server, process: PROCESS },
    } as const;
    const events = [event({ name: 'ACCEPT', ...ends }), close({ ...ends, bytes: [5000, 1000] })];
    expect(grade(accepted({ ...fact, connectingMs: -1 }), events)).toMatchObject({
      attribution: 'right',
      measured: { sent: 1000, received: 5000 },
      problems: [],
    });
  });

  test('older than the agent is told in time', () => {
    const older = connected(FACT, { opening: null, latency: null, updates: 1, by: 1_700_000_000_100 });
    const update = (time: number) => event({ type: 'netstat', name: null, time });
    expect(problems(older, update(1_700_000_000_050), close())).toEqual([]);
    expect(problems(older, update(1_700_000_000_150), close())).toEqual([
      'told with its owner 50 ms too late',
    ]);
    expect(problems(older, close())).toContain('told 0 times while it lived, not 1');
  });
});

describe('bytes', () => {
  test('may differ by one per cent', () => {
    expect(problems(connected(FACT), event(), close({ bytes: [1010, 4950] }))).toEqual([]);
    expect(problems(connected(FACT), event(), close({ bytes: [1011, 4949] }))).toEqual([
      'bytes sent 1011 instead of 1000',
      'bytes received 4949 instead of 5000',
    ]);
  });

  test('of datagrams have packets', () => {
    const fact = { ...FACT, protocol: 17, packetsSent: 5, packetsReceived: 7, retransmits: -1 };
    const udp = { protocol: 17, connectLatencyMs: null } as const;
    expect(problems(asking(fact), event({ ...udp, name: 'SEND' }), close(udp))).toEqual([
      'packets received 6 instead of 7',
    ]);
  });
});

test.each([
  [null, 0, 'no latency'],
  [0, 0, 'latency 0 ms, but connecting took 0.200 ms'],
  [5, 0, 'latency 5 ms, but connecting took 0.200 ms'],
  [0.15, 900, 'latency 0.15 ms, but it was at least 900 ms'],
])('a latency of %s ms is not plausible', (connectLatencyMs, latency, problem) => {
  expect(problems(connected(FACT, { latency }), event({ connectLatencyMs }), close())).toEqual([problem]);
});

describe('failures', () => {
  const ECONNREFUSED = 111;
  const refused = failed({ ...FACT, error: ECONNREFUSED, sent: 0, received: 0 });

  test('have the reason that the application was given', () => {
    expect(problems(refused, event({ name: 'CONNECT_FAILED', failure: 'refused' }))).toEqual([]);
    expect(problems(refused, event({ name: 'CONNECT_FAILED', failure: 'timed out' }))).toEqual([
      'failure timed out instead of refused',
    ]);
    expect(problems(refused, event({ name: 'CONNECT_FAILED' }))).toEqual([
      'failure unknown instead of refused',
    ]);
  });

  test('are not told of good ends', () => {
    expect(problems(connected(FACT), event(), close({ failure: 'reset' }))).toEqual([
      'failure "reset" of a good end',
    ]);
  });

  test('say who reset', () => {
    const reset = connected(FACT, { failures: ['reset'], reason: /^peer reset/ });
    expect(problems(reset, event(), close({ failure: 'reset', reason: 'peer reset' }))).toEqual([]);
    expect(problems(reset, event(), close({ failure: 'reset', reason: 'reset here' }))).toEqual([
      'reason reset here instead of ^peer reset',
    ]);
  });
});

test('retransmissions are all told, with their cause', () => {
  const end = connected({ ...FACT, retransmits: 3 });
  const again = (retransmits: number, reason: string | null) =>
    event({ name: 'RETRANSMIT', retransmits, reason });
  const last = close({ retransmitted: 3 });
  expect(problems(end, event(), again(1, 'timeout'), again(2, 'timeout'), last)).toEqual([]);
  expect(problems(end, event(), again(2, 'timeout'), last)).toEqual([
    '2 retransmissions told instead of 3',
    '3 retransmissions in all, but 2 told',
  ]);
  expect(problems(end, event(), again(3, null), last)).toEqual(['RETRANSMIT without its cause']);
});
