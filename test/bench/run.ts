/**
 * `pnpm bench [--markdown] [name …]`: all benchmarks, or those named; with --markdown into docs/performance.md, too.
 * Ratios within one run count; absolute times are a machine's mood.
 */
import { agentLoad } from './agent-load.js';
import { cleanUpWhenInterrupted } from './cleaning-up.js';
import { containerGroups } from './container-groups.js';
import { existingSockets } from './existing-sockets.js';
import { flowTable } from './flow-table.js';
import { kernelOverhead } from './kernel-overhead.js';
import { kernelPrograms } from './kernel-programs.js';
import { packetFiles } from './packet-files.js';
import { packetLive } from './packet-live.js';
import { packetMerging } from './packet-merging.js';
import { peers } from './peers.js';
import { collectorFlood, pipeline } from './pipeline.js';
import { record } from './results.js';
import { ringLosses } from './ring-losses.js';
import { format, type Table } from './table.js';
import { translations } from './translations.js';
import { wire } from './wire.js';

interface Benchmark {
  readonly name: string;
  readonly what: string;
  readonly needsRoot: boolean;
  readonly run: () => Promise<Table>;
}

const MARKDOWN = '--markdown';

const BENCHMARKS: readonly Benchmark[] = [
  { name: 'overhead', what: 'what is watched, with and without', needsRoot: true, run: kernelOverhead },
  { name: 'kernel-programs', what: 'calls and time of each program', needsRoot: true, run: kernelPrograms },
  { name: 'agent', what: 'the whole agent at several rates', needsRoot: true, run: agentLoad },
  { name: 'sockets', what: '50,000 sockets older than the agent', needsRoot: true, run: existingSockets },
  { name: 'ring', what: 'where the ring loses, and whether it is counted', needsRoot: true, run: ringLosses },
  { name: 'peers', what: 'bpftrace and tcplife beside ours', needsRoot: true, run: peers },
  { name: 'pipeline', what: 'a burst, kernel to flow table', needsRoot: true, run: pipeline },
  { name: 'wire', what: 'encoding and decoding', needsRoot: false, run: wire },
  { name: 'collector', what: 'the collector, flooded', needsRoot: false, run: collectorFlood },
  { name: 'flow-table', what: 'updates and memory', needsRoot: false, run: flowTable },
  {
    name: 'packet-files',
    what: 'packets of a file as flows, beside others',
    needsRoot: false,
    run: packetFiles,
  },
  {
    name: 'packet-merging',
    what: 'flows of packets into the flow table',
    needsRoot: false,
    run: packetMerging,
  },
  {
    name: 'packet-live',
    what: 'a million packets a second on an interface',
    needsRoot: true,
    run: packetLive,
  },
  { name: 'containers', what: 'updates and counting', needsRoot: false, run: containerGroups },
  { name: 'translations', what: 'flows with other addresses (NAT)', needsRoot: false, run: translations },
];

async function main(words: readonly string[]): Promise<void> {
  const names = words.filter((word) => word !== MARKDOWN && word !== '--');
  const unknown = names.filter((name) => !BENCHMARKS.some((benchmark) => benchmark.name === name));
  if (unknown.length > 0) {
    console.error(`usage: pnpm bench [--markdown] [name …]\nNo benchmark ${unknown.join(', ')}. There are:`);
    for (const { name, what } of BENCHMARKS) console.error(`  ${name.padEnd(16)} ${what}`);
    process.exitCode = 2;
    return;
  }
  const isRoot = process.getuid?.() === 0;
  for (const { name, needsRoot, run } of BENCHMARKS) {
    if (names.length > 0 && !names.includes(name)) continue;
    if (needsRoot && !isRoot) console.log(`${name} needs root, since it loads eBPF programs; left out.\n`);
    else await show(name, run, words.includes(MARKDOWN));
  }
}

/** One that fails does not keep the others from running. */
async function show(name: string, run: Benchmark['run'], recorded: boolean): Promise<void> {
  try {
    const table = format(await run());
    console.log(`${table}\n`);
    if (recorded) record(name, table);
  } catch (error) {
    console.error(`${name} failed:`, error);
    process.exitCode = 1;
  }
}

cleanUpWhenInterrupted();

await main(process.argv.slice(2));
