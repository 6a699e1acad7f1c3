/**
 * Reads a capture file as flows, in a process of its own so that its memory is its own, and prints a line of JSON.
 * `node packet-reader.js FILE [names]`
 */
import { readFileSync } from 'node:fs';
import { openCapture, type PacketName } from '@packetless/capture';

export interface PacketReading {
  readonly packets: number;
  /** CPU of the capturing thread and of JavaScript's, which takes the flows as objects. */
  readonly captureMs: number;
  readonly mainMs: number;
  /** Flows: as often as they were told, and how many lived at the same time. */
  readonly told: number;
  readonly living: number;
  readonly names: number;
  /** Resident memory of the table with its index. */
  readonly tableBytes: number;
}

const MOST_FLOWS = 2 ** 21 - 2;

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

function read(file: string, withNames: boolean): void {
  const start = { process: processMs(), main: mainThreadMs() };
  let [told, names, living] = [0, 0, 0];
  const countNames = (given: readonly PacketName[]) => {
    names += given.length;
  };
  const capture = openCapture({
    source: { file },
    maxFlows: MOST_FLOWS,
    onFlows: (flows) => {
      told += flows.length;
      living = Math.max(living, capture.account().flows.living);
    },
    ...(withNames ? { onNames: countNames } : {}),
    onEnd: (error) => {
      if (error !== null) throw error;
      const mainMs = mainThreadMs() - start.main;
      const captureMs = processMs() - start.process - mainMs;
      const packets = capture.account().received;
      const reading: PacketReading = {
        packets,
        captureMs,
        mainMs,
        told,
        living,
        names,
        tableBytes: tableBytes(),
      };
      console.log(JSON.stringify(reading));
    },
  });
}

read(process.argv[2]!, process.argv[3] === 'names');
