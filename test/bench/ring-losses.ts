/** Where the kernel's ring begins to lose records, and whether every lost one is counted. */
import { setTimeout as pause } from 'node:timers/promises';
import { type KernelAccount, type KernelRecord, openIntrospection } from '@packetless/introspection';
import { waitFor } from '../harness/wait.js';
import { cleaningUp } from './cleaning-up.js';
import { Connections } from './connections.js';
import { type Table, whole } from './table.js';

const KIB = 1024;
const RINGS = [16 * KIB, 64 * KIB, 4096 * KIB] as const;
/** Connections a second; 0: as many as the machine makes. */
const RATES = [2000, 8000, 16_000, 0] as const;
const SECONDS = 3;
const PROCESSES = 2;
/** JavaScript that is busy this long at a time, as in a long garbage collection or a stopped process. */
const STALL_MS = 1500;
/** Records of a connection whose ends are both on this host: CONNECT, ACCEPT and a CLOSE of each end. */
const RECORDS_PER_CONNECTION = 4;
const FLOW_KINDS: ReadonlySet<KernelRecord['kind']> = new Set(['connect', 'accept', 'close']);
const SETTLE_MS = 300;

export async function ringLosses(): Promise<Table> {
  return cleaningUp(async (cleanup) => {
    const connections = Connections.prepare(cleanup);
    const rows: string[][] = [];
    for (const ringBytes of RINGS) {
      for (const rate of RATES) rows.push(await lossesAt(ringBytes, rate, 0, connections));
    }
    rows.push(await lossesAt(RINGS[2], 0, STALL_MS, connections));
    return {
      title: 'Where the ring begins to lose, and whether every loss is counted',
      columns: [
        'ring',
        'offered',
        'made',
        'records due',
        'told',
        'dropped, counted',
        'told + dropped − due',
        'produced = delivered + dropped + buffered',
      ],
      rows,
      notes: [
        `Due: ${RECORDS_PER_CONNECTION} a connection, by the number that the load made. Told: records about its sockets. Dropped: of ` +
          'all records of the machine, so on a busy one more may be dropped than were due. ' +
          `Both ends in ${PROCESSES} processes, ${SECONDS} s a row. Stalled: JavaScript does nothing for ${STALL_MS} ms at a time.`,
      ],
    };
  });
}

async function lossesAt(
  ringBytes: number,
  rate: number,
  stallMs: number,
  connections: Connections,
): Promise<string[]> {
  const { netns } = connections;
  let told = 0;
  const introspection = openIntrospection({
    ringBytes,
    // No look at all sockets meanwhile: only what happens counts here.
    sweepIntervalMs: 3_600_000,
    onRecords: (records) => {
      for (const record of records) {
        if (FLOW_KINDS.has(record.kind) && 'netns' in record && record.netns === netns) told += 1;
      }
    },
  });
  try {
    await pause(SETTLE_MS);
    const before = introspection.account();
    const load = connections.rate(rate, SECONDS, PROCESSES);
    const made = load.made();
    const stalls = stallMs === 0 ? null : setInterval(() => busy(stallMs), stallMs * 1.1);
    const { connections: count, perSecond } = await made;
    if (stalls !== null) clearInterval(stalls);
    const after = await settled(() => introspection.account());
    await load.end();
    const due = count * RECORDS_PER_CONNECTION;
    const dropped = sum(after) - sum(before);
    const balance = after.produced - after.delivered - sum(after) - after.buffered;
    return [
      `${whole(ringBytes / KIB)} KiB${stallMs === 0 ? '' : ', stalled'}`,
      rate === 0 ? 'all it can' : `${whole(rate)}/s`,
      `${whole(perSecond)}/s`,
      whole(due),
      whole(told),
      whole(dropped),
      whole(told + dropped - due),
      balance === 0 && after.buffered === 0 ? 'yes' : `no: ${balance}, ${after.buffered} buffered`,
    ];
  } finally {
    introspection.close();
  }
}

function sum(account: KernelAccount): number {
  return Object.values(account.dropped).reduce((total, count) => total + count, 0);
}

/** The account when nothing is on its way any more. */
async function settled(account: () => KernelAccount): Promise<KernelAccount> {
  let last = account();
  return waitFor('the last record', async () => {
    await pause(SETTLE_MS);
    const now = account();
    const still = now.produced === last.produced && now.buffered === 0;
    last = now;
    return still ? now : null;
  });
}

function busy(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}
