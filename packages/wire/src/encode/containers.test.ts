import { expect, test } from '@jest/globals';
import { containerOfId } from '@packetless/model';
import fc from 'fast-check';
import { decodeMessage } from '../message.js';
import { containersEvent } from '../testing/agent-events.js';
import { header, RECEIVED_AT } from '../testing/fixtures.js';
import { encodeContainers } from './containers.js';

const decoded = (text: string) => decodeMessage([header('container'), Buffer.from(text)], RECEIVED_AT);

test('what is known of containers comes back as it was', () => {
  fc.assert(
    fc.property(containersEvent, (event) => {
      const [text, ...more] = encodeContainers(event);
      expect(more).toEqual([]);
      expect(decoded(text!).events).toEqual([event]);
    }),
  );
});

test('many make several messages of at most 64 KiB, and none is left out', () => {
  const containers = Array.from({ length: 2000 }, (_, index) => ({
    ...containerOfId(`${index}`.padStart(64, '0')),
    name: `web-${index}`,
  }));
  const texts = encodeContainers({ type: 'containers', time: 1, agent: 'a1', containers });
  expect(Math.max(...texts.map((text) => Buffer.byteLength(text)))).toBeLessThanOrEqual(64 * 1024 + 256);
  expect(texts.length).toBeGreaterThan(1);
  const back = texts
    .flatMap((text) => decoded(text).events)
    .flatMap((event) => (event.type === 'containers' ? event.containers : []));
  expect(back).toEqual(containers);
});

test('labels without end are cut, and the rest stays whole', () => {
  const labels = Object.fromEntries(
    Array.from({ length: 100 }, (_, index) => [`key${index}`, 'x'.repeat(65_536)]),
  );
  const [text] = encodeContainers({
    type: 'containers',
    time: 1,
    agent: 'a1',
    containers: [{ ...containerOfId('c1'), name: 'web', labels }],
  });
  expect(Buffer.byteLength(text!)).toBeLessThan(16 * 1024);
  expect(decoded(text!).events).toMatchObject([{ containers: [{ id: 'c1', name: 'web' }] }]);
});

test('what names no container is refused and counted, the others are taken', () => {
  const text = JSON.stringify({ containers: [{ ID: 'c1' }, {}, 7, { K8S: { POD: 'p' } }] });
  expect(decoded(text)).toMatchObject({
    events: [{ type: 'containers', time: RECEIVED_AT, agent: null, containers: [{ id: 'c1' }] }],
    rejected: [{ reason: 'bad field', count: 3 }],
  });
  expect(decoded('{}')).toMatchObject({ events: [], rejected: [{ reason: 'missing field', count: 1 }] });
});
