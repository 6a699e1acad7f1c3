import { describe, expect, test } from '@jest/globals';
import type { ConversationEvent } from '@packetless/model';
import fc from 'fast-check';
import { Conversations } from './conversations.js';
import { health, sampleEvent, sampleProcess, totals } from './events.sample.js';

/** What each event added: bytes out and in. */
function added(events: readonly ConversationEvent[], options = {}): [number, number][] {
  const conversations = new Conversations(options);
  return events.map((event) => {
    const { bytesOut, bytesIn } = conversations.observe(event, 0);
    return [bytesOut, bytesIn];
  });
}

const connect = sampleEvent();
const netstat = (sent: number, received: number) =>
  sampleEvent({ name: null, counters: totals(sent, received) });
const close = (sent: number, received: number) =>
  sampleEvent({ name: 'CLOSE', counters: totals(sent, received) });

describe('bytes count once', () => {
  test('in a CLOSE that repeats the totals, and in an event that comes again', () => {
    expect(added([connect, netstat(10, 100), netstat(10, 100), netstat(30, 150), close(40, 150)])).toEqual([
      [0, 0],
      [10, 100],
      [0, 0],
      [20, 50],
      [10, 0],
    ]);
  });

  test('when a look at the socket is told after its end', () => {
    expect(added([connect, close(40, 150), netstat(30, 150), netstat(40, 150)]).slice(2)).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  test('and not at all before the first event of a conversation whose begin was not seen', () => {
    expect(added([netstat(1000, 2000), netstat(1010, 2000)])).toEqual([
      [0, 0],
      [10, 0],
    ]);
    expect(added([close(1000, 2000)])).toEqual([[0, 0]]);
    expect(added([close(1000, 2000)], { countsUnseen: true })).toEqual([[1000, 2000]]);
  });

  test('out is what this host sent, whichever side it is', () => {
    const accept = sampleEvent({ name: 'ACCEPT', side: 'server', counters: totals(7, 0) });
    const later = sampleEvent({ name: null, side: 'server', counters: totals(7, 90) });
    expect(added([accept, later])).toEqual([
      [0, 7],
      [90, 0],
    ]);
  });

  test('as differences where a peer tells differences', () => {
    const delta = { ...sampleEvent({ name: null }), counters: { ...totals(5, 6), kind: 'delta' as const } };
    expect(added([connect, delta, delta])).toEqual([
      [0, 0],
      [5, 6],
      [5, 6],
    ]);
  });

  test('for each socket: the same addresses with another cookie are another conversation', () => {
    expect(added([connect, close(10, 10), sampleEvent({ socket: 2, counters: totals(3, 3) })])[2]).toEqual([
      3, 3,
    ]);
  });

  test('also where peers have no cookies and open the same again', () => {
    expect(added([connect, close(10, 10), connect, close(4, 4)])[3]).toEqual([4, 4]);
  });

  test('however events are repeated and reordered after the begin, the sum is the greatest total', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: 1 }), (sent) => {
        const sum = added([connect, ...sent.map((bytes) => netstat(bytes, 0))]).reduce(
          (all, [out]) => all + out,
          0,
        );
        expect(sum).toBe(Math.max(...sent));
      }),
    );
  });
});

describe('retransmissions', () => {
  const at = (name: ConversationEvent['name'], retransmits: number, count: number | null = null) =>
    sampleEvent({ name, tcp: health({ retransmits }), retransmits: count });
  const counts = (...events: ConversationEvent[]) => {
    const conversations = new Conversations();
    return events.map((event) => conversations.observe(event, 0).retransmits);
  };

  test('count once, in RETRANSMIT or in the totals that follow', () => {
    expect(counts(at('CONNECT', 1), at('RETRANSMIT', 3, 2), at(null, 3), at(null, 4))).toEqual([1, 2, 0, 1]);
  });

  test('of an unknown connection are those that the event tells of', () => {
    expect(counts(at('RETRANSMIT', 100, 2), at(null, 101))).toEqual([2, 1]);
  });
});

describe('a conversation', () => {
  test('keeps what a later event leaves out, and takes a new owner', () => {
    const conversations = new Conversations();
    conversations.observe(sampleEvent({ tcp: health({ rttMs: 5 }) }), 0);
    const { conversation } = conversations.observe(sampleEvent({ name: null, process: null }), 0);
    expect([conversation.process?.name, conversation.event.client.process?.name, conversation.rttMs]).toEqual(
      ['curl', 'curl', 5],
    );
    const worker = sampleProcess({ pid: 7, name: 'worker' });
    conversations.observe(sampleEvent({ name: 'OWNER', process: worker }), 0);
    expect(conversation.process).toBe(worker);
  });

  test('that ended is there for its last span and a moment longer', () => {
    const conversations = new Conversations();
    conversations.observe(connect, 0);
    conversations.observe(close(10, 20), 100);
    conversations.tick(1000);
    expect([...conversations.values()][0]).toMatchObject({
      endedAt: 100,
      before: { bytesOut: 10, bytesIn: 20, opened: 1 },
      now: { bytesOut: 0, opened: 0 },
    });
    conversations.tick(2000);
    expect([...conversations.values()][0]?.before.bytesOut).toBe(0);
    conversations.tick(4000);
    expect([...conversations.values()]).toEqual([]);
  });

  test('gives way when there are too many: first one that has ended, and a living one is counted', () => {
    const conversations = new Conversations({ capacity: 2 });
    for (const socket of [1, 2]) conversations.observe(sampleEvent({ socket }), 0);
    conversations.observe(sampleEvent({ socket: 2, name: 'CLOSE' }), 0);
    conversations.observe(sampleEvent({ socket: 3 }), 0);
    expect([...conversations.values()].map(({ event }) => event.socket)).toEqual([1, 3]);
    expect(conversations.crowdedOut).toBe(0);
    conversations.observe(sampleEvent({ socket: 4 }), 0);
    expect(conversations.crowdedOut).toBe(1);
  });
});
