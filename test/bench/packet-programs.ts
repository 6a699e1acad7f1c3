/** Who reads a capture file: ours, and the programs of others that make flows of packets. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cleanup } from '../harness/cleanup.js';
import { HERE } from '../harness/root.js';
import { compileLoad, type LoadProgram } from './load.js';
import type { PacketReading } from './packet-reader.js';

/** Of a whole process, as the kernel accounts for it. */
export interface Usage {
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly residentMb: number;
}

export interface ReadOnce extends Usage {
  /** Ours only. */
  readonly reading: PacketReading | null;
}

export interface PacketProgram {
  readonly name: string;
  /** Why it is left out; null when it is here. */
  readonly missing: string | null;
  read(file: string): ReadOnce;
}

/** More than the slowest takes for five million packets on a busy machine. */
const READ_TIMEOUT_MS = 600_000;
/** As many as ours may hold, so that none ends flows for lack of room. */
const MOST_FLOWS = 2 ** 21;
const NPM_PACKAGE = 'pcap@3.1.0';

export function packetPrograms(cleanup: Cleanup): PacketProgram[] {
  const folder = mkdtempSync(join(tmpdir(), 'packetless-bench-'));
  cleanup.add(() => rmSync(folder, { recursive: true, force: true }));
  const usage = compileLoad(cleanup, 'process-usage');
  const debian = (name: string, file: string, packageName: string, args: (path: string) => string[]) => ({
    name,
    missing: existsSync(file) ? null : `${name} is not installed (apt-get install ${packageName})`,
    read: (path: string) => ({ ...run(usage, [file, ...args(path)]), reading: null }),
  });
  const scratch = (name: string) => join(folder, name);
  mkdirSync(scratch('nfcapd'));
  return [
    packetReader('Packetless', usage),
    packetReader('Packetless, names too', usage, 'names'),
    counting(cleanup, usage),
    debian('nfpcapd', '/usr/bin/nfpcapd', 'nfdump', (file) => [
      ...['-r', file, '-w', scratch('nfcapd'), '-B', String(MOST_FLOWS)],
    ]),
    // With a control socket it waits for somebody there instead of reading its file.
    debian('softflowd', '/usr/sbin/softflowd', 'softflowd', (file) => [
      ...['-d', '-6', '-r', file, '-m', String(MOST_FLOWS), '-p', scratch('pid'), '-c', 'none'],
    ]),
    debian('argus', '/usr/sbin/argus', 'argus-server', (file) => ['-X', '-r', file, '-w', '/dev/null']),
    npmMap(folder, usage),
    debian('tcpdump, copying', '/usr/bin/tcpdump', 'tcpdump', (file) => ['-r', file, '-w', '/dev/null']),
  ];
}

export interface OurProgram extends PacketProgram {
  read(file: string): Usage & { readonly reading: PacketReading };
}

/** Ours (packet-reader.ts). `usage`: the compiled process-usage.c. */
export function packetReader(name: string, usage: string, ...args: string[]): OurProgram {
  const program = join(HERE, 'dist/bench/packet-reader.js');
  return {
    name,
    missing: null,
    read: (file) => {
      const { line, ...used } = run(usage, [process.execPath, program, file, ...args]);
      return { ...used, reading: JSON.parse(line) as PacketReading };
    },
  };
}

function counting(cleanup: Cleanup, usage: string): PacketProgram {
  const program = compileLoad(cleanup, 'packet-count' satisfies LoadProgram);
  return {
    name: 'libpcap, counting',
    missing: null,
    read: (file) => ({ ...run(usage, [program, file]), reading: null }),
  };
}

/** Of npm's bindings to libpcap the one that builds with Node 20; it is installed into the benchmark's own folder. */
export function installNpmBinding(folder: string): {
  readonly module: string;
  readonly missing: string | null;
} {
  const module = join(folder, 'node_modules/pcap');
  if (!existsSync(module)) {
    console.log(`Installing npm's ${NPM_PACKAGE}, which ours is compared with …`);
    spawnSync('npm', ['install', '--no-save', '--prefix', folder, NPM_PACKAGE], { stdio: 'ignore' });
  }
  const isBuilt = existsSync(join(module, 'build/Release/pcap_binding.node'));
  return { module, missing: isBuilt ? null : `npm’s ${NPM_PACKAGE} could not be installed or built` };
}

function npmMap(folder: string, usage: string): PacketProgram {
  const { module, missing } = installNpmBinding(folder);
  const program = join(HERE, 'dist/bench/packet-map.js');
  return {
    name: 'npm pcap + Map',
    missing,
    read: (file) => ({ ...run(usage, [process.execPath, program, module, 'file', file]), reading: null }),
  };
}

/** Runs a command to its end; `line`: the last one that it printed itself. */
function run(usage: string, command: readonly string[]): Usage & { readonly line: string } {
  const output = execFileSync(usage, command, {
    encoding: 'utf8',
    timeout: READ_TIMEOUT_MS,
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 2 ** 26,
  });
  const lines = output.split('\n').filter((line) => line !== '');
  const [cpuMs, wallMs, kilobytes, status] = lines.at(-1)!.split(' ').map(Number);
  if (status !== 0) throw new Error(`${command.join(' ')} ended with status ${status}`);
  return { cpuMs: cpuMs!, wallMs: wallMs!, residentMb: (kilobytes! * 1024) / 1e6, line: lines.at(-2) ?? '' };
}
