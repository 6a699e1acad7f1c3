/**
 * Packets of a file → flows, ours beside others. Each program has a process of its own and reads the same file, which is in
 * the page cache; all of them by turns, and the median of the rounds counts.
 */
import { cleaningUp } from './cleaning-up.js';
import { PACKETS, packetMixture } from './packet-mixture.js';
import { type PacketProgram, packetPrograms, type ReadOnce } from './packet-programs.js';
import { byTurns, summary } from './rounds.js';
import { type Table, whole } from './table.js';

const ROUNDS = 3;
const CONVERSATIONS = [
  { count: 100_000, goal: '≥ 6 Mpps' },
  { count: 1_000_000, goal: '≥ 4 Mpps' },
];

export async function packetFiles(): Promise<Table> {
  return cleaningUp(async (cleanup) => {
    const programs = packetPrograms(cleanup);
    const here = programs.filter(({ missing }) => missing === null);
    const rows: string[][] = [];
    for (const { count, goal } of CONVERSATIONS) {
      const taken = await read(here, packetMixture(cleanup, count));
      rows.push(...rowsOf(count, goal, taken));
    }
    return {
      title: `${whole(PACKETS)} packets of a file, as flows`,
      columns: [
        'conversations',
        'program',
        'Mpps a core',
        'CPU',
        'on the clock',
        'RSS, peak',
        'time',
        'goal',
      ],
      rows,
      notes: [
        'Conversations at the same time; test/bench/packet-mixture.c says what they are like. Median of ' +
          `${ROUNDS} rounds by turns. Mpps a core: packets by the CPU time of the whole process; of “capture thread” by that of ` +
          'the thread that decodes, keeps the table, expires and puts batches of changed flows together. “Time”: beside the capture thread’s.',
        ...programs.flatMap(({ missing }) => (missing === null ? [] : [`Left out: ${missing}.`])),
      ],
    };
  });
}

/** Every reading of each program. */
async function read(programs: readonly PacketProgram[], file: string): Promise<Map<string, ReadOnce[]>> {
  const taken = new Map<string, ReadOnce[]>(programs.map(({ name }) => [name, []]));
  const ways = programs.map((program) => () => {
    const once = program.read(file);
    taken.get(program.name)!.push(once);
    return once.cpuMs;
  });
  await byTurns(ROUNDS, ways);
  return taken;
}

function rowsOf(count: number, goal: string, taken: ReadonlyMap<string, readonly ReadOnce[]>): string[][] {
  const median = (readings: readonly ReadOnce[], value: (once: ReadOnce) => number) =>
    summary(readings.map(value)).median;
  const captureMs = median(taken.get('Packetless')!, ({ reading }) => reading!.captureMs);
  const row = (name: string, cpuMs: number, wall: string, memory: string, aim: string) => [
    whole(count),
    name,
    (PACKETS / cpuMs / 1e3).toFixed(2),
    `${whole(cpuMs)} ms`,
    wall,
    memory,
    `×${(cpuMs / captureMs).toFixed(1)}`,
    aim,
  ];
  return [...taken].flatMap(([name, readings]) => {
    const wall = `${whole(median(readings, ({ wallMs }) => wallMs))} ms`;
    const memory = `${whole(median(readings, ({ residentMb }) => residentMb))} MB`;
    const process = row(
      name,
      median(readings, ({ cpuMs }) => cpuMs),
      wall,
      memory,
      name === 'nfpcapd' ? '≥ ×10' : '',
    );
    if (readings[0]!.reading === null) return [process];
    const perFlow = median(readings, ({ reading }) => reading!.tableBytes / reading!.living);
    const table = `table ${whole(perFlow)} B a flow, ≤ 200`;
    const capturing = median(readings, ({ reading }) => reading!.captureMs);
    return [row(`${name}: capture thread`, capturing, '', table, goal), process];
  });
}
