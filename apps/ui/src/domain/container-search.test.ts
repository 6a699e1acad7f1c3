import { describe, expect, test } from '@jest/globals';
import { parseFilter } from '@packetless/model';
import { CONTAINER_FIELDS, flowsOfGroup, shortId } from './container-search.js';

const group = { name: 'web', containerId: null, podUid: null, namespace: null };

describe('the flows of a group', () => {
  test.each([
    ['containers', { containerId: '275d71585e03'.padEnd(64, '0') }, 'container:275d71585e03'],
    ['containers', { containerId: 'my web' }, 'container:"my web"'],
    ['containers', { containerId: '' }, 'container:web'],
    ['pods', { namespace: 'kube-system' }, 'pod:web namespace:kube-system'],
    ['pods', { name: null, podUid: 'u-1' }, 'pod:u-1'],
    ['namespaces', {}, 'namespace:web'],
    ['workloads', { name: 'Deployment/web', namespace: 'shop' }, 'workload:Deployment/web namespace:shop'],
  ] as const)('%s %j: %s', (kind, more, expected) => {
    expect(flowsOfGroup(kind, { ...group, ...more })).toBe(expected);
  });

  test('are found by any name, whatever it has in it', () => {
    for (const name of ['a "b" * \\', '<img>', 'a)(', 'not', ':', '\u202e']) {
      for (const kind of ['containers', 'pods', 'namespaces', 'workloads'] as const) {
        const node = parseFilter(flowsOfGroup(kind, { ...group, name }));
        expect(node).toMatchObject({ kind: 'text', pattern: [name.toLowerCase()] });
      }
    }
  });
});

test('ids are cut, names that stand for one are not', () => {
  expect(shortId('275d71585e03'.padEnd(64, '0'))).toBe('275d71585e03');
  expect(shortId('a-name-of-plain-containerd')).toBe('a-name-of-plain-containerd');
});

test('a filter of containers knows no single conversations', () => {
  expect(CONTAINER_FIELDS.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['label', 'bytes', 'failed']),
  );
  expect(CONTAINER_FIELDS.map(({ name }) => name)).not.toContain('port');
});
