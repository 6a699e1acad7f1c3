import { describe, expect, test } from '@jest/globals';
import type { ConversationEvent, StatusEvent } from '@packetless/model';
import { Agents } from './agents.js';

const ARRIVAL = { interfaceName: 'tcp://*:1c', sourceId: 3, time: 1_000_000 };

function flow(sender: { agent?: string | null; exporter?: string | null }): ConversationEvent {
  const end = { address: '10.0.0.1', port: 1, process: null, container: null, tcp: null };
  return {
    type: 'flow',
    name: 'CONNECT',
    time: 1_000_000,
    protocol: 6,
    client: end,
    server: end,
    side: 'client',
    oriented: true,
    interfaceName: null,
    exporter: null,
    agent: null,
    location: null,
    socket: null,
    handshake: null,
    translated: null,
    state: null,
    counters: null,
    connectLatencyMs: null,
    retransmits: null,
    failure: null,
    reason: null,
    additional: null,
    ...sender,
  };
}

function status(more: Partial<StatusEvent>): StatusEvent {
  return {
    type: 'status',
    time: 1_000_000,
    agent: null,
    name: null,
    address: null,
    version: null,
    system: null,
    kernel: null,
    source: null,
    tier: null,
    cpuSeconds: null,
    memoryBytes: null,
    lost: [],
    ledgers: [],
    ...more,
  };
}

describe('agents', () => {
  test('identity tells agents apart that share an address', () => {
    const agents = new Agents();
    const a = agents.hear(flow({ agent: 'a', exporter: '10.0.0.1' }), ARRIVAL);
    const b = agents.hear(flow({ agent: 'b', exporter: '10.0.0.1' }), ARRIVAL);
    expect(a).not.toBe(b);
    expect(agents.hear(status({ agent: 'a', address: '10.0.0.1' }), ARRIVAL)).toBe(a);
    expect(agents.hear(status({ agent: 'b', address: '10.0.0.1' }), ARRIVAL)).toBe(b);
    expect(agents.size).toBe(2);
  });

  test('a sender that says its identity in its status only is one agent, whichever comes first', () => {
    const uuid = '5fdb1d2e-0000-4000-8000-000000000001';
    for (const statusFirst of [true, false]) {
      const agents = new Agents();
      const events = [flow({ exporter: '10.0.0.1' }), status({ agent: uuid, address: '10.0.0.1' })];
      if (statusFirst) events.reverse();
      for (const event of [...events, ...events]) agents.hear(event, ARRIVAL);
      expect(agents.size).toBe(1);
    }
  });

  test('an exporter that starts again with another source number stays one agent with its history', () => {
    const agents = new Agents();
    const first = agents.hear(flow({ exporter: '10.0.0.1' }), ARRIVAL);
    const again = agents.hear(flow({ exporter: '10.0.0.1' }), { ...ARRIVAL, sourceId: 200 });
    expect(again).toBe(first);
    expect([...agents.all()].map(({ events }) => events)).toEqual([2]);
  });

  test('one that claims ever more addresses leaves room for those of others', () => {
    const agents = new Agents(10);
    for (let i = 0; i < 100; i++) agents.hear(status({ agent: 'greedy', address: `10.9.0.${i}` }), ARRIVAL);
    const uuid = '5fdb1d2e-0000-4000-8000-000000000001';
    agents.hear(status({ agent: uuid, address: '10.0.0.1' }), ARRIVAL);
    agents.hear(flow({ exporter: '10.0.0.1' }), ARRIVAL);
    expect([...agents.all()].map(({ id }) => id)).toEqual(['greedy', uuid]);
  });

  test('an account of a thousand reasons is kept short, and still balances', () => {
    const agents = new Agents();
    const dropped = Object.fromEntries(Array.from({ length: 32 }, (_, i) => [`${i}`.padEnd(256, 'r'), 1]));
    const ledger = { hop: 'h'.repeat(256), seen: 32, delivered: 0, dropped, inFlight: 0 };
    const agent = agents.hear(status({ agent: 'a', ledgers: Array(32).fill(ledger) }), ARRIVAL);
    const kept = agent.info(ARRIVAL.time).ledgers;
    expect(JSON.stringify(kept).length).toBeLessThan(16_384);
    for (const { seen, dropped } of kept) {
      expect(Object.values(dropped).reduce((sum, count) => sum + count)).toBe(seen);
    }
  });

  test('senders that say nothing are told apart by source and interface', () => {
    const agents = new Agents();
    agents.hear(flow({}), ARRIVAL);
    agents.hear(flow({}), { ...ARRIVAL, sourceId: 4 });
    agents.hear(flow({}), { ...ARRIVAL, interfaceName: 'tcp://*:2c' });
    agents.hear(flow({}), ARRIVAL);
    expect(agents.size).toBe(3);
  });

  test('a status names the agent, and its observations from then on', () => {
    const agents = new Agents();
    const agent = agents.hear(flow({ agent: 'a' }), ARRIVAL);
    const { id } = agent.witness;
    agents.hear(status({ agent: 'a', name: 'web-1' }), ARRIVAL);
    expect(agent.witness).toEqual({ kind: 'agent', id, name: 'web-1' });
  });

  test('processor time and clock are compared between two statuses', () => {
    const agents = new Agents();
    const at = (time: number, cpuSeconds: number) =>
      agents
        .hear(status({ agent: 'a', time, cpuSeconds }), { ...ARRIVAL, time: time + 500 })
        .info(time + 500);
    expect(at(1_000_000, 1)).toMatchObject({ cpuPercent: null, clockSkewMs: -500 });
    expect(at(1_004_000, 1.02)).toMatchObject({ cpuPercent: expect.closeTo(0.5) });
    expect(at(1_008_000, 0.01)).toMatchObject({ cpuPercent: expect.closeTo(0.5) });
  });

  test('is online for 15 s after it was heard', () => {
    const agents = new Agents();
    const agent = agents.hear(flow({ agent: 'a' }), ARRIVAL);
    expect([agent.isOnline(1_014_999), agent.isOnline(1_015_000)]).toEqual([true, false]);
    expect(agents.online(1_015_000)).toBe(0);
  });

  test('invented agents push out none that is online, and cost no more than their place', () => {
    const agents = new Agents(10);
    const old = agents.hear(flow({ agent: 'old' }), { ...ARRIVAL, time: 0 });
    for (let i = 0; i < 1000; i++) {
      agents.hear(flow({ agent: `${i}${'x'.repeat(5000)}` }), ARRIVAL);
      agents.hear(status({ address: `10.9.${i >> 8}.${i & 255}`, name: 'y'.repeat(5000) }), ARRIVAL);
    }
    expect(agents.size).toBe(10);
    expect([...agents.all()]).not.toContain(old);
    expect(agents.unregistered).toBeGreaterThan(1900);
    for (const agent of agents.all()) {
      const { id, name } = agent.witness;
      expect(id.length + name.length).toBeLessThanOrEqual(512);
    }
  });
});
