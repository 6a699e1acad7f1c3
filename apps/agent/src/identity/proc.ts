/** What /proc says of a process, for the rare one that the kernel's records did not describe. proc(5). */
import { closeSync, openSync, readFileSync, readlinkSync, readSync } from 'node:fs';
import { Ledger } from '@packetless/model';

/** A process as /proc describes it at one moment. */
export interface ProcProcess {
  readonly comm: string;
  /** Absolute path; null for kernel threads and where it may not be read. */
  readonly exe: string | null;
  /** The executable's file was removed or replaced; null when the executable is not known. */
  readonly exeDeleted: boolean | null;
  readonly argv: readonly string[];
  readonly cmdline: string | null;
  readonly parent: ProcParent | null;
}

export interface ProcParent {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  readonly comm: string;
  readonly exe: string | null;
}

export type LookupLoss =
  | 'process gone'
  | 'process began later'
  | 'too many look-ups'
  | 'other process ids here';

export interface ProcOptions {
  readonly root?: string;
  /** Look-ups block the event path (about 0.1 ms each), so there is a limit to them in a second. */
  readonly lookupsPerSecond?: number;
  readonly now?: () => number;
  /** Whether `root` lists processes by the numbers that the kernel's records have; else none is looked up. */
  readonly hasKernelPids?: boolean;
}

/** The first pid namespace, whose numbers the kernel's own are. include/linux/proc_ns.h: PROC_PID_INIT_INO. */
const FIRST_PID_NAMESPACE = 'pid:[4026531836]';

const DEFAULT_LOOKUPS_PER_SECOND = 100;
const MAX_CMDLINE_BYTES = 4096;
/** USER_HZ: what clock ticks in /proc are counted in on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
/** /proc/uptime has a resolution of 10 ms, and it is read a moment after the clock. */
const START_TOLERANCE_MS = 50;

export class Proc {
  readonly ledger = new Ledger<LookupLoss>('proc look-ups');
  readonly #root: string;
  readonly #perSecond: number;
  readonly #now: () => number;
  /** Whether its numbers are those of the kernel's records. */
  readonly hasKernelPids: boolean;
  #budget: number;
  #budgetAt: number;

  constructor(options: ProcOptions = {}) {
    this.#root = options.root ?? '/proc';
    this.#perSecond = options.lookupsPerSecond ?? DEFAULT_LOOKUPS_PER_SECOND;
    this.#now = options.now ?? Date.now;
    this.hasKernelPids = options.hasKernelPids ?? showsKernelPids();
    this.#budget = this.#perSecond;
    this.#budgetAt = this.#now();
  }

  /**
   * The process that had this pid at `time` (epoch milliseconds). Null when it is gone, when the pid is
   * another's by now (it began after `time`), or when too many were asked for.
   */
  lookUp(pid: number, time: number): ProcProcess | null {
    return this.#lookUp(() => {
      const before = this.#stat(pid);
      if (before.startedAt > time + START_TOLERANCE_MS) return 'process began later';
      const exe = this.#exe(pid);
      const { argv, cmdline } = this.#commandLine(pid);
      const parent = before.parentPid === 0 ? null : this.#parent(before.parentPid);
      // Read again: between the reads the pid may have become another's.
      if (this.#stat(pid).startTicks !== before.startTicks) return 'process gone';
      return {
        comm: before.comm,
        exe: exe?.path ?? null,
        exeDeleted: exe?.deleted ?? null,
        argv,
        cmdline,
        parent,
      };
    });
  }

  /** The command line of a pid as long as its executable is `exe`; null otherwise. */
  cmdlineOf(pid: number, exe: string): string | null {
    return (
      this.#lookUp(() => {
        const { cmdline } = this.#commandLine(pid);
        return this.#exe(pid)?.path === exe ? { cmdline } : 'process gone';
      })?.cmdline ?? null
    );
  }

  #lookUp<Found extends object>(read: () => Found | LookupLoss): Found | null {
    this.ledger.see();
    if (!this.hasKernelPids) {
      this.ledger.drop('other process ids here');
      return null;
    }
    if (!this.#spend()) {
      this.ledger.drop('too many look-ups');
      return null;
    }
    try {
      const found = read();
      if (typeof found === 'string') {
        this.ledger.drop(found);
        return null;
      }
      this.ledger.deliver();
      return found;
    } catch {
      this.ledger.drop('process gone');
      return null;
    }
  }

  #spend(): boolean {
    const now = this.#now();
    const earned = ((now - this.#budgetAt) / 1000) * this.#perSecond;
    this.#budget = Math.min(this.#perSecond, this.#budget + Math.max(0, earned));
    this.#budgetAt = now;
    if (this.#budget < 1) return false;
    this.#budget -= 1;
    return true;
  }

  #stat(pid: number): { comm: string; parentPid: number; startTicks: number; startedAt: number } {
    const text = readFileSync(`${this.#root}/${pid}/stat`, 'utf8');
    // The name is in parentheses and may hold any character, also a closing parenthesis.
    const nameEnd = text.lastIndexOf(')');
    const comm = text.slice(text.indexOf('(') + 1, nameEnd);
    const fields = text.slice(nameEnd + 2).split(' ');
    const parentPid = Number(fields[1]);
    const startTicks = Number(fields[19]);
    const uptime = Number.parseFloat(readFileSync(`${this.#root}/uptime`, 'utf8'));
    const bootedAt = this.#now() - uptime * 1000;
    return { comm, parentPid, startTicks, startedAt: bootedAt + (startTicks / TICKS_PER_SECOND) * 1000 };
  }

  #exe(pid: number): { path: string; deleted: boolean } | null {
    try {
      const target = readlinkSync(`${this.#root}/${pid}/exe`);
      const path = target.replace(/ \(deleted\)$/, '');
      return { path, deleted: path !== target };
    } catch {
      return null;
    }
  }

  #commandLine(pid: number): { argv: string[]; cmdline: string | null } {
    const file = openSync(`${this.#root}/${pid}/cmdline`, 'r');
    try {
      const buffer = Buffer.allocUnsafe(MAX_CMDLINE_BYTES);
      const length = readSync(file, buffer, 0, MAX_CMDLINE_BYTES, 0);
      const text = buffer.toString('utf8', 0, length).replace(/\0+$/, '');
      if (text === '') return { argv: [], cmdline: null };
      const argv = text.split('\0');
      const cmdline = argv.join(' ');
      return { argv, cmdline: length === MAX_CMDLINE_BYTES ? `${cmdline} …` : cmdline };
    } finally {
      closeSync(file);
    }
  }

  #parent(pid: number): ProcParent | null {
    try {
      const status = readFileSync(`${this.#root}/${pid}/status`, 'utf8');
      const uid = /^Uid:\s+\d+\s+(\d+)/m.exec(status)?.[1];
      const gid = /^Gid:\s+\d+\s+(\d+)/m.exec(status)?.[1];
      if (uid === undefined || gid === undefined) return null;
      const comm = readFileSync(`${this.#root}/${pid}/comm`, 'utf8').replace(/\n$/, '');
      return { pid, uid: Number(uid), gid: Number(gid), comm, exe: this.#exe(pid)?.path ?? null };
    } catch {
      return null;
    }
  }
}

/** In a container without the host's process ids the same number is another process. */
function showsKernelPids(): boolean {
  try {
    return readlinkSync('/proc/self/ns/pid') === FIRST_PID_NAMESPACE;
  } catch {
    return false;
  }
}
