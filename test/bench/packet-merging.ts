/** What comes behind the capture: flows as objects, observations, the collector's flow table; and the whole collector. */
import { interfacesSchema } from '@packetless/live';
import type { Cleanup } from '../harness/cleanup.js';
import { Collector } from '../harness/packetless.js';
import { waitFor } from '../harness/wait.js';
import { cleaningUp } from './cleaning-up.js';
import { compileLoad } from './load.js';
import { PACKETS, packetMixture } from './packet-mixture.js';
import { packetReader } from './packet-programs.js';
import type { PacketReading } from './packet-reader.js';
import { memoryOf, processCpuMs } from './process-cost.js';
import { byTurns, summary } from './rounds.js';
import { perSecond, type Table, whole } from './table.js';

const ROUNDS = 3;
const CONVERSATIONS = [100_000, 1_000_000];
const MOST_FLOWS = 2_000_000;
const READ_MS = 600_000;

export async function packetMerging(): Promise<Table> {
  return cleaningUp(async (cleanup) => {
    const usage = compileLoad(cleanup, 'process-usage');
    const rows: string[][] = [];
    for (const count of CONVERSATIONS) {
      const file = packetMixture(cleanup, count);
      const readings: PacketReading[][] = [[], []];
      const collected: { cpuMs: number; megabytes: number }[] = [];
      const ways = [packetReader('told', usage), packetReader('merged', usage, 'merged')];
      await byTurns(ROUNDS, [
        ...ways.map((way, at) => () => readings[at]!.push(way.read(file).reading)),
        async () => collected.push(await collect(cleanup, file)),
      ]);
      rows.push(rowOf(count, readings as [PacketReading[], PacketReading[]], collected));
    }
    return {
      title: 'Changed flows of packets, on their way into the collector’s flow table',
      columns: [
        'conversations',
        'read as objects',
        'merged, too',
        'flow table, a flow',
        'whole collector: Mpps by all its CPU',
        'RSS, peak',
      ],
      rows,
      notes: [
        `Tellings of flows by the CPU time of JavaScript’s thread, a start of Node.js not counted; median of ${ROUNDS} rounds by turns. ` +
          `The whole: \`packetless-collector -i FILE\`, ${whole(PACKETS)} packets with names, from its start to the last flow.`,
      ],
    };
  });
}

function rowOf(
  count: number,
  [told, merged]: [readonly PacketReading[], readonly PacketReading[]],
  collected: readonly { cpuMs: number; megabytes: number }[],
): string[] {
  const rate = (readings: readonly PacketReading[]) =>
    perSecond(summary(readings.map((one) => one.told / one.mainMs)).median, 1);
  const perFlow = summary(merged.map((one) => one.mergedBytes / one.mergedFlows)).median;
  const cpuMs = summary(collected.map((one) => one.cpuMs)).median;
  return [
    whole(count),
    rate(told),
    rate(merged),
    `${whole(perFlow)} B`,
    (PACKETS / cpuMs / 1e3).toFixed(2),
    `${whole(summary(collected.map((one) => one.megabytes)).median)} MB`,
  ];
}

async function collect(cleanup: Cleanup, file: string): Promise<{ cpuMs: number; megabytes: number }> {
  const collector = await Collector.start(cleanup, ['-i', file, '--max-flows', String(MOST_FLOWS)]);
  const isRead = async () => {
    const { interfaces } = interfacesSchema.parse(await collector.get('interfaces'));
    return interfaces.some(({ packets }) => packets?.finished === true);
  };
  await waitFor('the file to be read', isRead, READ_MS);
  const { user, system } = processCpuMs(collector.program.pid);
  const { peak } = memoryOf(collector.program.pid);
  await collector.program.stop();
  return { cpuMs: user + system, megabytes: peak };
}
