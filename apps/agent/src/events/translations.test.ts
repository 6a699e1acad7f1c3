import { expect, test } from '@jest/globals';
import type { TranslationRecord } from '@packetless/introspection';
import type { TranslationsEvent } from '@packetless/model';
import { Translations } from './translations.js';

const HERE = 1;
const BEFORE = {
  clientAddress: '172.17.0.2',
  clientPort: 50000,
  serverAddress: '10.96.0.10',
  serverPort: 80,
};
const AFTER = { ...BEFORE, serverAddress: '172.17.0.3', serverPort: 8080 };
const before = {
  client: { address: '172.17.0.2', port: 50000 },
  server: { address: '10.96.0.10', port: 80 },
};
const after = { client: before.client, server: { address: '172.17.0.3', port: 8080 } };

function record(changes: Partial<TranslationRecord> = {}): TranslationRecord {
  return {
    kind: 'translation',
    phase: 'began',
    time: 1000,
    netns: HERE,
    protocol: 6,
    before: BEFORE,
    after: AFTER,
    ...changes,
  };
}

function setUp() {
  const events: TranslationsEvent[] = [];
  const surroundings = { agent: 'a1', location: (netns: number) => `boot/${netns}` };
  return { events, translations: new Translations(surroundings, (event) => events.push(event)) };
}

test('records of one namespace are told together, in their order', () => {
  const { events, translations } = setUp();
  translations.take(record());
  translations.take(record({ phase: 'found', protocol: 17 }));
  translations.take(record({ netns: 2 }));
  translations.take(record({ netns: 2, phase: 'ended', time: 2000 }));
  translations.flush();
  translations.flush();
  const told = { type: 'translations', agent: 'a1', toldSince: null };
  const both = { before, after };
  expect(events).toEqual([
    {
      ...told,
      time: 1000,
      location: 'boot/1',
      translations: [
        { protocol: 6, ...both, began: 1000, ended: null },
        { protocol: 17, ...both, began: null, ended: null },
      ],
    },
    {
      ...told,
      time: 2000,
      location: 'boot/2',
      translations: [
        { protocol: 6, ...both, began: 1000, ended: null },
        { protocol: 6, ...both, began: null, ended: 2000 },
      ],
    },
  ]);
});

test('that all have been told is told after them, also where there are none', () => {
  const { events, translations } = setUp();
  translations.take(record({ phase: 'found' }));
  translations.take({ kind: 'translations-told', time: 3000, since: 900, netns: HERE });
  translations.take({ kind: 'translations-told', time: 3001, since: 901, netns: 2 });
  expect(events).toMatchObject([
    { location: 'boot/1', translations: [{ protocol: 6 }], toldSince: 900, time: 3000 },
    { location: 'boot/2', translations: [], toldSince: 901 },
  ]);
});

test('what a conversation is called afterwards is known while it is translated', () => {
  const { translations } = setUp();
  const ask = (netns: number, protocol = 6) => translations.of(protocol, before, netns);
  expect(ask(HERE)).toBeNull();
  translations.take(record());
  // It passes the namespace that translates, and is in another one.
  expect([ask(HERE), ask(2), ask(HERE, 17)]).toEqual([after, after, null]);
  translations.take(record({ phase: 'ended' }));
  expect(ask(HERE)).toBeNull();
});

test('loopback is each namespace’s own', () => {
  const { translations } = setUp();
  const ends = { ...BEFORE, clientAddress: '127.0.0.1', serverAddress: '127.0.0.11' };
  translations.take(record({ before: ends, after: { ...ends, serverPort: 35000 } }));
  const asked = {
    client: { address: '127.0.0.1', port: 50000 },
    server: { address: '127.0.0.11', port: 80 },
  };
  expect(translations.of(6, asked, HERE)?.server.port).toBe(35000);
  expect(translations.of(6, asked, 2)).toBeNull();
});

test('what is remembered is bounded; all are told', () => {
  const { events, translations } = setUp();
  const port = (index: number) => ({ ...BEFORE, clientPort: 1 + index });
  for (let index = 0; index < 60_000; index++) translations.take(record({ before: port(index) }));
  translations.flush();
  const isKnown = (index: number) => {
    const client = { ...before.client, port: port(index).clientPort };
    return translations.of(6, { ...before, client }, HERE) !== null;
  };
  expect(isKnown(59_999)).toBe(true);
  expect(Array.from({ length: 60_000 }, (_, index) => isKnown(index)).filter(Boolean).length).toBeLessThan(
    16_385,
  );
  expect(events.reduce((sum, event) => sum + event.translations.length, 0)).toBe(60_000);
});
