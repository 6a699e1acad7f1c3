/** Ours and the nearest programs of others, each as its users start it, counted by what it prints or sends. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Cleanup } from '../harness/cleanup.js';
import { BIN } from '../harness/packetless.js';
import { HERE } from '../harness/root.js';
import { CollectingPeer } from './collecting-peer.js';
import { Occurrences } from './occurrences.js';

/** A program at work. */
export interface Watching {
  readonly pid: number;
  /** Events about connections of connections.c told so far. */
  events(): number;
  /** What it says of losses, null when nothing. */
  lost(): string | null;
  stop(): Promise<void>;
}

export interface Watcher {
  readonly name: string;
  /** Of one connection whose ends are both on this host. */
  readonly eventsPerConnection: number;
  readonly start: (cleanup: Cleanup, netns: number) => Promise<Watching>;
}

/** tracefs is there for this program only, and goes with it. */
const WITH_TRACEFS = [
  'unshare',
  '--mount',
  'sh',
  '-c',
  'mount -t tracefs none /sys/kernel/tracing && exec "$@"',
  'sh',
];

export const WATCHERS: readonly Watcher[] = [
  {
    name: 'packetless-agent --zmq',
    eventsPerConnection: 4,
    start: async (cleanup, netns) => {
      const peer = await CollectingPeer.start(cleanup, netns);
      const printing = startPrinting([process.execPath, BIN.agent, '--zmq', peer.endpoint], cleanup);
      return { ...printing, events: () => peer.eventsThere, lost: () => peer.lost };
    },
  },
  {
    name: 'packetless-agent, printing',
    eventsPerConnection: 4,
    start: async (cleanup) => startPrinting([process.execPath, BIN.agent], cleanup),
  },
  {
    name: 'bpftrace, nearest script',
    eventsPerConnection: 4,
    start: async (cleanup) => {
      const script = join(HERE, 'bench/peers.bt');
      return startPrinting([...WITH_TRACEFS, 'bpftrace', '-q', script], cleanup);
    },
  },
  {
    name: 'tcplife (libbpf-tools)',
    eventsPerConnection: 2,
    start: async (cleanup) => startPrinting([...WITH_TRACEFS, '/usr/sbin/tcplife'], cleanup),
  },
];

/** Where the first process of connections.c listens; it stands once in what is told of a connection. */
const LOAD_ADDRESS = '127.1.0.1';
const END_MS = 5000;

/** A program that prints its events, and its losses on standard error. */
function startPrinting(command: readonly string[], cleanup: Cleanup): Watching {
  const [file, ...args] = command;
  const child = spawn(file!, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const events = new Occurrences(LOAD_ADDRESS);
  let said = '';
  child.stdout.on('data', (bytes: Buffer) => events.add(bytes));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGINT');
    const giveUp = setTimeout(() => child.kill('SIGKILL'), END_MS);
    await ended;
    clearTimeout(giveUp);
  };
  cleanup.add(stop);
  return { pid: child.pid!, events: () => events.count, lost: () => lossesIn(said), stop };
}

/** `Lost 12 events` of bpftrace, `lost 12 events on CPU #0` of libbpf-tools, `lost: 12 (kernel: …)` of ours. */
function lossesIn(text: string): string | null {
  const counts = [...text.matchAll(/lost:? (\d+)/gi)].map(([, count]) => Number(count));
  return counts.length === 0 ? null : String(counts.reduce((sum, count) => sum + count, 0));
}
