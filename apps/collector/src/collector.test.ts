/** From ZeroMQ to REST, with the collector as a whole. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { EventPublisher, parseEndpoints } from '@packetless/wire';
import fc from 'fast-check';
import { connectEvent, ownEvents, SAMPLE_EVENT } from '../test/events.js';
import { RunningCollector, zmqInterface } from '../test/running-collector.js';
import { waitFor } from '../test/wait.js';

const FIXTURES = fileURLToPath(new URL('../../../packages/wire/fixtures/', import.meta.url));

function topicOf(fixture: string): string {
  if (fixture.includes('event_status')) return 'event';
  if (fixture.includes('counter')) return 'counter';
  return fixture.includes('listening_ports') ? 'listening-ports' : 'flow';
}

describe('collector', () => {
  let running: RunningCollector;
  beforeEach(async () => {
    running = await RunningCollector.start();
  });
  afterEach(() => running.stop());

  /** Every hop's account must balance, and nothing be left inside. */
  async function expectBalance(): Promise<void> {
    for (const { hop, seen, delivered, dropped, inFlight } of (await running.interface()).ledgers) {
      const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
      expect({ hop, seen, inFlight }).toEqual({ hop, seen: delivered + lost, inFlight: 0 });
    }
  }

  test.each(['v0', 'v1'] as const)('the sample event of the eBPF document, header %s', async (layout) => {
    const sender = await running.sender();
    await sender.send('flow', SAMPLE_EVENT, { layout, messageId: 1 });
    const { flows } = await waitFor('the flow', async () => {
      const answer = await running.flows();
      return answer.total === 1 && answer;
    });
    expect(flows[0]).toMatchObject({
      interface: 'tcp://127.0.0.1:*c',
      protocol: 'tcp',
      ipVersion: 4,
      interfaceName: 'cbr0',
      client: {
        address: '10.1.1.1',
        port: 58916,
        local: false,
        process: {
          pid: 29730,
          uid: 0,
          user: 'root',
          group: 'root',
          name: 'kubelet',
          exe: '/snap/microk8s/522/kubelet',
          parent: { pid: 1, user: 'root', exe: '/lib/systemd/systemd' },
        },
      },
      server: { address: '10.1.1.13', port: 10054, process: null },
      firstSeen: 1557135868956.831,
      tcp: { connectLatencyMs: 0.177 },
      witnesses: [{ kind: 'agent', name: '192.168.2.131', side: 'client', events: 1 }],
    });
    await expectBalance();
  });

  test('every recorded event of other programs is taken or refused for a reason', async () => {
    const names = readdirSync(FIXTURES).filter((name) => name.endsWith('.json'));
    expect(names.length).toBeGreaterThan(10);
    const sender = await running.sender();
    const before = (await running.interface()).messages;
    let sent = 0;
    for (const name of names) {
      // One of them holds two messages, a line each.
      for (const payload of readFileSync(`${FIXTURES}${name}`, 'utf8')
        .trim()
        .split(/\n(?=\{)/)) {
        await sender.send(topicOf(name), payload);
        sent++;
      }
    }
    await waitFor('all', async () => (await running.interface()).messages === before + sent);
    await expectBalance();
    const { ledgers } = await running.interface();
    const receive = ledgers.find(({ hop }) => hop === 'receive')!;
    expect(Object.keys(receive.dropped)).toEqual(['topic not used']);
    const { total, flows } = await running.flows({ limit: '1000' });
    expect(total).toBeGreaterThan(8);
    expect(flows).toHaveLength(total);
    for (const { id } of flows) expect((await running.get(`api/v1/flows/${id}`)).status).toBe(200);
    // One host told in all words: what it listens on, its interfaces, itself.
    expect((await running.listening()).listening.map(({ port, process }) => [port, process?.name])).toEqual([
      [22, 'sshd'],
      [22, 'sshd'],
      [53, 'dnsmasq'],
      [1234, 'ntopng'],
    ]);
    expect((await running.counters()).counters.map(({ name, container }) => [name, container?.name])).toEqual(
      [
        ['veth1234', 'sleepy_haibt'],
        ['veth99', 'dnsmasq'],
      ],
    );
  });

  test('gaps and restarts are counted for the agent that had them', async () => {
    const sender = await running.sender();
    for (const messageId of [1, 2, 6, 7, 3, 4]) {
      await sender.send('flow', connectEvent(1000 + messageId), { messageId });
    }
    await waitFor('all', async () => (await running.interface()).events.CONNECT === 6);
    const { agents } = await running.agents();
    expect(agents).toHaveLength(1);
    expect(agents[0]).toMatchObject({
      name: '192.168.2.131',
      events: 6,
      missed: 3,
      restarts: 1,
      online: true,
    });
    const { ledgers } = await running.interface();
    expect(ledgers[0]).toMatchObject({ hop: 'transport', dropped: { 'lost on the way': 3 } });
    await expectBalance();
    expect((await running.health()).problems).toEqual([
      expect.stringMatching(/transport dropped 3 in the last minute/),
    ]);
  });

  test('an agent that starts again with another source id has restarted', async () => {
    const sender = await running.sender();
    for (const sourceId of [17, 17, 99]) {
      await sender.send('flow', connectEvent(1000, { X_AGENT: 'agent-a' }), { sourceId, messageId: 1 });
    }
    await waitFor('all', async () => (await running.interface()).events.CONNECT === 3);
    expect((await running.agents()).agents).toMatchObject([{ id: 'agent-a', missed: 0, restarts: 1 }]);
  });

  test('garbage is counted and harms nobody', async () => {
    const sender = await running.sender();
    const before = (await running.interface()).messages;
    let sent = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.array(fc.uint8Array({ maxLength: 100 }), { minLength: 1, maxLength: 4 }),
          fc.tuple(fc.constant(Buffer.alloc(24, 'flow')), fc.uint8Array({ maxLength: 100 })),
        ),
        async (frames) => {
          await sender.frames(frames);
          sent++;
        },
      ),
      { numRuns: 200 },
    );
    for (const payload of ['{', '[]', 'null', '[[[]]]', '{"IPV4_LOCAL_ADDR":7}', '[{},{},7]', '\u0000']) {
      await sender.send('flow', payload);
      sent++;
    }
    await sender.send('flow', connectEvent(1234));
    await waitFor('the good one', async () => (await running.flows()).total === 1);
    expect((await running.interface()).messages - before).toBe(sent + 1);
    await expectBalance();
    expect((await running.health()).status).toBe('degraded');
  });

  test('what an agent of ours tells of its host is shown with its host', async () => {
    const publisher = new EventPublisher({
      endpoints: parseEndpoints(`${running.collector.listening[0]!.address}c`, 'agent'),
      sourceId: 3,
    });
    await publisher.start();
    try {
      const [accept, sockets, first, second, status] = ownEvents();
      for (const event of [status, accept, sockets, first, second]) publisher.publish(event);
      const { counters } = await waitFor('both counts', async () => {
        const answer = await running.counters({ agent: 'web-1' });
        return answer.counters[0]?.rates.bytesReceived != null && answer;
      });
      expect(counters).toMatchObject([
        { name: 'eth0', agent: { name: 'web-1' }, bytesReceived: 6000, rates: { bytesReceived: 1000 } },
      ]);
      const { total, listening } = await running.listening({ filter: 'process:nginx', sort: '-connections' });
      expect(total).toBe(1);
      expect(listening).toMatchObject([
        {
          agent: { name: 'web-1' },
          port: 80,
          address: '0.0.0.0',
          process: { name: 'nginx', user: 'www-data' },
          hostNamespace: true,
          connections: 1,
        },
      ]);
      expect((await running.agents()).agents).toMatchObject([
        { name: 'web-1', tier: 'B', lost: [{ what: 'exact owner of accepted connections', why: 'no BTF' }] },
      ]);
      const text = await (await running.get('metrics')).text();
      expect(text).toMatch(
        /^packetless_host_interface_receive_bytes_total\{agent="web-1",agent_id="a1",device="eth0"\} 6000$/m,
      );
      expect(text).toMatch(/^packetless_host_interface_up\{.*device="eth0"\} 1$/m);
      expect(text).toMatch(/^packetless_listening_sockets\{agent="web-1",agent_id="a1",protocol="tcp"\} 1$/m);
      await expectBalance();
    } finally {
      await publisher.close(0);
    }
  });

  test('conversations that are older than their agent are there, and end as others do', async () => {
    const sender = await running.sender();
    const own = { X_AGENT: 'a1', X_LOCATION: 'deadbeef/1', X_SOCKET: 5, X_EVIDENCE: 'snapshot' };
    const { TCP_EVENT_TYPE: _, ...living } = connectEvent(4000, own) as { [key: string]: unknown };
    const TCP = {
      CONN_STATE: 'ESTABLISHED',
      BYTES_ACKED: 10,
      BYTES_RCVD: 20,
      SND_CWND: 10,
      DELIVERY_RATE: 1.5e6,
    };
    await sender.send('flow', { ...living, TCP });
    await sender.send('flow', { ...living, TCP: { ...TCP, BYTES_ACKED: 30, SND_CWND: 12 } });
    const { flows } = await waitFor('the flow', async () => {
      const answer = await running.flows();
      return answer.flows[0]?.bytes.sent === 30 && answer;
    });
    expect(flows).toMatchObject([
      {
        state: 'ESTABLISHED',
        client: { process: { name: 'curl', evidence: 'snapshot' } },
        tcp: { client: { congestionWindow: 12, deliveryRate: 1.5e6 } },
      },
    ]);
    const worker = { PID: 8, UID: 0, PROCESS_PATH: '/usr/bin/worker', SCRIPT: 'job.py', EXE_DELETED: 1 };
    await sender.send('flow', { ...living, X_EVENT: 'OWNER', LOCAL_PROCESS: worker, X_EVIDENCE: 'proc' });
    await sender.send('flow', {
      ...living,
      TCP_EVENT_TYPE: 'CLOSE',
      LOCAL_PROCESS: worker,
      X_REASON: 'peer reset',
      X_FAILURE: 'reset',
    });
    const closed = await waitFor('the end', async () => {
      const answer = await running.flows({ filter: 'closed reset deleted script:job.py' });
      return answer.total === 1 && answer;
    });
    expect(closed.flows[0]).toMatchObject({
      client: { process: { name: 'worker', exeDeleted: true, script: 'job.py' } },
      tcp: { failure: 'reset', reason: 'peer reset', reasonSide: 'client' },
    });
    expect((await running.flows()).total).toBe(1);
    expect((await running.interface()).events).toMatchObject({ netstat: 2, OWNER: 1, CLOSE: 1 });
    await expectBalance();
  });

  test('a status tells how the agent is', async () => {
    const sender = await running.sender();
    await sender.send('event', readFileSync(`${FIXTURES}81_event_status.json`, 'utf8'));
    const { agents } = await waitFor('the agent', async () => {
      const answer = await running.agents();
      return answer.total === 1 && answer;
    });
    expect(agents[0]!.version).not.toBeNull();
    expect(agents[0]!.clockSkewMs).toEqual(expect.any(Number));
  });

  test('a flow table that is full drops and says so', async () => {
    await running.stop();
    running = await RunningCollector.start({ maxFlows: 4 });
    const sender = await running.sender();
    for (let port = 1; port <= 40; port++) await sender.send('flow', connectEvent(port));
    await waitFor('all', async () => (await running.interface()).events.CONNECT === 40);
    const { flows, ledgers } = await running.interface();
    expect(flows.now).toBeLessThanOrEqual(flows.capacity);
    const table = ledgers.find(({ hop }) => hop === 'flow table')!;
    expect(table.dropped['table full']).toBe(40 - flows.now);
    expect((await running.health()).problems).toEqual(
      expect.arrayContaining([expect.stringMatching(/flow table is 100 % full/)]),
    );
    await expectBalance();
  });

  test('two interfaces keep their flows apart', async () => {
    await running.stop();
    running = await RunningCollector.start({
      interfaces: [zmqInterface('tcp://127.0.0.1:*c'), zmqInterface('tcp://localhost:*c')],
    });
    await (await running.sender(0)).send('flow', connectEvent(1));
    await (await running.sender(1)).send('flow', connectEvent(2));
    await waitFor('both', async () => (await running.flows()).total === 2);
    const { flows } = await running.flows({ interface: 'tcp://localhost:*c' });
    expect(flows.map(({ client }) => client.port)).toEqual([2]);
  });

  test('local networks mark addresses as local', async () => {
    const sender = await running.sender();
    await sender.send('flow', connectEvent(1, { IPV4_LOCAL_ADDR: '192.168.2.7' }));
    const { flows } = await waitFor('the flow', async () => {
      const answer = await running.flows();
      return answer.total === 1 && answer;
    });
    expect([flows[0]!.client.local, flows[0]!.server.local]).toEqual([true, false]);
  });

  test('a state directory in use by another is refused when asked for, and done without when not', async () => {
    const path = mkdtempSync(join(tmpdir(), 'packetless-shared-'));
    const first = await RunningCollector.start({ stateDirectory: { path, required: true } });
    await expect(RunningCollector.start({ stateDirectory: { path, required: true } })).rejects.toThrow(
      /-d DIR/,
    );
    const second = await RunningCollector.start({ stateDirectory: { path, required: false } });
    expect(second.log.join('')).toMatch(/in use by another collector/);
    await first.stop();
    await second.stop();
    rmSync(path, { recursive: true });
  });

  test('a port that is taken is one clear sentence', async () => {
    const taken = running.collector.listening[0]!.address;
    await expect(RunningCollector.start({ interfaces: [zmqInterface(`${taken}c`)] })).rejects.toThrow(
      /in use/i,
    );
    await expect(RunningCollector.start({ web: { host: '127.0.0.1', port: running.port } })).rejects.toThrow(
      `Another program already uses 127.0.0.1:${running.port}. End it, or serve the page elsewhere with -w`,
    );
  });
});
