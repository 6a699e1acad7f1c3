/** Delivery with real interfaces: flow tables, registries and accounts. */
import { describe, expect, test } from '@jest/globals';
import { type Container, type ContainersEvent, containerOfId, type Observation } from '@packetless/model';
import { Agents } from '../agents/agents.js';
import { countGroups } from '../containers/group-counts.js';
import { compileQuery, runQuery } from '../flows/query.js';
import { createLog } from '../log.js';
import { observed, T0 } from '../observation.sample.js';
import { Translations } from '../translations/translations.js';
import { Dispatcher } from './dispatcher.js';
import { type InputAccount, Interface } from './interface.js';
import { InterfaceSettings } from './interface-settings.js';

const WEB = 'a'.repeat(64);
const ZMQ = 'tcp://*:1234c';

function account(kind: 'zmq' | 'packets'): InputAccount {
  return {
    kind,
    messages: 0,
    bytes: 0,
    events: new Map(),
    eventsPerSecond: 0,
    endpoints: () => [],
    ledgers: () => [],
  };
}

/** A collector of one ZMQ interface and the packet interfaces of the eBPF document. */
function setUp() {
  const named = [
    { name: ZMQ, kind: 'zmq' },
    { name: 'lo', kind: 'packets' },
    { name: 'ens3', kind: 'packets' },
    { name: 'cbr0', kind: 'packets' },
  ] as const;
  const options = { capacity: 100, isLocal: () => false, idleMs: 60_000, endedMs: 60_000, now: () => T0 };
  const settings = new InterfaceSettings(named, createLog('fatal'));
  const interfaces = named.map(
    ({ name, kind }) => new Interface(name, account(kind), options, (one) => settings.of(one)),
  );
  const dispatcher = new Dispatcher(interfaces, settings, new Translations());
  const agents = new Agents();
  const witness = { kind: 'agent', name: 'web-1', id: 'a1' } as const;
  const send = (interfaceName: string | null, server: string, container: Container | null = null) =>
    dispatcher.dispatch(observation(witness, interfaceName, server, container), interfaces[0]!);
  return {
    settings,
    interfaces,
    send,
    by: (name: string) => interfaces.find((each) => each.name === name)!,
    /** Where a conversation of 10.1.1.1 with this address, on a network interface of this name, is seen. */
    seenOn(interfaceName: string | null, server: string, container: Container | null = null): string[] {
      send(interfaceName, server, container);
      const seen = interfaces.filter(({ table }) => table.ledger.delivered === 1).map(({ name }) => name);
      expect(interfaces.map(({ table }) => table.ledger.snapshot().seen)).toEqual(
        interfaces.map(({ name }) => Number(seen.includes(name))),
      );
      return seen;
    },
    tell(containers: readonly Container[]): void {
      const event: ContainersEvent = { type: 'containers', time: T0, agent: 'a1', containers };
      const agent = agents.hear(event, { interfaceName: ZMQ, sourceId: 1, time: T0 });
      dispatcher.dispatchHost(event, agent, interfaces[0]!, T0);
    },
  };
}

function observation(
  witness: Observation['witness'],
  interfaceName: string | null,
  server: string,
  container: Container | null,
): Observation {
  const client = server === '127.0.0.1' || server === '::1' ? server : '10.1.1.1';
  return observed({
    witness,
    client: { address: client, port: 58_916, container },
    server: { address: server, port: 10_054 },
    side: 'client',
    interfaceName,
    location: 'deadbeef/1',
    socket: 7,
    state: 'ESTABLISHED',
    began: true,
  });
}

describe('dispatcher', () => {
  test('cbr0 by name, nothing set', () => {
    expect(setUp().seenOn('cbr0', '10.1.1.13')).toEqual([ZMQ, 'cbr0']);
    expect(setUp().seenOn('eth0', '10.1.1.13')).toEqual([ZMQ]);
    expect(setUp().seenOn(null, '10.1.1.13')).toEqual([ZMQ]);
    expect(setUp().seenOn('lo', '127.0.0.1')).toEqual([ZMQ, 'lo']);
  });

  test('ens3 as mirrored companion: all but loopback, and cbr0 by name as well', async () => {
    const set = async () => {
      const here = setUp();
      await here.settings.change('ens3', { mirrored: true });
      await here.settings.change(ZMQ, { companion: 'ens3' });
      return here;
    };
    expect((await set()).seenOn('eth0', '10.1.1.13')).toEqual([ZMQ, 'ens3']);
    expect((await set()).seenOn('cbr0', '10.1.1.13')).toEqual([ZMQ, 'ens3', 'cbr0']);
    expect((await set()).seenOn('ens3', '10.1.1.13')).toEqual([ZMQ, 'ens3']);
    expect((await set()).seenOn('lo', '127.0.0.1')).toEqual([ZMQ, 'lo']);
    expect((await set()).seenOn('lo', '::1')).toEqual([ZMQ, 'lo']);
    expect((await set()).seenOn('ens3', '127.0.0.1')).toEqual([ZMQ]);
  });

  test('lo as companion, chosen on either page', async () => {
    for (const [page, companion] of [
      ['lo', ZMQ],
      [ZMQ, 'lo'],
    ] as const) {
      const set = async () => {
        const here = setUp();
        await here.settings.change(page, { companion });
        return here;
      };
      expect((await set()).seenOn('lo', '127.0.0.1')).toEqual([ZMQ, 'lo']);
      expect((await set()).seenOn('eth0', '10.1.1.13')).toEqual([ZMQ]);
    }
  });

  test('a change of settings holds for the next event', async () => {
    const here = setUp();
    expect(here.seenOn('eth0', '10.1.1.13')).toEqual([ZMQ]);
    await here.settings.change('ens3', { mirrored: true, companion: ZMQ });
    here.send('eth0', '10.1.1.14');
    await here.settings.change('ens3', { companion: null });
    here.send('eth0', '10.1.1.15');
    expect(here.by(ZMQ).table.size).toBe(3);
    expect(here.by('ens3').table.row(0).toFlow().server.address).toBe('10.1.1.14');
    expect(here.by('ens3').table.size).toBe(1);
  });

  test('a delivered flow is the same there, under that interface’s name', () => {
    const here = setUp();
    here.seenOn('cbr0', '10.1.1.13');
    const [origin, target] = [ZMQ, 'cbr0'].map((name) => here.by(name).table.row(0).toFlow());
    expect(target).toEqual({ ...origin, id: target!.id, interface: 'cbr0' });
    expect(here.by('cbr0').info().eventsDelivered).toBe(1);
    expect(here.by(ZMQ).info().eventsDelivered).toBe(0);
  });

  test('all interfaces together show and count a delivered flow once, by itself it is on both', async () => {
    const here = setUp();
    here.send('cbr0', '10.1.1.13', containerOfId(WEB));
    here.send('eth0', '10.1.1.14');
    const listed = (query: { interface?: string; filter?: string }) =>
      runQuery(
        here.interfaces.map(({ table }) => table),
        compileQuery({ sort: 'server', limit: 10, offset: 0, ...query }),
      ).rows.map((row) => row.toFlow());
    expect(listed({}).map((flow) => [flow.server.address, flow.interface])).toEqual([
      ['10.1.1.13', 'cbr0'],
      ['10.1.1.14', ZMQ],
    ]);
    expect(listed({ interface: ZMQ })).toHaveLength(2);
    expect(listed({ filter: 'interface:tcp*' })).toHaveLength(2);
    const flowsOf = (interfaces: readonly Interface[]) =>
      countGroups('containers', interfaces).map((group) => group.info().flows.asClient);
    expect([flowsOf(here.interfaces), flowsOf([here.by(ZMQ)]), flowsOf([here.by('cbr0')])]).toEqual([
      [1],
      [1],
      [1],
    ]);
    await here.settings.change('lo', { companion: ZMQ });
    expect(listed({})).toHaveLength(2);
    // What has gone there is shown by the interface that it came in by.
    here.by('cbr0').table.expire(T0 + 61_000);
    expect(listed({}).map((flow) => [flow.server.address, flow.interface])).toEqual([
      ['10.1.1.13', ZMQ],
      ['10.1.1.14', ZMQ],
    ]);
    // And another flow at its place is another one.
    here.send('cbr0', '10.1.1.15');
    expect(listed({}).map((flow) => [flow.server.address, flow.interface])).toEqual([
      ['10.1.1.13', ZMQ],
      ['10.1.1.14', ZMQ],
      ['10.1.1.15', 'cbr0'],
    ]);
  });

  test('what is known of a container on its own interface is known where its events are delivered', () => {
    const web: Container = { ...containerOfId(WEB), name: 'web', labels: { app: 'shop' } };
    const here = setUp();
    here.tell([web]);
    here.seenOn('cbr0', '10.1.1.13', containerOfId(WEB));
    const shown = () => here.by('cbr0').table.row(0).toFlow().client.container;
    expect(shown()).toMatchObject({ name: 'web', labels: { app: 'shop' } });
    here.tell([{ ...web, name: 'web-2', labels: { app: 'shop', tier: 'front' } }]);
    expect(shown()).toMatchObject({ name: 'web-2', labels: { app: 'shop', tier: 'front' } });
  });

  test('containers without a flow there are not listed there', () => {
    const here = setUp();
    here.tell([containerOfId(WEB), containerOfId('b'.repeat(64))]);
    expect(here.by(ZMQ).containers.size).toBe(2);
    expect(here.by('cbr0').containers.size).toBe(0);
    here.seenOn('cbr0', '10.1.1.13', containerOfId(WEB));
    expect([...here.by('cbr0').containers.all()].map(({ id }) => id)).toEqual([WEB]);
  });
});
