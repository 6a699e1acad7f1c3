/** `packetless-collector read`: the conversations of capture files, printed. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { CaptureError } from '@packetless/capture';
import type { FlowSort } from '@packetless/live';
import { inert, inertJson, painter, wantsColour } from '@packetless/terminal';
import { type FlowTable, MAX_SPAN_MS } from '../flows/flow-table.js';
import { compileQuery, runQuery } from '../flows/query.js';
import { PacketInput } from '../input/packet-input.js';
import { Interface } from '../interfaces/interface.js';
import { LocalNetworks } from '../interfaces/local-networks.js';
import { createLog } from '../log.js';
import { StartError } from '../start-error.js';
import type { ReadOptions } from './options.js';
import { flowLine, HEADER } from './text.js';

export interface Outputs {
  readonly out: Writable & { isTTY?: boolean };
  readonly error: Writable;
}

interface ReadFile {
  readonly interface: Interface;
  readonly input: PacketInput;
  /** Why it could not be read, or not to its end; null: it was. */
  failure: string | null;
}

/** Gives the exit status: 1 when a file could not be read whole. */
export async function readFiles(options: ReadOptions, { out, error }: Outputs): Promise<number> {
  const files: ReadFile[] = [];
  // One after the other: each needs a core of its own.
  for (const file of options.files) files.push(await readFile(file, options));
  await print(files, options, out);
  for (const file of files) error.write(`${accountOf(file)}\n`);
  return files.some(({ failure }) => failure !== null) ? 1 : 0;
}

async function readFile(file: string, options: ReadOptions): Promise<ReadFile> {
  const localNetworks = new LocalNetworks(options.localNetworks);
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const input = new PacketInput({
    interfaceName: file,
    source: { file },
    packets: options.packets,
    maxFlows: options.maxFlows,
    log: createLog('silent'),
    deliver: (observation) => self.observe(observation),
    onFinished: () => finish(),
  });
  const self = new Interface(file, input, {
    capacity: options.maxFlows,
    isLocal: (bytes, offset) => localNetworks.isLocal(bytes, offset),
    aliasOf: (bytes, offset) => localNetworks.aliasOf(bytes, offset),
    hostnames: input.hostnames,
    idleMs: MAX_SPAN_MS,
    endedMs: MAX_SPAN_MS,
  });
  const read: ReadFile = { interface: self, input, failure: null };
  try {
    await input.start();
    await finished;
    read.failure = input.problems.join(' ') || null;
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    read.failure = error.cause instanceof CaptureError ? error.cause.message : error.message;
  } finally {
    await input.close();
  }
  return read;
}

async function print(files: readonly ReadFile[], options: ReadOptions, out: Writable & { isTTY?: boolean }) {
  const tables = files.map((file) => file.interface.table);
  const { sort, limit, filter, format } = options;
  const rows = rowsOf(tables, { sort, ...(filter === null ? {} : { filter }) }, limit);
  const paint = painter(wantsColour(out, process.env));
  const begins = new Map(tables.map((table) => [table.interfaceName, beginOf(table)]));
  let isOpen = true;
  // Whoever reads has seen enough: head(1).
  out.on('error', () => {
    isOpen = false;
  });
  const write = async (line: string) => {
    if (!out.write(`${line}\n`)) await once(out, 'drain').catch(() => {});
  };
  if (format === 'text' && rows.length > 0) await write(paint('dim', HEADER));
  for (const row of rows) {
    if (!isOpen) return;
    const flow = row.toFlow();
    const isJson = format === 'json';
    await write(
      isJson ? inertJson(JSON.stringify(flow)) : flowLine(flow, begins.get(flow.interface)!, paint),
    );
  }
}

/** `limit` null: all. Throws a FilterError when the filter takes too long. */
function rowsOf(
  tables: readonly FlowTable[],
  query: { sort: FlowSort; filter?: string },
  limit: number | null,
) {
  const all = tables.reduce((sum, { size }) => sum + size, 0);
  return runQuery(tables, compileQuery({ ...query, limit: limit ?? all, offset: 0 })).rows;
}

/** When the first packet of a file was captured, epoch milliseconds. */
function beginOf(table: FlowTable): number {
  return rowsOf([table], { sort: 'firstSeen' }, 1)[0]?.toFlow().firstSeen ?? 0;
}

/** What became of a file, in one line. */
function accountOf({ interface: { name, table }, input, failure }: ReadFile): string {
  const received = input.account()?.received ?? 0;
  const parts = [`${count(received, 'packet')}, ${count(table.size, 'conversation')}`];
  for (const { hop, dropped } of [...input.ledgers(), table.ledger.snapshot()]) {
    for (const [reason, number] of Object.entries(dropped)) parts.push(`${hop}: ${number} ${reason}`);
  }
  if (failure !== null) parts.push(failure);
  return inert(`${name}: ${parts.join('; ')}`);
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
