/**
 * Reads a capture file as flows, in a process of its own so that its memory is its own, and prints a line of JSON.
 * `node packet-reader.js FILE [names|merged]`; merged: into a flow table of the collector's.
 */
import { readFileSync } from 'node:fs';
import { openCapture, type PacketFlow, type PacketName } from '@packetless/capture';
import { FlowTable, type PacketOrigin, packetObservation, ToldTotals } from '@packetless/collector/flows';

export interface PacketReading {
  readonly packets: number;
  /** CPU of the capturing thread and of JavaScript's, which takes the flows as objects. */
  readonly captureMs: number;
  readonly mainMs: number;
  /** Flows: as often as they were told, and how many lived at the same time. */
  readonly told: number;
  readonly living: number;
  readonly names: number;
  /** Resident memory of the capture's table with its index. */
  readonly tableBytes: number;
  /** Of the collector's flow table, as it accounts for it, and its flows; 0 without one. */
  readonly mergedBytes: number;
  readonly mergedFlows: number;
}

const MOST_FLOWS = 2 ** 21 - 2;
/** Between two looks at how many flows live; each call is of some 32. */
const CALLS_BETWEEN = 256;

function mainThreadMs(): number {
  return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
}

function processMs(): number {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  return (userCPUTime + systemCPUTime) / 1e3;
}

/** The table's mappings are the only ones that large pages were asked for (proc(5) smaps, VmFlags hg). */
function tableBytes(): number {
  let [resident, sum] = [0, 0];
  for (const line of readFileSync('/proc/self/smaps', 'utf8').split('\n')) {
    const [key, ...values] = line.split(/\s+/);
    if (key === 'Rss:') resident = Number(values[0]) * 1024;
    if (key === 'VmFlags:' && values.includes('hg')) sum += resident;
  }
  return sum;
}

function createTable(): FlowTable {
  return new FlowTable({
    interfaceName: 'bench',
    capacity: MOST_FLOWS,
    isLocal: () => false,
    idleMs: 3_600_000,
    endedMs: 3_600_000,
  });
}

/** As the collector does it (apps/collector/src/input/packet-input.ts). */
function mergingInto(table: FlowTable): (flows: readonly PacketFlow[]) => void {
  const totals = new ToldTotals();
  const origin: PacketOrigin = {
    witness: { kind: 'packets', name: 'bench', id: 'bench' },
    interfaceName: null,
    location: null,
  };
  return (flows) => {
    for (const flow of flows) table.apply(packetObservation(flow, totals.take(flow), {}, origin));
  };
}

function read(file: string, mode: string | undefined): void {
  const start = { process: processMs(), main: mainThreadMs() };
  let [calls, told, names, living] = [0, 0, 0, 0];
  const countNames = (given: readonly PacketName[]) => {
    names += given.length;
  };
  const table = mode === 'merged' ? createTable() : null;
  const merge = table === null ? null : mergingInto(table);
  const capture = openCapture({
    source: { file },
    maxFlows: MOST_FLOWS,
    onFlows: (flows) => {
      told += flows.length;
      if (calls++ % CALLS_BETWEEN === 0) living = Math.max(living, capture.account().flows.living);
      merge?.(flows);
    },
    ...(mode === 'names' ? { onNames: countNames } : {}),
    onEnd: (error) => {
      if (error !== null) throw error;
      const mainMs = mainThreadMs() - start.main;
      const reading: PacketReading = {
        packets: capture.account().received,
        captureMs: processMs() - start.process - mainMs,
        mainMs,
        told,
        living,
        names,
        tableBytes: tableBytes(),
        mergedBytes: table?.retainedBytes() ?? 0,
        mergedFlows: table?.size ?? 0,
      };
      console.log(JSON.stringify(reading));
    },
  });
}

read(process.argv[2]!, process.argv[3]);
