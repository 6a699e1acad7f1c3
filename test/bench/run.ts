/** `pnpm bench`: first rows of the benchmarks. Ratios within this run count; absolute times are this machine's mood. */
import { flowTable } from './flow-table.js';
import { kernelOverhead } from './kernel-overhead.js';
import { collectorFlood, pipeline } from './pipeline.js';
import { printTable, type Row } from './table.js';
import { wire } from './wire.js';

const rows: Row[] = [];
if (process.getuid?.() === 0) {
  rows.push(...(await kernelOverhead()), ...(await pipeline()));
} else {
  console.log('Not root: rows that load eBPF programs are left out.');
}
rows.push(...(await wire()), await collectorFlood(), ...(await flowTable()));
printTable(rows);
