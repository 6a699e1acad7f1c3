import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { LinkState } from '@packetless/wire';
import { ConnectionNotices } from './connection-notices.js';

function link(connection: LinkState['connection'], mode: 'bind' | 'connect' = 'connect'): LinkState {
  const endpoint = { text: 'tcp://c:1c', address: 'tcp://c:1', mode };
  return { endpoint, address: endpoint.address, connection, subscribed: false, queuedBytes: 0 };
}

let said: string[];
let notices: ConnectionNotices;
beforeEach(() => {
  jest.useFakeTimers();
  said = [];
  notices = new ConnectionNotices((message) => said.push(message));
});
afterEach(() => {
  notices.end();
  jest.useRealTimers();
});

test('a collector that is there at once is not worth a word', () => {
  notices.begin([link('connecting')]);
  notices.update([link('connected')]);
  jest.advanceTimersByTime(60_000);
  expect(said).toEqual([]);
});

test('one that is not there is told once, and once when it comes', () => {
  notices.begin([link('connecting')]);
  jest.advanceTimersByTime(60_000);
  notices.update([link('connecting')]);
  notices.update([link('connected')]);
  notices.update([link('connected')]);
  expect(said).toEqual([
    'no collector answers at tcp://c:1c yet; events wait, trying again',
    'connected to tcp://c:1c',
  ]);
});

test('one that goes away is told once, and once when it is back', () => {
  notices.begin([link('connecting')]);
  notices.update([link('connected')]);
  notices.update([link('connecting')]);
  notices.update([link('connecting')]);
  notices.update([link('connected')]);
  expect(said).toEqual([
    'the collector at tcp://c:1c went away; events wait, trying again',
    'connected to tcp://c:1c',
  ]);
});

test('nobody has to connect to an agent that listens', () => {
  notices.begin([link('listening', 'bind')]);
  notices.update([link('connected', 'bind')]);
  notices.update([link('listening', 'bind')]);
  jest.advanceTimersByTime(60_000);
  expect(said).toEqual([]);
});
