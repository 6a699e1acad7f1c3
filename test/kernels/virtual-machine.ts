/** One boot of one kernel in qemu, to its end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Kernel } from './kernel.js';

/**
 * Emulation, even where /dev/kvm opens: a nested KVM may open and then boot no stock kernel. One processor: with two,
 * qemu's handling of a kernel that patches its own code panics now and then.
 */
const MACHINE = ['-M', 'q35', '-accel', 'tcg,tb-size=256', '-cpu', 'max', '-smp', '1', '-m', '1024'];
/**
 * An instruction takes a nanosecond of the machine's time, and waiting takes none of ours: nothing depends on how busy the
 * host is, and timer interrupts are as far apart, in instructions, as on hardware.
 */
const CLOCK = ['-icount', 'shift=0,sleep=off'];
const PERIPHERY = [
  '-nodefaults',
  '-no-user-config',
  '-display',
  'none',
  '-monitor',
  'none',
  '-nic',
  'none',
  '-no-reboot',
];
const KERNEL_OPTIONS =
  'console=ttyS0 panic=-1 oops=panic mitigations=off nokaslr random.trust_cpu=on no_timer_check quiet';

/** `done`: the guest came to its own end. `died`: it stopped before, as in a panic. */
export type Ending = 'done' | 'died' | 'timed out';

export interface Boot {
  readonly ending: Ending;
  /** What the guest wrote on its second serial port. */
  readonly lines: readonly string[];
  /** Of this host's time. */
  readonly seconds: number;
  /** The kernel's own log. */
  readonly consoleFile: string;
}

/** The guest's last line when it ends as it should. */
export const CLOSING_LINE = '# done';

/** Ten times what a boot with all its checks needs. */
const CPU_LIMIT_SECONDS = 600;
/** A machine that waits for nothing uses no processor. */
const STILL_LIMIT_SECONDS = 120;
const LOOK_EVERY_MS = 2000;

/** Keeps console and output in `folder`. */
export async function boot(kernel: Kernel, initramfs: string, folder: string): Promise<Boot> {
  mkdirSync(folder, { recursive: true });
  const [consoleFile, outputFile] = [join(folder, 'console'), join(folder, 'output')];
  for (const file of [consoleFile, outputFile]) rmSync(file, { force: true });
  const begun = performance.now();
  const qemu = spawn(
    'qemu-system-x86_64',
    [
      ...MACHINE,
      ...CLOCK,
      ...PERIPHERY,
      ...['-serial', `file:${consoleFile}`, '-serial', `file:${outputFile}`],
      ...['-kernel', kernel.image, '-initrd', initramfs, '-append', KERNEL_OPTIONS],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let timedOut = false;
  let complaint = '';
  qemu.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const kill = () => qemu.kill('SIGKILL');
  process.once('exit', kill);
  const watch = watchProcessor(qemu.pid, () => {
    timedOut = true;
    kill();
  });
  try {
    const [code, signal] = (await once(qemu, 'close')) as [number | null, NodeJS.Signals | null];
    if (!timedOut && (code !== 0 || signal !== null))
      complaint ||= `it ended with ${signal ?? `status ${code}`}`;
  } finally {
    clearInterval(watch);
    process.off('exit', kill);
  }
  if (complaint !== '') throw new Error(`qemu: ${complaint.trim()}`);
  const lines = readFileSync(outputFile, 'utf8').split(/\r?\n/).filter(Boolean);
  const ending = timedOut ? 'timed out' : lines.at(-1) === CLOSING_LINE ? 'done' : 'died';
  return { ending, lines, seconds: (performance.now() - begun) / 1000, consoleFile };
}

/** By processor time: how long the machine takes depends on what else this host does. */
function watchProcessor(pid: number | undefined, onLimit: () => void): NodeJS.Timeout {
  let last = 0;
  let stillSince = performance.now();
  return setInterval(() => {
    const used = processorSeconds(pid);
    if (used !== last) stillSince = performance.now();
    last = used;
    if (used > CPU_LIMIT_SECONDS || performance.now() - stillSince > STILL_LIMIT_SECONDS * 1000) onLimit();
  }, LOOK_EVERY_MS);
}

/** proc_pid_stat(5): utime and stime, in hundredths of a second. 0 when the process is gone. */
function processorSeconds(pid: number | undefined): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return 0;
  }
}
