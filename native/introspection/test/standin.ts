/** A library that stands in for ntop's libebpfflow, compiled by the test, and events as that library lays them out. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCE = join(dirname(fileURLToPath(import.meta.url)), 'standin_libebpfflow.c');

export class StandIn {
  readonly #directory = mkdtempSync(join(tmpdir(), 'standin-'));
  readonly path = join(this.#directory, 'libebpfflow.so');

  /** `script`: lines that it performs; see standin_libebpfflow.c. `flags`: of a variant. */
  constructor(script: readonly string[] = [], flags: readonly string[] = []) {
    const args = ['-O1', '-shared', '-fPIC', '-fvisibility=hidden', ...flags, '-o', this.path, SOURCE];
    const compiled = spawnSync('gcc', args, { encoding: 'utf8' });
    if (compiled.status !== 0) throw new Error(`${SOURCE} cannot be compiled: ${compiled.stderr}`);
    writeFileSync(`${this.path}.script`, script.map((line) => `${line}\n`).join(''));
  }

  /** Performs further lines. */
  perform(...lines: readonly string[]): void {
    appendFileSync(`${this.path}.script`, lines.map((line) => `${line}\n`).join(''));
  }

  tell(...events: readonly EventFields[]): void {
    this.perform(...events.map((event) => `event ${eventBytes(event).toString('hex')}`));
  }

  get isTerminated(): boolean {
    return existsSync(`${this.path}.terminated`);
  }

  get polls(): number | null {
    const file = `${this.path}.polls`;
    return existsSync(file) ? Number(readFileSync(file, 'utf8')) : null;
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true });
  }
}

export const EVENT_BYTES = 288;

export const ETYPE = {
  accept: 100,
  connect: 101,
  retransmit: 200,
  receive: 210,
  send: 211,
  close: 300,
  failed: 500,
} as const;

/** As the library means them: it calls the thread `pid` and the process `tid`. */
export interface TaskFields {
  readonly pid: number;
  readonly tid: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly comm: string;
}

export interface EventFields {
  readonly type: number;
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
  /** Bytes of the addresses as they lie there, instead of the two texts. */
  readonly addresses?: Buffer;
  readonly version?: number;
  readonly protocol?: number;
  readonly sent?: boolean;
  /** Nanoseconds of CLOCK_MONOTONIC; default: now. */
  readonly time?: bigint;
  readonly interfaceName?: string;
  readonly latencyUs?: number;
  readonly retransmissions?: number;
  readonly process?: TaskFields;
  readonly parent?: TaskFields;
}

/** One event, written from the published layout by hand. */
export function eventBytes(event: EventFields): Buffer {
  const bytes = Buffer.alloc(EVENT_BYTES);
  const version = event.version ?? (isIPv4(event.source) ? 4 : 6);
  const isUdp = event.type === ETYPE.send || event.type === ETYPE.receive;
  bytes.writeBigUInt64LE(event.time ?? process.hrtime.bigint(), 0);
  bytes.write(event.interfaceName ?? 'lo', 8, 16, 'latin1');
  bytes.writeUInt8(version, 40);
  bytes.writeUInt8((event.sent ?? event.type !== ETYPE.receive) ? 1 : 0, 41);
  bytes.writeUInt16LE(event.type, 42);
  if (event.addresses !== undefined) event.addresses.copy(bytes, 48);
  else if (version === 4) {
    ipv4Bytes(event.source).copy(bytes, 48);
    ipv4Bytes(event.destination).copy(bytes, 56);
  } else {
    ipv6Bytes(event.source).copy(bytes, 48);
    ipv6Bytes(event.destination).copy(bytes, 64);
  }
  bytes.writeUInt8(event.protocol ?? (isUdp ? 17 : 6), 80);
  bytes.writeUInt16LE(event.sourcePort, 82);
  bytes.writeUInt16LE(event.destinationPort, 84);
  bytes.writeUInt32LE(event.latencyUs ?? 0, 88);
  bytes.writeUInt16LE(event.retransmissions ?? 0, 92);
  writeTask(bytes, 96, event.process);
  writeTask(bytes, 144, event.parent);
  // What nobody may read: not a text, not pointers.
  bytes.fill(0xff, 192);
  return bytes;
}

function writeTask(bytes: Buffer, at: number, task: TaskFields | undefined): void {
  if (task === undefined) return;
  bytes.writeUInt32LE(task.pid, at);
  bytes.writeUInt32LE(task.tid, at + 4);
  bytes.writeUInt32LE(task.uid ?? 0, at + 8);
  bytes.writeUInt32LE(task.gid ?? 0, at + 12);
  bytes.write(task.comm, at + 16, 16, 'latin1');
  bytes.fill(0xff, at + 32, at + 48);
}

export function ipv4Bytes(text: string): Buffer {
  return Buffer.from(text.split('.').map(Number));
}

/** Of the short forms that the tests use: `::1`, `fd77::2`, `::ffff:10.0.0.1`. */
export function ipv6Bytes(text: string): Buffer {
  const bytes = Buffer.alloc(16);
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(text)?.[1];
  if (mapped !== undefined) {
    bytes.writeUInt16BE(0xffff, 10);
    ipv4Bytes(mapped).copy(bytes, 12);
    return bytes;
  }
  const [front = '', back = ''] = text.split('::');
  const words = (part: string) => part.split(':').filter((word) => word !== '');
  for (const [i, word] of words(front).entries()) bytes.writeUInt16BE(Number.parseInt(word, 16), 2 * i);
  const tail = words(back);
  for (const [i, word] of tail.entries()) {
    bytes.writeUInt16BE(Number.parseInt(word, 16), 16 - 2 * (tail.length - i));
  }
  return bytes;
}
