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
    state: null,
    counters: null,
    connectLatencyMs: null,
    retransmits: null,
    failure: null,
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
