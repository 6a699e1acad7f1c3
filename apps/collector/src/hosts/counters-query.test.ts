import { describe, expect, test } from '@jest/globals';
import { type CountersQuery, hostInterfaceSchema } from '@packetless/live';
import { Interface } from '../interfaces/interface.js';
import { hostInterfaces } from './counters-query.js';
import { agent, counters, T0 } from './events.sample.js';

const INPUT = {
  kind: 'zmq' as const,
  messages: 0,
  bytes: 0,
  events: new Map(),
  eventsPerSecond: 0,
  endpoints: () => [],
  ledgers: () => [],
};
const here = new Interface('tcp://*:1c', INPUT, {
  capacity: 10,
  isLocal: () => false,
  idleMs: 1000,
  endedMs: 1000,
});
for (const [id, name, namespace, index] of [
  ['b', 'eth0', null, 2],
  ['a', 'eth0', 'web', 2],
  ['a', 'eth0', null, 2],
  ['a', 'lo', null, 1],
  ['a', 'lo', 'db', 1],
] as const) {
  here.observeHost(counters({ name, namespace, index, location: `x/${namespace}` }), agent(id), T0);
}

function found(query: Partial<CountersQuery>) {
  const { total, counters } = hostInterfaces([here], { scope: 'all', limit: 100, offset: 0, ...query });
  for (const each of counters) expect(hostInterfaceSchema.parse(each)).toEqual(each);
  return { total, names: counters.map(({ agent, namespace, name }) => `${agent.id} ${namespace} ${name}`) };
}

describe('network interfaces of hosts', () => {
  test('stand by host, its own namespace first', () => {
    expect(found({}).names).toEqual(['a null lo', 'a null eth0', 'a db lo', 'a web eth0', 'b null eth0']);
  });

  test('of one host, by identity or name', () => {
    expect(found({ agent: 'b' }).names).toEqual(['b null eth0']);
    expect(found({ agent: 'host-b' }).total).toBe(1);
    expect(found({ agent: 'nobody' })).toEqual({ total: 0, names: [] });
  });

  test('of the hosts themselves, or of what lives in other namespaces', () => {
    expect(found({ scope: 'own' }).names).toEqual(['a null lo', 'a null eth0', 'b null eth0']);
    expect(found({ scope: 'others', agent: 'a' }).names).toEqual(['a db lo', 'a web eth0']);
  });

  test('are cut to a window, and the total is of all', () => {
    expect(found({ limit: 2, offset: 1 })).toEqual({ total: 5, names: ['a null eth0', 'a db lo'] });
    expect(found({ limit: 0 })).toEqual({ total: 5, names: [] });
  });
});
