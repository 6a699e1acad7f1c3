import { describe, expect, test } from '@jest/globals';
import type {
  InterfaceCountersEvent,
  ListeningEvent,
  ListeningSocket,
  Translation,
  TranslationsEvent,
} from '@packetless/model';
import { parseFilter } from '@packetless/model';
import { sampleEvent, sampleProcess } from '../activity/events.sample.js';
import { eventFilter } from './event-filter.js';
import { choose, EVERYTHING, selectionOf } from './selection.js';

const SELF = { agent: 'a', name: 'web-1' };
const filter = (text: string) => eventFilter(parseFilter(text), SELF);

function list(...sockets: Partial<ListeningSocket>[]): ListeningEvent {
  return { type: 'listening', agent: 'a', time: 1, sockets } as unknown as ListeningEvent;
}
const addresses = (event: ListeningEvent | null) => event?.sockets.map(({ address }) => address) ?? null;
const interfaceCounters = (name: string, ifType: number) =>
  ({ type: 'counters', name, ifType, agent: 'a' }) as InterfaceCountersEvent;

describe('without loopback (-l)', () => {
  const selection = selectionOf({ loopback: false });
  const passes = (changes: Parameters<typeof sampleEvent>[0]) =>
    choose(sampleEvent(changes), selection, null) !== null;

  test('conversations that stay on this host are left out, by address or by interface', () => {
    expect(passes({})).toBe(true);
    expect(passes({ remote: '127.0.0.53' })).toBe(false);
    expect(passes({ remote: '::1' })).toBe(false);
    expect(passes({ interfaceName: 'lo' })).toBe(false);
    expect(passes({ interfaceName: null })).toBe(true);
  });

  test('so are sockets that listen there, and its counters', () => {
    const sockets = [
      { address: '0.0.0.0', interfaceName: null },
      { address: '127.0.0.1', interfaceName: null },
      { address: '::1', interfaceName: null },
      { address: '::', interfaceName: 'lo' },
    ];
    expect(addresses(choose(list(...sockets), selection, null))).toEqual(['0.0.0.0']);
    expect(choose(interfaceCounters('lo', 24), selection, null)).toBeNull();
    expect(choose(interfaceCounters('eth0', 6), selection, null)).not.toBeNull();
  });
});

test('without listening sockets (-L) there are no lists of them', () => {
  expect(choose(list({ address: '::' }), selectionOf({ listening: false }), null)).toBeNull();
  expect(choose(interfaceCounters('eth0', 6), selectionOf({ listening: false }), null)).not.toBeNull();
});

describe('a filter', () => {
  test('chooses conversations, sockets within their lists, and interfaces', () => {
    const curl = filter('process:curl');
    expect(choose(sampleEvent(), EVERYTHING, curl)).not.toBeNull();
    expect(choose(sampleEvent({ process: null }), EVERYTHING, curl)).toBeNull();
    const socket = { address: '::', port: 1, interfaceName: null, container: null };
    const lists = list({ ...socket, process: sampleProcess() }, { ...socket, address: '::1', process: null });
    expect(addresses(choose(lists, EVERYTHING, curl))).toEqual(['::']);
    expect(addresses(choose(lists, EVERYTHING, filter('process:wget')))).toEqual([]);
    expect(choose(interfaceCounters('eth0', 6), EVERYTHING, curl)).toBeNull();
    expect(choose(interfaceCounters('eth0', 6), EVERYTHING, filter('if:eth*'))).not.toBeNull();
  });

  test('may ask how long a conversation has lasted, also where its begin is not selected', () => {
    const long = filter('duration>=1s');
    const onlyCloses = selectionOf({ tcpclose: true });
    const tell = (name: 'CONNECT' | 'CLOSE', time: number, socket = 1) =>
      choose(sampleEvent({ name, time, socket }), onlyCloses, long) !== null;
    expect([tell('CONNECT', 0), tell('CLOSE', 1500)]).toEqual([false, true]);
    expect([tell('CONNECT', 0, 2), tell('CLOSE', 900, 2), tell('CLOSE', 5000, 3)]).toEqual([
      false,
      false,
      false,
    ]);
  });

  test('knows this agent as a witness, and what is local to this host', () => {
    expect(choose(sampleEvent(), EVERYTHING, filter('witness:web-1'))).not.toBeNull();
    expect(choose(sampleEvent({ agent: 'b' }), EVERYTHING, filter('witness:web-1'))).toBeNull();
    const abroad = sampleEvent({ remote: '198.51.100.7' });
    const home = {
      ...sampleEvent({ remote: '10.1.1.1' }),
      client: { ...abroad.client, address: '127.0.0.1' },
    };
    const chosen = (text: string) =>
      [abroad, home].map((event) => choose(event, EVERYTHING, filter(text)) !== null);
    expect([chosen('remote'), chosen('local')]).toEqual([
      [true, false],
      [false, true],
    ]);
  });
});

describe('translations come with the conversations that they may be of', () => {
  const end = (address: string) => ({ address, port: 80 });
  const ends = (server: string) => ({ client: end('10.0.0.1'), server: end(server) });
  const translation = (protocol: number, server: string): Translation => ({
    protocol,
    before: ends(server),
    after: ends('10.0.0.9'),
    began: 1,
    ended: null,
  });
  const event = (toldSince: number | null, ...translations: Translation[]): TranslationsEvent => ({
    type: 'translations',
    time: 1,
    agent: 'a',
    location: 'a/1',
    translations,
    toldSince,
  });
  const tcp = translation(6, '10.0.0.2');
  const udp = translation(17, '10.0.0.2');
  const toLoopback = translation(17, '127.0.0.11');
  const all = event(null, tcp, udp, toLoopback);
  const chosen = (flags: Parameters<typeof selectionOf>[0], text?: string) =>
    choose(all, selectionOf(flags), text === undefined ? null : filter(text))?.translations;

  test('with a filter, too: it may choose one end of what is one conversation', () => {
    expect(chosen({})).toEqual([tcp, udp, toLoopback]);
    expect(chosen({}, 'process:curl')).toEqual([tcp, udp, toLoopback]);
    expect(chosen({ in: true })).toEqual([tcp, udp, toLoopback]);
  });

  test('of a protocol that was asked for, and not of loopback where that was not', () => {
    expect(chosen({ tcp: true })).toEqual([tcp]);
    expect(chosen({ tcpclose: true })).toEqual([tcp]);
    expect(chosen({ udp: true })).toEqual([udp, toLoopback]);
    expect(chosen({ loopback: false })).toEqual([tcp, udp]);
  });

  test('that these are all is told also where none is left', () => {
    const onlyTcp = selectionOf({ tcp: true });
    expect(choose(event(null, udp), onlyTcp, null)).toBeNull();
    expect(choose(event(5, udp), onlyTcp, null)).toEqual(event(5));
  });
});
