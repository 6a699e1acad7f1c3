/** The nearest programs of others beside ours: what they cost those they watch, and themselves. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Cleanup } from '../harness/cleanup.js';
import { waitFor } from '../harness/wait.js';
import { cleaningUp } from './cleaning-up.js';
import { Connections } from './connections.js';
import { compileLoad, LOAD_TIMEOUT_MS } from './load.js';
import { memoryOf, share, spentDuring } from './process-cost.js';
import { byTurns, ratios } from './rounds.js';
import { type Table, whole } from './table.js';
import { WATCHERS, type Watcher, type Watching } from './watchers.js';

const ROUNDS = 7;
const CONNECTS = 4000;
const RATES = [1000, 10_000] as const;
const WARM_UP_MS = 2000;
const MEASURED_MS = 6000;
const READY_MS = 20_000;

const PACKAGES = [
  { name: 'bpftrace', file: '/usr/bin/bpftrace' },
  { name: 'libbpf-tools', file: '/usr/sbin/tcplife' },
];

export async function peers(): Promise<Table> {
  install();
  return cleaningUp(async (cleanup) => {
    const connections = Connections.prepare(cleanup);
    const load = compileLoad(cleanup, 'load');
    const bare = () =>
      Number(
        execFileSync(load, ['connect', String(CONNECTS)], { encoding: 'utf8', timeout: LOAD_TIMEOUT_MS }),
      );
    const watched = WATCHERS.map((watcher) => async () => {
      const watching = await ready(watcher, cleanup, connections);
      try {
        return bare();
      } finally {
        await watching.stop();
      }
    });
    const [none, ...each] = await byTurns(ROUNDS, [bare, ...watched]);
    const rows: string[][] = [];
    for (const [index, watcher] of WATCHERS.entries()) {
      const ratio = ratios(none!, each[index]!);
      const overhead = `×${ratio.median.toFixed(2)} (×${ratio.low.toFixed(2)} … ×${ratio.high.toFixed(2)})`;
      rows.push([watcher.name, overhead, ...(await atRates(watcher, cleanup, connections))]);
    }
    return {
      title: 'The nearest programs of others',
      columns: [
        'program',
        'connect + accept + close',
        ...RATES.flatMap((rate) => [`CPU at ${whole(rate)}/s`, 'events told of those due']),
        'RSS, peak',
        'lost, by its own account',
      ],
      rows,
      notes: [
        `First column: CPU time of the working process, watched to unwatched, median (95 %) of ${ROUNDS} rounds by turns. ` +
          'What they tell differs: ours has executable, arguments, user, parent, namespace and the account of losses; the ' +
          'script and tcplife have a 15-character name, and the script none for who accepted. All print into a pipe or send to a subscriber ' +
          'that counts. Programs of bcc proper compile against kernel headers or attach kprobes, which this machine has not.',
      ],
    };
  });
}

/** Debian's packages, where they are not there yet. */
function install(): void {
  const missing = PACKAGES.filter(({ file }) => !existsSync(file)).map(({ name }) => name);
  if (missing.length === 0) return;
  console.log(`Installing ${missing.join(' and ')} (apt-get), which ours are compared with …`);
  const { status, stderr, error } = spawnSync(
    'apt-get',
    ['install', '-y', '--no-install-recommends', ...missing],
    {
      encoding: 'utf8',
    },
  );
  if (status === 0) return;
  throw new Error(
    `The peers are not here and apt-get cannot install them: ${error?.message ?? stderr.trim().split('\n').at(-1)}. ` +
      `Install ${missing.join(' and ')} by hand, or leave out "peers".`,
  );
}

/** Started, and seen to tell of a connection. */
async function ready(watcher: Watcher, cleanup: Cleanup, connections: Connections): Promise<Watching> {
  const watching = await watcher.start(cleanup, connections.netns);
  await waitFor(
    `${watcher.name} to tell something`,
    async () => {
      const load = connections.rate(20, 0.2, 1);
      await load.made();
      await load.end();
      return watching.events() > 0;
    },
    READY_MS,
  );
  return watching;
}

async function atRates(watcher: Watcher, cleanup: Cleanup, connections: Connections): Promise<string[]> {
  const watching = await ready(watcher, cleanup, connections);
  const cells: string[] = [];
  for (const rate of RATES) {
    const before = watching.events();
    const load = connections.rate(rate, (WARM_UP_MS + MEASURED_MS) / 1000 + 0.5, 1);
    await pause(WARM_UP_MS);
    const spent = await spentDuring(watching.pid, MEASURED_MS);
    const { connections: made } = await load.made();
    await load.end();
    await pause(WARM_UP_MS);
    const told = watching.events() - before;
    const due = made * watcher.eventsPerConnection;
    cells.push(share(spent.total, spent.elapsed), `${((100 * told) / due).toFixed(1)} %`);
  }
  const { peak } = memoryOf(watching.pid);
  await watching.stop();
  return [...cells, `${peak.toFixed(0)} MB`, watching.lost() ?? 'nothing'];
}
