import { expect, test } from '@jest/globals';
import type { ListeningEvent, ListeningSocket } from '@packetless/model';
import { FACT, NETNS, PROCESS } from './facts.sample.js';
import { gradeListener } from './listeners.js';

const LISTENER = {
  protocol: 6,
  address: '198.18.1.2',
  port: 80,
  owner: FACT,
  by: 2000,
  since: { from: 1000, to: 1010 },
};

function list(time: number, changes: Partial<ListeningSocket> = {}): ListeningEvent {
  const socket: ListeningSocket = {
    protocol: 6,
    address: '198.18.1.2',
    port: 80,
    process: PROCESS,
    container: null,
    location: `12345678/${NETNS}`,
    socket: 1,
    interfaceName: null,
    since: 1005,
    backlog: 0,
    backlogLimit: 128,
    ...changes,
  };
  return {
    type: 'listening',
    time,
    agent: null,
    exporter: null,
    addresses: [],
    part: 0,
    parts: 1,
    sockets: [socket],
  };
}

test('a socket that is listed in time, with its owner and since when, is right', () => {
  expect(gradeListener(LISTENER, [list(1900), list(2900)])).toEqual([]);
  expect(gradeListener({ ...LISTENER, since: null }, [list(1900, { since: null })])).toEqual([]);
});

test.each<[string, ListeningEvent]>([
  ['no list of listening sockets has 198.18.1.2:80', list(1900, { location: '12345678/1' })],
  ['no list of listening sockets has 198.18.1.2:80', list(1900, { port: 81 })],
  ['listed 900 ms too late', list(2900)],
  ['listed without its owner', list(1900, { process: null })],
  ['listed with wrong pid 7 instead of 100', list(1900, { process: { ...PROCESS, pid: 7 } })],
  ['listed without since when it listens', list(1900, { since: null })],
  ['listed as listening since 900, but it was between 1000 and 1010', list(1900, { since: 900 })],
])('%s', (problem, told) => {
  expect(gradeListener(LISTENER, [told])).toEqual([problem]);
});

test('since when an older one listens, nobody can know', () => {
  expect(gradeListener({ ...LISTENER, since: null }, [list(1900)])).toEqual([
    'listed as listening since 1005, which nobody can know',
  ]);
});
