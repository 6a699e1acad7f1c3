import { Ledger } from '@packetless/model';

export interface KnownParent {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  readonly comm: string;
  readonly exe: string | null;
  readonly cmdline: string | null;
}

/** What is known of a process besides what each record's owner says itself. */
export interface KnownProcess {
  readonly pid: number;
  readonly comm: string;
  readonly exe: string | null;
  readonly exeDeleted: boolean | null;
  /** What the executable interprets, as given on its command line. */
  readonly script: string | null;
  readonly cmdline: string | null;
  readonly parent: KnownParent | null;
  /** What it does for containers, see `Process.role`. */
  readonly role: string | null;
  /** Looked up in /proc rather than told by the kernel. */
  readonly fromProc: boolean;
}

interface Entry {
  readonly process: KnownProcess;
  readonly bytes: number;
}

/**
 * A connection may outlive its process: the kernel finishes it alone, for up to a minute in FIN_WAIT2
 * (tcp_fin_timeout) and longer while the peer does not answer. Its CLOSE still names the owner.
 */
const GRACE_MS = 130_000;
/** Nearly all sockets are through this long after their process; when there is no room, what ended before that goes. */
const SHORT_GRACE_MS = 5_000;
const DEFAULT_MAX_BYTES = 8 * 1024 * 1024;
/** The objects of a process with their map entries, what events make of it included, besides the characters. */
const ENTRY_BYTES = 800;

/**
 * Processes that use the network, by pid. Bounded in bytes: first those go that ended longest ago, then the
 * ones known longest. The ledger counts processes: delivered after their time, dropped before. A record that comes
 * later still is looked up in /proc, whose ledger counts those that are not found.
 */
export class ProcessTable {
  readonly ledger = new Ledger<'process table full'>('process table');
  readonly #living = new Map<number, Entry>();
  /** In order of their end, since a Map keeps the order of insertion. */
  readonly #ended = new Map<number, Entry & { readonly endedAt: number }>();
  readonly #maxBytes: number;
  #bytes = 0;
  #lastEnd = 0;

  constructor(options: { maxBytes?: number } = {}) {
    this.#maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  }

  get size(): number {
    return this.#living.size + this.#ended.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(pid: number): KnownProcess | null {
    return (this.#living.get(pid) ?? this.#ended.get(pid))?.process ?? null;
  }

  /** Adds a process, or replaces what had its pid: an exec, or another process. */
  set(process: KnownProcess): void {
    if (this.#take(process.pid)) this.ledger.deliver();
    const entry = { process, bytes: sizeOf(process) };
    this.ledger.see();
    this.#living.set(process.pid, entry);
    this.#bytes += entry.bytes;
    this.#shrink();
  }

  /** The process is gone; what is known of it stays a while for records that come late. */
  end(pid: number, endedAt: number): void {
    const entry = this.#living.get(pid);
    if (entry === undefined) return;
    this.#lastEnd = Math.max(this.#lastEnd, endedAt);
    this.#living.delete(pid);
    this.#ended.set(pid, { ...entry, endedAt });
  }

  /** Forgets what ended long ago; `now` in epoch milliseconds. */
  expire(now: number): void {
    for (const [pid, entry] of this.#ended) {
      if (now - entry.endedAt < GRACE_MS) break;
      this.#take(pid);
      this.ledger.deliver();
    }
  }

  #shrink(): void {
    while (this.#bytes > this.#maxBytes) {
      const [ended] = this.#ended.values();
      const [pid] = ended === undefined ? this.#living.keys() : [ended.process.pid];
      if (pid === undefined) return;
      this.#take(pid);
      if (ended !== undefined && this.#lastEnd - ended.endedAt > SHORT_GRACE_MS) this.ledger.deliver();
      else this.ledger.drop('process table full');
    }
  }

  #take(pid: number): boolean {
    const living = this.#living.get(pid);
    const entry = living ?? this.#ended.get(pid);
    if (entry === undefined) return false;
    (living === undefined ? this.#ended : this.#living).delete(pid);
    this.#bytes -= entry.bytes;
    return true;
  }
}

/** Two bytes a character: V8 stores text so unless all of it is Latin-1. */
function sizeOf({ comm, exe, script, cmdline, parent }: KnownProcess): number {
  const texts = [comm, exe, script, cmdline, parent?.comm, parent?.exe, parent?.cmdline];
  return texts.reduce((bytes, text) => bytes + 2 * (text?.length ?? 0), ENTRY_BYTES);
}
