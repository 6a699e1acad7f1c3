/** A million packets a second on a veth pair, in a network namespace of the benchmark's own: what is lost, what it costs. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cleanup } from '../harness/cleanup.js';
import { makeNamespace } from '../harness/namespace.js';
import { HERE } from '../harness/root.js';
import { cleaningUp } from './cleaning-up.js';
import { Helper } from './helper.js';
import { compileLoad } from './load.js';
import { type Listener, listeners } from './packet-listeners.js';
import { memoryOf, processCpuMs } from './process-cost.js';
import { type Table, whole } from './table.js';

const PER_SECOND = 1_000_000;
const SECONDS = 10;
const FLOWS = 100_000;
const [SENDING, CAPTURING] = ['send0', 'capture0'];
const READY_MS = 10_000;
/** Longer than any program takes to read what waits in its ring. */
const SENT_MS = (SECONDS + 20) * 1000;
const LAST_MS = 2000;

export async function packetLive(): Promise<Table> {
  return cleaningUp(async (cleanup) => {
    const sender = compileLoad(cleanup, 'packet-sender');
    const frames = compileFrames(cleanup);
    const namespace = makeNamespace(cleanup);
    const place = ['nsenter', `--net=/run/netns/${namespace}`];
    const ip = (...args: string[]) => execFileSync('ip', ['-n', namespace, ...args], { encoding: 'utf8' });
    ip('link', 'add', SENDING, 'type', 'veth', 'peer', 'name', CAPTURING);
    for (const device of [SENDING, CAPTURING]) ip('link', 'set', device, 'up');
    const arrived = () => {
      const [link] = JSON.parse(ip('-j', '-s', 'link', 'show', CAPTURING)) as [
        { stats64: { rx: { packets: number } } },
      ];
      return link.stats64.rx.packets;
    };
    const send = async () => {
      const helper = new Helper(
        [...place, sender, frames, SENDING, CAPTURING, ...[PER_SECOND, SECONDS, FLOWS].map(String)],
        cleanup,
      );
      await helper.firstLine(READY_MS);
      const before = arrived();
      helper.say('begin');
      const [sent, milliseconds] = (await helper.line(2, SENT_MS)).split(' ').map(Number) as [number, number];
      return { perSecond: (sent * 1000) / milliseconds, arrived: arrived() - before };
    };
    const all = listeners(cleanup);
    const rows: string[][] = [];
    for (const listener of all) {
      if (listener.missing === null) rows.push(await measure(listener, place, send));
    }
    return {
      title: `Live: ${whole(PER_SECOND)} packets a second on veth, ${whole(FLOWS)} flows, ${SECONDS} s`,
      columns: [
        'program',
        'offered',
        'arrived',
        'read',
        'dropped, by its own count',
        'lost',
        'user time',
        'system',
        'RSS',
        'goal',
      ],
      rows,
      notes: [
        'Frames of 154 bytes from an XDP program (test/bench/packet-sender.c), which takes one of two cores; what the kernel spends on ' +
          'delivering is nobody’s. Arrived: by the interface’s own counter. Lost: arrived and not read; whether a program counts that ' +
          'is seen beside it. Rings of 64 MB, softflowd’s own default.',
        ...all.flatMap(({ missing }) => (missing === null ? [] : [`Left out: ${missing}.`])),
      ],
    };
  });
}

function compileFrames(cleanup: Cleanup): string {
  const folder = mkdtempSync(join(tmpdir(), 'packetless-bench-'));
  cleanup.add(() => rmSync(folder, { recursive: true }));
  const object = join(folder, 'packet-sender.bpf.o');
  const machine = execFileSync('gcc', ['-print-multiarch'], { encoding: 'utf8' }).trim();
  const source = join(HERE, 'bench/packet-sender.bpf.c');
  execFileSync('clang', [
    '-target',
    'bpf',
    '-O2',
    '-g',
    '-idirafter',
    `/usr/include/${machine}`,
    '-c',
    source,
    '-o',
    object,
  ]);
  return object;
}

async function measure(
  listener: Listener,
  place: readonly string[],
  send: () => Promise<{ perSecond: number; arrived: number }>,
): Promise<string[]> {
  const listening = await listener.start(place, CAPTURING);
  const before = processCpuMs(listening.pid);
  const { perSecond, arrived } = await send();
  await new Promise((resolve) => setTimeout(resolve, LAST_MS));
  const after = processCpuMs(listening.pid);
  const { peak } = memoryOf(listening.pid);
  const { packets, dropped } = await listening.end();
  const each = (milliseconds: number) => `${((milliseconds * 1e6) / packets).toFixed(0)} ns a packet`;
  return [
    listener.name,
    `${whole(perSecond)}/s`,
    whole(arrived),
    whole(packets),
    whole(dropped),
    `${((100 * Math.max(0, arrived - packets)) / arrived).toFixed(2)} %`,
    each(after.user - before.user),
    each(after.system - before.system),
    `${peak.toFixed(0)} MB`,
    listener.name === 'Packetless' ? '0 lost, ≤ 200 ns user' : '',
  ];
}
