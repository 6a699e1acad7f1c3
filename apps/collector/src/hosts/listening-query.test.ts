import { describe, expect, jest, test } from '@jest/globals';
import { LISTENING_SORT_FIELDS, type ListeningQuery, listenerSchema } from '@packetless/live';
import { FilterError } from '@packetless/model';
import { Interface } from '../interfaces/interface.js';
import { agent, list, process, socket, T0 } from './events.sample.js';
import { compileListeningQuery, listenerInfo, runListeningQuery } from './listening-query.js';

const INPUT = {
  kind: 'zmq' as const,
  messages: 0,
  bytes: 0,
  events: new Map(),
  eventsPerSecond: 0,
  endpoints: () => [],
  ledgers: () => [],
};
const isLocal = (bytes: Uint8Array, offset: number) => bytes[offset + 12] === 192;
const here = new Interface('tcp://*:1c', INPUT, { capacity: 10, isLocal, idleMs: 1000, endedMs: 1000 });

const sshd = socket(22, { since: T0 - 1000, process: process('sshd', 22) });
const dns = socket(53, {
  protocol: 17,
  address: '192.168.2.1',
  location: 'aaaaaaaa/2',
  process: process('dnsmasq', 53, { uid: 999, user: 'nobody', exeDeleted: true }),
  container: {
    id: 'c0ffee',
    name: 'dns',
    runtime: 'docker',
    image: null,
    pod: null,
    podUid: null,
    namespace: null,
    workload: null,
    isSandbox: false,
    labels: {},
  },
  backlog: null,
  backlogLimit: null,
});
const job = socket(8080, {
  address: '::',
  process: process('python3', 80, { user: 'alice', script: '/srv/serve.py' }),
  interfaceName: 'eth1',
  backlog: 3,
});
here.observeHost(list([job, sshd]), agent('a', 'web-1'), T0);
here.observeHost(list([dns, socket(9, { process: null })]), agent('b', 'db-1'), T0);

function found(query: Partial<ListeningQuery>) {
  const compiled = compileListeningQuery({ sort: 'port', limit: 100, offset: 0, ...query }, isLocal);
  const { total, listeners } = runListeningQuery([here], compiled, T0);
  return { total, ports: listeners.map(({ listener }) => listener.port) };
}

describe('a filter chooses listening sockets', () => {
  test.each<[string, number[]]>([
    ['', [9, 22, 53, 8080]],
    ['process:sshd', [22]],
    ['process:*', [22, 53, 8080]],
    ['not process:*', [9]],
    ['script:serve.py', [8080]],
    ['user:nobody', [53]],
    ['pid:80', [8080]],
    ['port:22', [22]],
    ['serverport>100', [8080]],
    ['proto:udp', [53]],
    ['protocol:tcp', [9, 22, 8080]],
    ['host:192.168.0.0/16', [53]],
    ['server:192.168.2.1', [53]],
    ['container:dns', [53]],
    ['if:eth1', [8080]],
    ['witness:web-*', [22, 8080]],
    ['deleted', [53]],
    ['local', [53]],
    ['state:LISTEN', [9, 22, 8080]],
    ['failed or closed or reset', []],
    ['bytes>0', []],
    ['dnsmasq', [53]],
    ['192.168.2.1:53', [53]],
    ['sshd or alice', [22, 8080]],
  ])('%s', (filter, ports) => {
    expect(found({ filter })).toEqual({ total: ports.length, ports });
  });

  test('an agent, by identity or name', () => {
    expect(found({ agent: 'b' }).ports).toEqual([9, 53]);
    expect(found({ agent: 'web-1' }).ports).toEqual([22, 8080]);
    expect(found({ agent: 'nobody' }).ports).toEqual([]);
  });

  test('and a wrong one says where it is wrong', () => {
    expect(() => found({ filter: 'port:x' })).toThrow(FilterError);
  });
});

describe('an order', () => {
  test.each<[ListeningQuery['sort'], number[]]>([
    ['-port', [8080, 53, 22, 9]],
    ['protocol', [9, 22, 8080, 53]],
    ['address', [9, 22, 53, 8080]],
    ['-address', [8080, 53, 9, 22]],
    ['process', [53, 8080, 22, 9]],
    ['-process', [22, 8080, 53, 9]],
    ['user', [8080, 53, 22, 9]],
    ['-agent', [22, 8080, 9, 53]],
    ['since', [22, 9, 53, 8080]],
    ['-backlog', [8080, 9, 22, 53]],
  ])('%s, what is not known last', (sort, ports) => {
    expect(found({ sort }).ports).toEqual(ports);
  });

  test('by any field is a whole one, and is cut to a window', () => {
    for (const field of LISTENING_SORT_FIELDS) {
      for (const sort of [field, `-${field}`] as const) expect(found({ sort }).ports).toHaveLength(4);
    }
    expect(found({ limit: 2, offset: 1 })).toEqual({ total: 4, ports: [22, 53] });
    expect(found({ limit: 0 })).toEqual({ total: 4, ports: [] });
  });
});

test('a filter that takes too long is given up, and says so', () => {
  const many = new Interface('x', INPUT, { capacity: 10, isLocal, idleMs: 1000, endedMs: 1000 });
  many.observeHost(list(Array.from({ length: 100 }, (_, port) => socket(port))), agent('a'), T0);
  const compiled = compileListeningQuery({ filter: 'ssh', sort: 'port', limit: 1, offset: 0 }, isLocal);
  let clock = 0;
  const now = jest.spyOn(performance, 'now').mockImplementation(() => {
    clock += 3000;
    return clock;
  });
  try {
    expect(() => runListeningQuery([many], compiled, T0)).toThrow('takes too long over 64 sockets');
  } finally {
    now.mockRestore();
  }
});

test('a socket is shown with its host, and whether it is in the host’s own namespace', () => {
  const compiled = compileListeningQuery({ sort: 'port', limit: 100, offset: 0 }, isLocal);
  const infos = runListeningQuery([here], compiled, T0).listeners.map(listenerInfo);
  for (const info of infos) expect(listenerSchema.parse(info)).toEqual(info);
  expect(infos[1]).toMatchObject({
    agent: { id: 'a', name: 'web-1' },
    interface: 'tcp://*:1c',
    protocol: 'tcp',
    ipVersion: 4,
    address: '0.0.0.0',
    port: 22,
    process: { name: 'sshd' },
    hostNamespace: true,
    since: T0 - 1000,
    backlog: 0,
    backlogLimit: 128,
    connections: 0,
  });
  expect(infos[2]).toMatchObject({ hostNamespace: false, container: { name: 'dns' }, since: null });
});
