import { describe, expect, test } from '@jest/globals';
import { containerOfId } from '@packetless/model';
import { ContainerRegistry } from '../containers/container-registry.js';
import { agent, counters, T0 } from './events.sample.js';
import { HostInterfaces } from './host-interfaces.js';

const infos = (interfaces: HostInterfaces) => [...interfaces.all()].map((each) => each.info('tcp://*:1c'));

describe('network interfaces of hosts', () => {
  test('grow as fast as between their last two counts', () => {
    const interfaces = new HostInterfaces();
    const a = agent('a');
    interfaces.hear(counters({ bytesReceived: 1000, packetsSent: 5 }), a, T0);
    expect(infos(interfaces)).toMatchObject([
      {
        agent: { id: 'a', name: 'host-a' },
        interface: 'tcp://*:1c',
        name: 'eth0',
        bytesReceived: 1000,
        rates: { bytesReceived: null, bytesSent: null, packetsReceived: null, packetsSent: null },
      },
    ]);
    interfaces.hear(counters({ time: T0 + 5000, bytesReceived: 11_000, packetsSent: 10 }), a, T0 + 5000);
    expect(infos(interfaces)).toMatchObject([
      {
        bytesReceived: 11_000,
        rates: { bytesReceived: 2000, bytesSent: 0, packetsReceived: 0, packetsSent: 1 },
      },
    ]);
    // The same count told twice is no pause.
    interfaces.hear(counters({ time: T0 + 5000, bytesReceived: 11_000, packetsSent: 10 }), a, T0 + 5001);
    expect(infos(interfaces)).toMatchObject([{ rates: { bytesReceived: 2000 } }]);
    interfaces.hear(counters({ time: T0 + 10_000, bytesReceived: 11_000, packetsSent: 10 }), a, T0 + 10_000);
    expect(infos(interfaces)).toMatchObject([{ rates: { bytesReceived: 0, packetsSent: 0 } }]);
  });

  test('that were made anew, or whose clock was set back, begin again', () => {
    for (const [time, bytesReceived] of [
      [T0 + 5000, 7],
      [T0 - 5000, 2000],
    ] as const) {
      const interfaces = new HostInterfaces();
      interfaces.hear(counters({ bytesReceived: 1000 }), agent('a'), T0);
      interfaces.hear(counters({ time, bytesReceived }), agent('a'), T0 + 5000);
      expect(infos(interfaces)).toMatchObject([{ bytesReceived, rates: { bytesReceived: null } }]);
    }
  });

  test('are told apart by host, place and number', () => {
    const interfaces = new HostInterfaces();
    for (const [id, location, index] of [
      ['a', 'aaaaaaaa/1', 2],
      ['a', 'aaaaaaaa/1', 3],
      ['a', 'aaaaaaaa/2', 2],
      ['b', 'aaaaaaaa/1', 2],
      ['b', 'aaaaaaaa/1', 2],
    ] as const) {
      interfaces.hear(counters({ location, index }), agent(id), T0);
    }
    expect(interfaces.size).toBe(4);
    expect(new Set(infos(interfaces).map(({ id }) => id)).size).toBe(4);
  });

  test('go a minute after the last count, those that are counted rarely later', () => {
    const interfaces = new HostInterfaces();
    interfaces.hear(counters({ index: 1 }), agent('a'), T0);
    interfaces.hear(counters({ index: 2 }), agent('a'), T0);
    interfaces.hear(counters({ index: 2 }), agent('a'), T0 + 40_000);
    interfaces.expire(T0 + 59_999);
    expect(interfaces.size).toBe(2);
    interfaces.expire(T0 + 60_000);
    expect(infos(interfaces).map(({ index }) => index)).toEqual([2]);
    interfaces.expire(T0 + 159_999);
    expect(interfaces.size).toBe(1);
    interfaces.expire(T0 + 160_000);
    expect(interfaces.size).toBe(0);
  });

  test('are at most so many of one host and of all, and those refused are counted', () => {
    const interfaces = new HostInterfaces(undefined, { total: 5, perAgent: 3 });
    for (const id of ['a', 'b', 'c']) {
      for (let index = 0; index < 4; index++) interfaces.hear(counters({ index }), agent(id), T0);
    }
    expect(interfaces.size).toBe(5);
    expect(interfaces.ledger.snapshot()).toMatchObject({
      seen: 12,
      delivered: 5,
      dropped: { 'too many interfaces': 7 },
      inFlight: 0,
    });
    interfaces.expire(T0 + 60_000);
    interfaces.hear(counters(), agent('c'), T0 + 60_000);
    expect(interfaces.size).toBe(1);
  });
});

test('an interface of a container has its names, also those that come late, and lets go of it at its end', () => {
  const containers = new ContainerRegistry({}, T0);
  const interfaces = new HostInterfaces(containers);
  const { witness } = agent('a');
  const web = { ...containerOfId('c1'), name: 'web', labels: { app: 'shop' } };
  interfaces.hear(counters({ container: containerOfId('c1') }), agent('a'), T0);
  containers.hear({ type: 'containers', time: T0, agent: 'a', containers: [web] }, witness, T0);
  interfaces.hear(counters({ time: T0 + 5000, container: containerOfId('c1') }), agent('a'), T0 + 5000);
  expect([...interfaces.all()].map((each) => each.info('i').container)).toEqual([web]);
  const [known] = containers.all();
  expect(known!.uses).toBe(1);
  interfaces.expire(T0 + 600_000);
  expect(known!.uses).toBe(0);
});
