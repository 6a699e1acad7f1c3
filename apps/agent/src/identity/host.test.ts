import { describe, expect, test } from '@jest/globals';
import { findExporter } from './exporter.js';
import { agentIdentity, Locations, locationOf, readHost } from './host.js';

describe("the agent's identity", () => {
  const host = { machine: '3d1219c7c4c5404aaa1f6d2a48adfda4', netns: 4026531840 };

  test('is the same after a restart', () => {
    expect(agentIdentity(host, 'web-1')).toEqual(agentIdentity({ ...host }, 'web-1'));
  });

  test('differs between machines, network namespaces and names', () => {
    const ids = [
      agentIdentity(host, 'web-1'),
      agentIdentity(host, 'web-2'),
      agentIdentity({ ...host, netns: 4026532000 }, 'web-1'),
      agentIdentity({ ...host, machine: 'another' }, 'web-1'),
    ].map(({ id }) => id);
    expect(new Set(ids).size).toBe(4);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{16}$/);
  });

  test('has a source id that header v1 can hold and that is never 0', () => {
    const sources = Array.from({ length: 2000 }, (_, index) => agentIdentity(host, `host-${index}`).sourceId);
    expect(Math.min(...sources)).toBe(1);
    expect(Math.max(...sources)).toBe(255);
  });
});

test('a location is boot and network namespace', () => {
  const host = readHost();
  expect(locationOf(host, host.netns)).toMatch(/^[0-9a-f]{8}\/\d+$/);
  expect(host.system).not.toMatch(/^"/);
});

test('locations are those of their namespaces, however many there are', () => {
  const locations = new Locations({ boot: '12345678' });
  for (let netns = 0; netns < 10_000; netns += 1) locations.of(netns);
  expect([locations.of(1), locations.of(9999), locations.of(1)]).toEqual([
    '12345678/1',
    '12345678/9999',
    '12345678/1',
  ]);
});

describe('the exporter address', () => {
  test('is never a wildcard', async () => {
    const exporter = await findExporter([
      { text: 'tcp://127.0.0.1:9c', address: 'tcp://127.0.0.1:9', mode: 'connect' },
    ]);
    expect(exporter).not.toBeNull();
    expect(['0.0.0.0', '::']).not.toContain(exporter);
  });

  test('is found without a collector to connect to', async () => {
    const bound = { text: 'tcp://*:9', address: 'tcp://*:9', mode: 'bind' } as const;
    expect(await findExporter([bound])).toEqual(await findExporter([]));
  });
});
