import { describe, expect, test } from '@jest/globals';
import { parseFilter } from '@packetless/model';
import {
  flowsToListener,
  formatListeningSearch,
  LISTENING_FIELDS,
  LISTENING_SORT_RULES,
  parseListeningSearch,
} from './listening-search.js';
import { nextSort } from './search.js';

describe('the address of a list of listening sockets', () => {
  test('reads back what it wrote, and says nothing when all is as usual', () => {
    const search = { interface: 'tcp://*:1c', filter: 'port<1024', sort: '-connections' } as const;
    expect(parseListeningSearch(formatListeningSearch(search))).toEqual(search);
    expect(formatListeningSearch(parseListeningSearch('?sort=-bytes'))).toBe('');
  });

  test('ports are first sorted from the lowest, connections from the most', () => {
    expect(nextSort(LISTENING_SORT_RULES, 'since', 'port')).toBe('port');
    expect(nextSort(LISTENING_SORT_RULES, 'port', 'connections')).toBe('-connections');
  });
});

test('fields that speak of conversations are not offered', () => {
  const names = LISTENING_FIELDS.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['process', 'port', 'witness', 'deleted']));
  expect(names).not.toEqual(expect.arrayContaining(['rtt']));
});

describe('the flows to a listening socket', () => {
  const listener = { protocol: 'tcp', address: '0.0.0.0', port: 22, agent: { id: 'a', name: 'web-1' } };

  test('are those to its port on its host', () => {
    expect(flowsToListener(listener)).toBe('serverport:22 proto:tcp witness:"web-1" not closed');
    expect(flowsToListener({ ...listener, address: 'fd00::1' })).toContain(' server:fd00::1 ');
  });

  test('are a filter whatever the host is called', () => {
    for (const name of ['a b', '"x" or y', 'back\\slash', '*']) {
      const filter = flowsToListener({ ...listener, agent: { id: 'a', name } });
      expect(() => parseFilter(filter)).not.toThrow();
      expect(parseFilter(filter)).toMatchObject({ kind: 'and', operands: { length: 4 } });
    }
    expect(flowsToListener({ ...listener, agent: { id: 'a', name: '' } })).toBe(
      'serverport:22 proto:tcp not closed',
    );
  });
});
