import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { HEALTH_ROW_ID } from '@packetless/live';
import { connectEvent } from '../../test/events.js';
import { LivePeer } from '../../test/live-peer.js';
import { RunningCollector } from '../../test/running-collector.js';
import type { Sender } from '../../test/sender.js';
import { waitFor } from '../../test/wait.js';

describe('live', () => {
  let running: RunningCollector;
  let sender: Sender;
  let peers: LivePeer[];

  beforeEach(async () => {
    peers = [];
    await begin();
  });
  afterEach(end);

  async function begin(live: Parameters<typeof RunningCollector.start>[0] = {}): Promise<void> {
    running = await RunningCollector.start(live);
    sender = await running.sender();
  }

  async function end(): Promise<void> {
    for (const { socket } of peers) socket.terminate();
    await running.stop();
  }

  async function open(packed = false): Promise<LivePeer> {
    const peer = await LivePeer.open(running.port, packed);
    peers.push(peer);
    return peer;
  }

  async function connectFrom(ports: readonly number[], more: object = {}): Promise<void> {
    for (const port of ports) await sender.send('flow', connectEvent(port, more));
    await waitFor('the flows', async () => (await running.flows({ limit: '0' })).total >= ports.length);
  }

  test('says hello, then a snapshot at once, then what changes within a second', async () => {
    await connectFrom([1]);
    const peer = await open();
    expect(await peer.first('hello')).toMatchObject({ version: expect.any(String), intervalMs: 250 });
    peer.subscribe('all', { kind: 'flows', query: { sort: 'firstSeen' } });
    const snapshot = await peer.first('snapshot');
    expect(snapshot).toMatchObject({ view: 'all', total: 1, skipped: 0, content: { kind: 'flows' } });
    expect(snapshot.content.rows).toHaveLength(1);

    const sentAt = Date.now();
    await sender.send('flow', connectEvent(2));
    const delta = await peer.first('delta');
    expect(Date.now() - sentAt).toBeLessThan(1000);
    expect(delta).toMatchObject({ view: 'all', total: 2, sequence: snapshot.sequence + 1 });
    expect(delta.content.rows).toMatchObject([
      { client: { port: 2, process: { name: 'curl', user: 'root' } } },
    ]);
    expect(delta.order).toHaveLength(2);
  });

  test('a change within a row is told without an order; nothing is told while nothing changes', async () => {
    await connectFrom([1, 2]);
    const peer = await open();
    peer.subscribe('all', { kind: 'flows', query: { sort: 'firstSeen' } });
    await peer.first('snapshot');
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(peer.of('delta')).toEqual([]);
    await sender.send('flow', connectEvent(1, { TCP_EVENT_TYPE: 'CLOSE' }));
    const delta = await peer.first('delta');
    expect(delta.order).toBeNull();
    expect(delta.content.rows).toMatchObject([{ client: { port: 1 } }]);
  });

  test('what hosts listen on and their interfaces are views like others', async () => {
    const ports = (tcp4: readonly number[]) => ({
      'ip-addresses': ['10.1.1.2'],
      'listening-ports': { tcp4: tcp4.map((port) => ({ port, proc: `p${port}` })) },
    });
    const counters = { deviceIP: '10.1.1.2', ifIndex: 2, ifName: 'eth0', ifInOctets: 5, ifOutOctets: 6 };
    await sender.send('listening-ports', ports([443, 22, 8080]));
    await sender.send('counter', counters);
    await waitFor('both', async () => (await running.counters()).total === 1);
    const peer = await open();
    peer.subscribe('listening', { kind: 'listening', query: { filter: 'port<1000', limit: 1 } });
    peer.subscribe('counters', { kind: 'counters', query: {} });
    expect(await peer.first('snapshot', 'listening')).toMatchObject({
      total: 2,
      content: { kind: 'listening', rows: [{ port: 22, process: { name: 'p22', pid: 0 }, connections: 0 }] },
    });
    expect(await peer.first('snapshot', 'counters')).toMatchObject({
      total: 1,
      content: { kind: 'counters', rows: [{ name: 'eth0', bytesReceived: 5 }] },
    });
    await sender.send('listening-ports', ports([443, 21, 22]));
    expect(await peer.first('delta', 'listening')).toMatchObject({
      total: 3,
      content: { rows: [{ port: 21 }] },
      order: [expect.any(String)],
    });
    await connectFrom([7]);
    await sender.send('flow', connectEvent(8));
    peer.subscribe('web', { kind: 'listening', query: { filter: 'port:443' } });
    await waitFor('its connections', () =>
      peer
        .of('snapshot', 'web')
        .concat(peer.of('delta', 'web') as never)
        .some(({ content }) => content.kind === 'listening' && content.rows[0]?.connections === 2),
    );
    peer.subscribe('wrong', { kind: 'listening', query: { filter: 'port:' } });
    expect(await peer.first('error', 'wrong')).toMatchObject({ code: 'bad_filter' });
  });

  test('a view follows its filter, and a changed filter gives a snapshot', async () => {
    await connectFrom([1, 2, 3]);
    const peer = await open();
    peer.subscribe('mine', { kind: 'flows', query: { filter: 'clientport:2' } });
    expect(await peer.first('snapshot')).toMatchObject({
      total: 1,
      content: { rows: [{ client: { port: 2 } }] },
    });
    peer.messages.length = 0;
    peer.subscribe('mine', { kind: 'flows', query: { filter: 'not clientport:2' } });
    expect(await peer.first('snapshot')).toMatchObject({ total: 2 });
    await sender.send('flow', connectEvent(4));
    expect((await peer.first('delta')).content.rows).toMatchObject([{ client: { port: 4 } }]);
  });

  test('an error in a filter has its place, and the view stays what it was', async () => {
    const peer = await open();
    peer.subscribe('mine', { kind: 'flows', query: {} });
    await peer.first('snapshot');
    peer.subscribe('mine', { kind: 'flows', query: { filter: 'process:curl and )' } });
    expect(await peer.first('error')).toMatchObject({ view: 'mine', code: 'bad_filter', position: 17 });
    await connectFrom([9]);
    expect((await peer.first('delta')).content.rows).toMatchObject([{ client: { port: 9 } }]);
    peer.subscribe('other', { kind: 'flows', query: { interface: 'eth9' } });
    expect(await peer.first('error', 'other')).toMatchObject({ code: 'unknown_interface', position: null });
  });

  test('a filter that takes too long is told and closes its view', async () => {
    await connectFrom([1]);
    const peer = await open();
    let clock = performance.now();
    const now = jest.spyOn(performance, 'now').mockImplementation(() => {
      clock += 3000;
      return clock;
    });
    try {
      peer.subscribe('costly', { kind: 'flows', query: { filter: 'process:curl' } });
      expect(await peer.first('error')).toMatchObject({ view: 'costly', code: 'bad_filter' });
    } finally {
      now.mockRestore();
    }
    peer.subscribe('plain', { kind: 'flows', query: {} });
    await peer.first('snapshot', 'plain');
    await connectFrom([2]);
    await peer.first('delta', 'plain');
    expect([...peer.of('snapshot', 'costly'), ...peer.of('delta', 'costly')]).toEqual([]);
  });

  test('one flow, interfaces, agents and health', async () => {
    await connectFrom([1]);
    const { id } = (await running.flows()).flows[0]!;
    const peer = await open();
    peer.subscribe('flow', { kind: 'flow', id });
    peer.subscribe('gone', { kind: 'flow', id: 'nonsense' });
    peer.subscribe('interfaces', { kind: 'interfaces' });
    peer.subscribe('agents', { kind: 'agents' });
    peer.subscribe('health', { kind: 'health' });
    expect((await peer.first('snapshot', 'flow')).content.rows).toMatchObject([{ id }]);
    expect(await peer.first('snapshot', 'gone')).toMatchObject({ total: 0, content: { rows: [] } });
    expect((await peer.first('snapshot', 'interfaces')).content.rows).toMatchObject([{ kind: 'zmq' }]);
    expect((await peer.first('snapshot', 'agents')).content.rows).toMatchObject([{ name: '192.168.2.131' }]);
    expect((await peer.first('snapshot', 'health')).content.rows).toMatchObject([{ flows: 1 }]);
    peer.messages.length = 0;
    await sender.send('flow', connectEvent(1, { TCP_EVENT_TYPE: 'CLOSE' }));
    expect((await peer.first('delta', 'flow')).content.rows).toMatchObject([{ id }]);
    expect((await peer.first('delta', 'agents')).content.rows).toMatchObject([{ events: 2 }]);
    expect(await peer.first('delta', 'health')).toMatchObject({ order: null, total: 1 });
    expect(HEALTH_ROW_ID).toEqual(expect.any(String));
  });

  test('deltas applied to the snapshot give what a new snapshot gives', async () => {
    const peer = await open();
    const query = { sort: '-firstSeen', limit: 5 } as const;
    peer.subscribe('view', { kind: 'flows', query });
    const rows = new Map<string, unknown>();
    let order: string[] = [];
    for (let port = 1; port <= 30; port++) {
      await sender.send('flow', connectEvent(port));
      if (port % 3 === 0) await sender.send('flow', connectEvent(port - 1, { TCP_EVENT_TYPE: 'CLOSE' }));
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
    const { flows } = await waitFor('all', async () => {
      const answer = await running.flows({ sort: '-firstSeen', limit: '5' });
      return answer.total === 30 && answer;
    });
    await waitFor('the last update', () => {
      const last = peer.messages.at(-1);
      return last?.type === 'delta' && last.total === 30;
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    for (const message of peer.messages) {
      if (message.type !== 'snapshot' && message.type !== 'delta') continue;
      const changed = message.content.rows as { id: string }[];
      if (message.type === 'snapshot') order = changed.map(({ id }) => id);
      else order = message.order ?? order;
      for (const row of changed) rows.set(row.id, row);
    }
    expect(order.map((id) => rows.get(id))).toEqual(flows);
  });

  test('a client that takes packed messages is told the same in a fraction of the bytes', async () => {
    const ports = Array.from({ length: 100 }, (_, index) => index + 1);
    await connectFrom(ports);
    const plain = await open();
    const packed = await open(true);
    for (const [peer, view] of [
      [plain, 'short'],
      [packed, 'another name "…"'],
    ] as const) {
      peer.subscribe(view, { kind: 'flows', query: { sort: 'firstSeen' } });
      await peer.first('snapshot');
    }
    for (let round = 1; round <= 5; round++) {
      const health = (port: number) => ({ CONN_STATE: 'ESTABLISHED', BYTES_ACKED: round * port, RTT: port });
      for (const port of ports) {
        const change = { TCP_EVENT_TYPE: 'RETRANSMIT', TCP: health(port) };
        await sender.send('flow', connectEvent(port, change));
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const isUpToDate = (peer: LivePeer) =>
      peer.of('delta').some(({ content }) => JSON.stringify(content).includes('"sent":500,'));
    await waitFor('the last update', () => isUpToDate(plain) && isUpToDate(packed));
    const told = ({ messages }: LivePeer) =>
      messages
        .filter((message) => message.type === 'delta')
        .map(({ sequence, order, content }) => ({ sequence, order, content }));
    expect(told(packed)).toEqual(told(plain));
    expect(packed.packed).toBeGreaterThan(1);
    expect(plain.packed).toBe(0);
    expect(Math.max(...packed.sizes)).toBeLessThan(20_000);
    expect(Math.max(...plain.sizes)).toBeGreaterThan(3 * Math.max(...packed.sizes));
  });

  test('what is no message is answered, never a crash', async () => {
    const peer = await open();
    for (const text of ['', '{', 'null', '[]', '{"type":"subscribe"}', '{"type":"nonsense","view":"v"}']) {
      peer.socket.send(text);
    }
    peer.socket.send(Buffer.from([0, 1, 2]));
    peer.say({ type: 'subscribe', view: 'v', subscription: { kind: 'flows', query: { limit: 5000 } } });
    await waitFor('the answers', () => peer.of('error').length === 8);
    expect(peer.of('error').every(({ code }) => code === 'bad_message')).toBe(true);
    expect(peer.of('error').at(-1)).toMatchObject({ view: 'v', message: expect.stringMatching(/limit/) });
    peer.socket.send('x'.repeat(70_000));
    await waitFor('the end', () => peer.closeCode === 1009);
    expect((await running.get('api/v1/health')).status).toBe(200);
  });

  test('views and requests of one client are bounded', async () => {
    const peer = await open();
    for (let i = 0; i < 33; i++) peer.subscribe(`view ${i}`, { kind: 'health' });
    expect(await peer.first('error')).toMatchObject({ view: 'view 32', code: 'too_many_views' });
    peer.say({ type: 'unsubscribe', view: 'view 0' });
    peer.subscribe('view 32', { kind: 'agents' });
    await peer.first('snapshot', 'view 32');
    for (let i = 0; i < 100; i++) peer.subscribe('view 32', { kind: 'health' });
    await waitFor('a refusal', () => peer.of('error').some(({ code }) => code === 'too_many_requests'));
  });

  test('more clients than allowed are refused', async () => {
    await end();
    await begin({ live: { maxClients: 2 } });
    const first = await open();
    await open();
    await expect(LivePeer.open(running.port)).rejects.toThrow('503');
    first.socket.terminate();
    await waitFor('a place', () => open().catch(() => null));
  });

  test('a client that does not answer pings is let go', async () => {
    await end();
    await begin({ live: { pingMs: 100 } });
    const silent = await open();
    const good = await open();
    silent.socket.pause();
    await waitFor('one to be left', async () =>
      /^packetless_live_clients 1$/m.test(await (await running.get('metrics')).text()),
    );
    expect(good.closeCode).toBeNull();
  });

  test('a client that does not read is skipped, then brought up to date; others are not held up', async () => {
    await end();
    await begin({ live: { budgetBytes: 50_000, intervalMs: 50 } });
    await connectFrom(Array.from({ length: 300 }, (_, index) => index + 1));
    const slow = await open();
    const good = await open();
    for (const peer of [slow, good]) {
      peer.subscribe('all', { kind: 'flows', query: { limit: 1000, sort: 'firstSeen' } });
      await peer.first('snapshot');
    }
    slow.socket.pause();
    const before = process.memoryUsage().rss;
    const metric = async (name: string) => {
      const text = await (await running.get('metrics')).text();
      return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
    };
    await waitFor(
      'skipped updates',
      async () => {
        for (let port = 1; port <= 300; port++) {
          await sender.send('flow', connectEvent(port, { TCP_EVENT_TYPE: 'RETRANSMIT', RETRAN_PKTS: 1 }));
        }
        return (await metric('packetless_live_skipped_updates_total')) > 20;
      },
      30_000,
    );
    expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000);
    expect(good.of('delta').length).toBeGreaterThan(20);
    slow.messages.length = 0;
    slow.socket.resume();
    const caughtUp = await waitFor('a snapshot', () => slow.of('snapshot').at(-1), 10_000);
    expect(caughtUp.skipped).toBeGreaterThan(20);
    expect(caughtUp.content.rows).toHaveLength(300);
  }, 60_000);
});
