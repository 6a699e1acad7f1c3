/** The whole agent at work: what it costs its host at several rates of connections. */
import { setTimeout as pause } from 'node:timers/promises';
import { BIN } from '../harness/packetless.js';
import { Program } from '../harness/program.js';
import { waitFor } from '../harness/wait.js';
import { cleaningUp } from './cleaning-up.js';
import { CollectingPeer } from './collecting-peer.js';
import { Connections } from './connections.js';
import { memoryOf, share, spentDuring } from './process-cost.js';
import { type Table, whole } from './table.js';

/** Connections a second, and where their other end is. */
const LOADS = [
  { rate: 0, far: false },
  { rate: 1000, far: true },
  { rate: 1000, far: false },
  { rate: 10_000, far: false },
] as const;
/** Until V8 has compiled what is used all the time: an agent runs for months. */
const FIRST_RATE = 5000;
const FIRST_SECONDS = 8;
const WARM_UP_MS = 3000;
const MEASURED_MS = 10_000;

export async function agentLoad(): Promise<Table> {
  return cleaningUp(async (cleanup) => {
    const connections = Connections.prepare(cleanup);
    const peer = await CollectingPeer.start(cleanup, connections.netns);
    const agent = new Program([process.execPath, BIN.agent, '--zmq', peer.endpoint], cleanup);
    await waitFor('the agent to tell of itself', () => peer.status, 20_000);
    const first = connections.rate(FIRST_RATE, FIRST_SECONDS, 1);
    await first.made();
    await first.end();
    await pause(WARM_UP_MS);
    const rows: string[][] = [];
    for (const load of LOADS) rows.push(await under(load, connections, peer, agent.pid));
    return {
      title: 'The whole agent at work',
      columns: [
        'offered',
        'made',
        'events/s',
        'messages/s',
        'CPU of a core',
        'by thread',
        'µs an event',
        'RSS, PSS, peak RSS',
        'lost',
      ],
      rows,
      notes: [
        'With one end here a connection makes two events, with both ends four. The threads called node are V8’s.',
      ],
    };
  });
}

async function under(
  { rate, far }: (typeof LOADS)[number],
  connections: Connections,
  peer: CollectingPeer,
  pid: number,
): Promise<string[]> {
  const seconds = (WARM_UP_MS + MEASURED_MS) / 1000 + 1;
  const load =
    rate === 0
      ? null
      : far
        ? await connections.far(rate, seconds)
        : connections.rate(rate, seconds, rate > 5000 ? 2 : 1);
  await pause(WARM_UP_MS);
  const before = { events: peer.events, bytes: peer.bytes, messages: peer.messages };
  const { total, elapsed, threads } = await spentDuring(pid, MEASURED_MS);
  const events = peer.events - before.events;
  const messages = peer.messages - before.messages;
  const bytes = peer.bytes - before.bytes;
  const made = await load?.made();
  await load?.end();
  const byThread = [...threads].filter(([, cpu]) => cpu / elapsed > 0.0005).sort((a, b) => b[1] - a[1]);
  const memory = memoryOf(pid);
  return [
    rate === 0 ? 'nothing' : `${whole(rate)}/s, ${far ? 'one end here' : 'both ends here'}`,
    made === undefined ? '0' : `${whole(made.perSecond)}/s`,
    whole(events / (elapsed / 1000)),
    events === 0 || messages === 0
      ? ''
      : `${whole(messages / (elapsed / 1000))} of ${whole(bytes / messages)} B`,
    share(total, elapsed),
    byThread.map(([name, cpu]) => `${name} ${share(cpu, elapsed)}`).join(', '),
    rate === 0 ? '' : ((total * 1000) / events).toFixed(2),
    `${memory.resident.toFixed(0)}, ${memory.proportional.toFixed(0)}, ${memory.peak.toFixed(0)} MB`,
    peer.lost ?? 'nothing',
  ];
}
