import { describe, expect, test } from '@jest/globals';
import type { ConversationEnds, Translation, TranslationsEvent } from '@packetless/model';
import fc from 'fast-check';
import { encodeHeader } from '../header.js';
import { decodeMessage } from '../message.js';
import { maybe, time } from '../testing/agent-events.js';
import { decodeRecord, RECEIVED_AT } from '../testing/fixtures.js';
import { encodeTranslations } from './translations.js';

const port = fc.integer({ min: 1, max: 65535 });
const ipv4 = fc.ipV4().filter((address) => address !== '0.0.0.0');
const ipv6 = fc.constantFrom('2001:db8::1', 'fd00::2', '::1');
const ends = (address: fc.Arbitrary<string>): fc.Arbitrary<ConversationEnds> =>
  fc.record({ client: fc.record({ address, port }), server: fc.record({ address, port }) });
const translation: fc.Arbitrary<Translation> = fc
  .constantFrom(ipv4, ipv6)
  .chain((address) =>
    fc.record({
      protocol: fc.constantFrom(6, 17, 132),
      before: ends(address),
      after: ends(address),
      began: maybe(time),
      ended: maybe(time),
    }),
  )
  .filter(({ before, after }) => JSON.stringify(before) !== JSON.stringify(after));
const translationsEvent: fc.Arbitrary<TranslationsEvent> = fc.record({
  type: fc.constant('translations'),
  time,
  agent: maybe(fc.constant('a'.repeat(16))),
  location: maybe(fc.constant('deadbeef/4026531840')),
  translations: fc.array(translation, { maxLength: 5 }),
  toldSince: maybe(time),
});

function decoded(text: string) {
  const header = {
    layout: 'v1',
    topic: 'translation',
    version: 2,
    sourceId: 1,
    messageId: 1,
    size: 0,
  } as const;
  return decodeMessage([encodeHeader(header), Buffer.from(text)], RECEIVED_AT);
}

describe('translations of addresses', () => {
  test('come back as they were', () => {
    fc.assert(
      fc.property(translationsEvent, (event) => {
        const [text] = encodeTranslations(event);
        expect(decoded(text!)).toMatchObject({ events: [event], rejected: [] });
      }),
    );
  });

  test('are cut to messages; only after the last one all have been told', () => {
    const one = fc.sample(translation, { numRuns: 1, seed: 1 })[0]!;
    const translations = Array.from({ length: 1000 }, (_, index) => ({ ...one, began: RECEIVED_AT + index }));
    const event = {
      type: 'translations',
      time: 1,
      agent: 'a',
      location: 'l',
      translations,
      toldSince: RECEIVED_AT,
    } as const;
    const texts = encodeTranslations(event);
    expect(texts.every((text) => Buffer.byteLength(text) <= 64 * 1024)).toBe(true);
    const back = texts.flatMap((text) => decoded(text).events) as TranslationsEvent[];
    expect(back.flatMap(({ translations: some }) => some)).toEqual(translations);
    expect(back.map(({ toldSince }) => toldSince)).toEqual([
      ...Array(texts.length - 1).fill(null),
      RECEIVED_AT,
    ]);
  });

  test('that cannot be are refused, each by itself', () => {
    const ends = ['10.0.0.1', 1, '10.0.0.2', 2];
    const after = ['10.0.0.1', 1, '10.0.0.3', 2];
    const refused = [
      7,
      null,
      {},
      { protocol: 6, before: ends },
      { protocol: 6, before: ends, after: ends },
      { protocol: 256, before: ends, after },
      { protocol: 6, before: ends, after: ['10.0.0.1', 0, '10.0.0.3', 2] },
      { protocol: 6, before: ends, after: ['10.0.0.1', 1, '0.0.0.0', 2] },
      { protocol: 6, before: ends, after: ['10.0.0.1', 1, 'fd00::1', 2] },
      { protocol: 6, before: ends, after: ['fd00::2', 1, 'fd00::1', 2] },
      { protocol: 6, before: ends, after: ['10.0.0.1', 65536, '10.0.0.3', 2] },
      { protocol: 6, before: ends, after: after.slice(1) },
    ];
    const text = JSON.stringify({ translations: [...refused, { protocol: 6, before: ends, after }] });
    expect(decoded(text)).toMatchObject({
      events: [
        { agent: null, location: null, time: RECEIVED_AT, translations: [{ protocol: 6 }], toldSince: null },
      ],
      rejected: [{ reason: 'bad field', count: refused.length }],
    });
    expect(decoded('[]').rejected).toEqual([{ reason: 'not an object', count: 1 }]);
    expect(decoded('{}').rejected).toEqual([{ reason: 'missing field', count: 1 }]);
    expect(decoded(JSON.stringify({ translations: Array(10_001).fill(0) })).rejected).toEqual([
      { reason: 'too many events', count: 10_001 },
    ]);
  });
});

describe('what a flow exporter tells of a translation', () => {
  const flow = {
    IPV4_SRC_ADDR: '172.17.0.2',
    L4_SRC_PORT: 50000,
    IPV4_DST_ADDR: '192.0.2.9',
    L4_DST_PORT: 443,
    PROTOCOL: 6,
  };

  test.each<[string, object, ConversationEnds | null]>([
    ['nothing', {}, null],
    [
      'by names',
      { POST_NAT_SRC_IPV4_ADDR: '192.0.2.1', POST_NAPT_SRC_TRANSPORT_PORT: 61000 },
      { client: { address: '192.0.2.1', port: 61000 }, server: { address: '192.0.2.9', port: 443 } },
    ],
    [
      'by element ids',
      { 225: '192.0.2.1', 226: '10.0.0.9', 227: 61000, 228: 8443 },
      { client: { address: '192.0.2.1', port: 61000 }, server: { address: '10.0.0.9', port: 8443 } },
    ],
    ['zeros for what is not translated', { 225: '0.0.0.0', 226: '0.0.0.0', 227: 0, 228: 0 }, null],
    ['the same once more', { 225: '172.17.0.2', 226: '192.0.2.9', 227: 50000, 228: 443 }, null],
    ['the other family', { 282: 'fd00::9' }, null],
    ['no addresses', { 225: 'nowhere', 227: 70000 }, null],
  ])('%s', (_, more, translated) => {
    expect(decodeRecord({ ...flow, ...more }).translated).toEqual(translated);
  });

  test('where the source is the server, and in IPv6', () => {
    const event = decodeRecord({
      IPV6_SRC_ADDR: 'fd00::10',
      L4_SRC_PORT: 80,
      IPV6_DST_ADDR: 'fd00::2',
      L4_DST_PORT: 50000,
      PROTOCOL: 6,
      281: 'fd00::3',
      227: 8080,
    });
    expect(event).toMatchObject({
      server: { address: 'fd00::10' },
      translated: {
        client: { address: 'fd00::2', port: 50000 },
        server: { address: 'fd00::3', port: 8080 },
      },
    });
  });
});
