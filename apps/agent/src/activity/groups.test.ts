import { describe, expect, test } from '@jest/globals';
import {
  type Container,
  type ConversationEvent,
  compileEventFilter,
  containerOfId,
  type EventFilter,
  type ListeningSocket,
  parseFilter,
} from '@packetless/model';
import { Conversations } from './conversations.js';
import { health, sampleEvent, sampleProcess, totals } from './events.sample.js';
import { type Row, rowsOf, type View } from './groups.js';

const sshd = sampleProcess({ pid: 1, name: 'sshd', user: 'root', uid: 0 });
const CONTAINER: Container = { ...containerOfId('f'.repeat(64)), runtime: 'docker' };

function socket(changes: Partial<ListeningSocket> = {}): ListeningSocket {
  return {
    protocol: 6,
    address: '0.0.0.0',
    port: 22,
    process: sshd,
    container: null,
    location: 'b/1',
    socket: 9,
    interfaceName: null,
    since: null,
    backlog: 0,
    backlogLimit: 128,
    ...changes,
  };
}

/** Two curls, one of them with two connections, and a connection that failed; in a span of two seconds. */
const EVENTS: readonly ConversationEvent[] = [
  sampleEvent({ socket: 1, tcp: health({ rttMs: 10 }) }),
  sampleEvent({
    socket: 1,
    name: null,
    counters: totals(100, 1000),
    tcp: health({ rttMs: 20, retransmits: 4 }),
  }),
  sampleEvent({ socket: 2, remote: '192.0.2.10', counters: totals(10, 10), tcp: health({ rttMs: 40 }) }),
  sampleEvent({ socket: 3, process: sampleProcess({ pid: 4243 }) }),
  sampleEvent({ socket: 3, process: sampleProcess({ pid: 4243 }), name: 'CLOSE', counters: totals(2, 4) }),
  sampleEvent({ socket: 4, process: null, name: 'CONNECT_FAILED', failure: 'refused', location: 'b/2' }),
];

function table(
  view: View,
  filter: EventFilter | null = null,
  listening: readonly ListeningSocket[] = [socket()],
) {
  const conversations = new Conversations();
  for (const event of EVENTS) conversations.observe(event, 0);
  conversations.tick(2000);
  return rowsOf(conversations.values(), listening, 2, {
    view,
    filter,
    placeOf: (location) => (location === 'b/2' ? 'web' : null),
  });
}

const brief = ({
  name,
  outPerSecond,
  inPerSecond,
  open,
  openedPerSecond,
  failedPerSecond,
  listening,
}: Row) => [name, outPerSecond, inPerSecond, open, openedPerSecond, failedPerSecond, listening];

describe('rows', () => {
  test('by process: one for each pid, one for all that is unknown, one for who only listens', () => {
    expect(table('process').rows.map(brief)).toEqual([
      ['curl', 55, 505, 2, 1, 0, 0],
      ['curl', 1, 2, 0, 0.5, 0, 0],
      ['?', 0, 0, 0, 0, 0.5, 0],
      ['sshd', 0, 0, 0, 0, 0, 1],
    ]);
  });

  test('tell the mean round trip of living connections, and retransmissions by the second', () => {
    const [first, second] = table('process').rows;
    expect([first?.rttMs, first?.retransmitsPerSecond, second?.rttMs]).toEqual([30, 2, null]);
  });

  test('by remote address, where nobody listens', () => {
    expect(table('remote').rows.map(brief)).toEqual([
      ['192.0.2.9', 51, 502, 1, 1, 0.5, null],
      ['192.0.2.10', 5, 5, 1, 0.5, 0, null],
    ]);
  });

  test('by remote address and the backend behind it, where that is known', () => {
    const client = { address: '192.0.2.2', port: 1 };
    const to = (address: string) => ({ client, server: { address, port: 80 } });
    const translated = [to('172.17.0.3'), to('192.0.2.9'), null].map((behind, index) =>
      sampleEvent({ socket: 100 + index, translated: behind }),
    );
    const conversations = new Conversations();
    for (const event of translated) conversations.observe(event, 0);
    const { rows } = rowsOf(conversations.values(), [], 1, {
      view: 'remote',
      filter: null,
      placeOf: () => null,
    });
    expect(rows.map(({ name, open }) => [name, open])).toEqual([
      ['192.0.2.9 ⇒ 172.17.0.3', 1],
      ['192.0.2.9', 2],
    ]);
  });

  test('by user, by name or else by number', () => {
    expect(table('user').rows.map(({ name }) => name)).toEqual(['alice', '?', 'root']);
    const nameless = socket({ process: { ...sshd, user: null, uid: 77 } });
    expect(table('user', null, [nameless]).rows.at(-1)?.name).toBe('77');
  });

  test('by container, or by network namespace where none is known', () => {
    const inside = socket({ container: CONTAINER });
    expect(table('container', null, [inside]).rows.map(({ name }) => name)).toEqual([
      'host',
      'web',
      'ffffffffffff',
    ]);
  });

  test('are those that a filter lets through, and the sum is theirs', () => {
    const filter = compileEventFilter(parseFilter('host:192.0.2.10 or port:22')!, {
      isLocal: () => false,
      witnessName: () => null,
      durationOf: () => null,
    });
    const { rows, total } = table('process', filter);
    expect(rows.map(brief)).toEqual([
      ['curl', 5, 5, 1, 0.5, 0, 0],
      ['sshd', 0, 0, 0, 0, 0, 1],
    ]);
    expect(brief(total)).toEqual(['total', 5, 5, 1, 0.5, 0, 1]);
  });
});
