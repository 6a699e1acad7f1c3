/** Who captures on an interface: ours, and programs of others that make flows of packets. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Cleanup } from '../harness/cleanup.js';
import { HERE } from '../harness/root.js';
import { Helper } from './helper.js';
import type { LiveReading } from './packet-live-reader.js';
import { installNpmBinding } from './packet-programs.js';

/** What a program says of itself at the end. */
export interface Heard {
  readonly packets: number;
  readonly dropped: number;
}

export interface Listener {
  readonly name: string;
  /** Why it is left out; null when it is here. */
  readonly missing: string | null;
  /** Resolves when it captures. `place`: what its command begins with, so that it runs in the interface's namespace. */
  start(place: readonly string[], device: string): Promise<Listening>;
}

export interface Listening {
  readonly pid: number;
  end(): Promise<Heard>;
}

const READY_MS = 20_000;
const SOFTFLOWD = '/usr/sbin/softflowd';

export function listeners(cleanup: Cleanup): Listener[] {
  const folder = mkdtempSync(join(tmpdir(), 'packetless-bench-'));
  cleanup.add(() => rmSync(folder, { recursive: true, force: true }));
  const { module, missing } = installNpmBinding(folder);
  const node = (script: string, ...args: string[]) => [
    process.execPath,
    join(HERE, 'dist/bench', script),
    ...args,
  ];
  return [
    {
      name: 'Packetless',
      missing: null,
      start: (place, device) =>
        program(cleanup, [...place, ...node('packet-live-reader.js', device)], (line) => {
          const { received, dropped } = JSON.parse(line) as LiveReading;
          return { packets: received, dropped };
        }),
    },
    {
      name: 'npm pcap + Map',
      missing,
      start: (place, device) =>
        program(cleanup, [...place, ...node('packet-map.js', module, 'live', device)], (line) => {
          const [packets, dropped] = line.split(' ').map(Number);
          return { packets: packets!, dropped: dropped! };
        }),
    },
    {
      name: 'softflowd',
      missing: existsSync(SOFTFLOWD) ? null : 'softflowd is not installed (apt-get install softflowd)',
      start: (place, device) => softflowd(cleanup, place, device, folder),
    },
  ];
}

/** One that says "ready", and at the end of its input what it heard. */
async function program(
  cleanup: Cleanup,
  command: readonly string[],
  heard: (line: string) => Heard,
): Promise<Listening> {
  const helper = new Helper(command, cleanup);
  await helper.firstLine(READY_MS);
  return {
    pid: helper.pid,
    end: async () => {
      await helper.end();
      return heard(helper.lastLine);
    },
  };
}

async function softflowd(
  cleanup: Cleanup,
  place: readonly string[],
  device: string,
  folder: string,
): Promise<Listening> {
  const control = join(folder, 'control');
  const command = [SOFTFLOWD, '-d', '-i', device, '-m', '2000000', '-p', join(folder, 'pid'), '-c', control];
  const helper = new Helper([...place, ...command], cleanup);
  while (!existsSync(control)) await pause(25);
  return {
    pid: helper.pid,
    end: async () => {
      const text = execFileSync('softflowctl', ['-c', control, 'statistics'], { encoding: 'utf8' });
      const number = (what: string) => Number(new RegExp(`${what}: (\\d+)`).exec(text)?.[1]);
      const heard = {
        packets: number('Packets processed'),
        dropped: number('Packets dropped by libpcap'),
      };
      execFileSync('softflowctl', ['-c', control, 'exit'], { stdio: 'ignore' });
      await helper.end();
      rmSync(control, { force: true });
      return heard;
    },
  };
}
