/** Very many very short processes: every one named, none wrongly, and every hop's account balances. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Flow, isLoss } from '@packetless/model';
import { Cleanup } from '../harness/cleanup.js';
import { Collector, startAgent } from '../harness/packetless.js';
import { describeAsRoot } from '../harness/privilege.js';
import { type Server, Traffic } from '../harness/traffic.js';
import { waitFor } from '../harness/wait.js';

const COUNT = 1000;

describeAsRoot('1,000 one-shot processes', () => {
  const cleanup = new Cleanup();
  let collector: Collector;
  let traffic: Traffic;
  let server: Server;

  beforeAll(async () => {
    traffic = new Traffic(cleanup);
    collector = await Collector.start(cleanup);
    await startAgent(cleanup, collector);
    server = await traffic.serve('tcp', '127.0.0.1');
  });
  afterAll(() => cleanup.run());

  test('making one connection each are all named, none wrongly', async () => {
    const calls = await traffic.burst('127.0.0.1', server.port, COUNT);
    expect(calls).toHaveLength(COUNT);

    const filter = `serverport:${server.port}`;
    await waitFor(
      'all flows to have ended',
      async () => {
        const { total } = await collector.flows({ filter: `${filter} and closed`, limit: '0' });
        return total >= COUNT;
      },
      20_000,
    );
    const { total, flows } = await collector.flows({ filter });
    expect(total).toBe(COUNT);

    const byPort = new Map(flows.map((flow) => [flow.client.port, flow]));
    const wrong = calls.filter((call) => {
      const flow: Flow | undefined = byPort.get(call.port);
      const client = flow?.client.process;
      return (
        client?.pid !== call.pid ||
        client.exe !== traffic.exe ||
        client.user !== 'root' ||
        client.parent?.exe !== traffic.exe ||
        flow?.server.process?.pid !== server.program.pid ||
        flow.bytes.sent !== 1 ||
        flow.bytes.received !== 1
      );
    });
    expect(wrong).toEqual([]);
    // Each process had a command line of its own.
    const tokens = new Set(flows.map((flow) => /token-\d+$/.exec(flow.client.process?.cmdline ?? '')?.[0]));
    expect(tokens.size).toBe(COUNT);
  });

  test('leave accounts that balance from the kernel to the table, with nothing dropped', async () => {
    const { agents } = await collector.agents();
    expect(agents).toHaveLength(1);
    const { ledgers: ofCollector } = await collector.health();
    for (const ledger of [...agents[0]!.ledgers, ...ofCollector]) {
      const dropped = Object.entries(ledger.dropped).filter(([, count]) => count > 0);
      const sum = dropped.reduce((total, [, count]) => total + count, 0);
      expect({ ...ledger, seen: ledger.delivered + sum + ledger.inFlight }).toEqual(ledger);
      // Other processes of this machine may be gone when they are looked up; on the way of events nothing drops.
      const lost = ledger.hop === 'proc look-ups' ? dropped.filter(([reason]) => isLoss(reason)) : dropped;
      expect({ hop: ledger.hop, lost }).toEqual({ hop: ledger.hop, lost: [] });
    }
    expect(agents[0]!.missed).toBe(0);
  });
});
