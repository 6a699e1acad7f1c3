/** The whole agent at work: what it costs its host at several rates of connections. */
import { setTimeout as pause } from 'node:timers/promises';
import { isLoss, type StatusEvent } from '@packetless/model';
import { Cleanup } from '../harness/cleanup.js';
import { BIN } from '../harness/packetless.js';
import { Program } from '../harness/program.js';
import { waitFor } from '../harness/wait.js';
import { CollectingPeer } from './collecting-peer.js';
import { Connections } from './connections.js';
import { cpuByThread, residentMegabytes } from './process-cost.js';
import { type Table, whole } from './table.js';

const RATES = [0, 1000, 10_000];
const WARM_UP_MS = 3000;
const MEASURED_MS = 10_000;

export async function agentLoad(): Promise<Table> {
  const cleanup = new Cleanup();
  try {
    const connections = Connections.prepare(cleanup);
    const peer = await CollectingPeer.start(cleanup, connections.netns);
    const agent = new Program([process.execPath, BIN.agent, '--zmq', peer.endpoint], cleanup);
    await waitFor('the agent to tell of itself', () => peer.status, 20_000);
    const rows: string[][] = [];
    for (const rate of RATES) rows.push(await atRate(rate, connections, peer, agent.pid));
    return {
      title: 'The whole agent at work',
      columns: [
        'offered',
        'made',
        'events/s',
        'bytes a message',
        'CPU of a core',
        'by thread',
        'µs an event',
        'RSS',
        'lost',
      ],
      rows,
      notes: [],
    };
  } finally {
    await cleanup.run();
  }
}

async function atRate(
  rate: number,
  connections: Connections,
  peer: CollectingPeer,
  pid: number,
): Promise<string[]> {
  const seconds = (WARM_UP_MS + MEASURED_MS) / 1000 + 1;
  const load = rate === 0 ? null : connections.rate(rate, seconds, rate > 5000 ? 2 : 1);
  await pause(WARM_UP_MS);
  const before = {
    time: performance.now(),
    threads: cpuByThread(pid),
    events: peer.events,
    bytes: peer.bytes,
    messages: peer.messages,
  };
  await pause(MEASURED_MS);
  const elapsed = performance.now() - before.time;
  const threads = cpuByThread(pid);
  const [events, messages, bytes] = [
    peer.events - before.events,
    peer.messages - before.messages,
    peer.bytes - before.bytes,
  ];
  const made = await load?.made();
  await load?.end();
  const spent = [...threads].map(([name, cpu]) => [name, cpu - (before.threads.get(name) ?? 0)] as const);
  const total = spent.reduce((sum, [, cpu]) => sum + cpu, 0);
  const share = (cpu: number) => `${((100 * cpu) / elapsed).toFixed(2)} %`;
  const byThread = spent.filter(([, cpu]) => cpu / elapsed > 0.0005).sort((a, b) => b[1] - a[1]);
  const memory = residentMegabytes(pid);
  return [
    rate === 0 ? 'nothing' : `${whole(rate)}/s`,
    made === undefined ? '0' : `${whole(made.perSecond)}/s`,
    whole(events / (elapsed / 1000)),
    messages === 0 ? '' : whole(bytes / messages),
    share(total),
    byThread.map(([name, cpu]) => `${name} ${share(cpu)}`).join(', '),
    rate === 0 ? '' : ((total * 1000) / events).toFixed(2),
    `${memory.now.toFixed(1)} MB, peak ${memory.peak.toFixed(1)} MB`,
    lostOf(peer.status),
  ];
}

/** What the agent's last account says was lost, by hop and reason. */
function lostOf(status: StatusEvent | null): string {
  const lost = (status?.ledgers ?? []).flatMap(({ hop, dropped }) =>
    Object.entries(dropped)
      .filter(([reason, count]) => count > 0 && isLoss(reason))
      .map(([reason, count]) => `${whole(count)} (${hop}: ${reason})`),
  );
  return lost.length === 0 ? 'nothing' : lost.join(', ');
}
