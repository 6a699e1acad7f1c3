import type { Proc } from './proc.js';

const KEEP_MS = 5000;
const MAX_PROCESSES = 2048;

/**
 * Command lines that the kernel's records do not carry: those of parents. A shell that starts a thousand
 * programs is looked up once; what is known is trusted for a few seconds, since a process may exec.
 */
export class CommandLines {
  readonly #known = new Map<number, { exe: string; cmdline: string | null; readAt: number }>();

  constructor(
    private readonly proc: Proc,
    private readonly now: () => number = Date.now,
  ) {}

  /** Null when the process is gone or is not `exe` (any more). */
  get(pid: number, exe: string): string | null {
    const now = this.now();
    const known = this.#known.get(pid);
    if (known !== undefined && known.exe === exe && now - known.readAt < KEEP_MS) return known.cmdline;
    const cmdline = this.proc.cmdlineOf(pid, exe);
    this.#known.delete(pid);
    if (this.#known.size >= MAX_PROCESSES) {
      const [oldest] = this.#known.keys();
      if (oldest !== undefined) this.#known.delete(oldest);
    }
    this.#known.set(pid, { exe, cmdline, readAt: now });
    return cmdline;
  }
}
