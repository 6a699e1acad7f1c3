/**
 * What the kernel tests share: a compiled peer, a cgroup of the test's own, and a watch over what the kernel tells.
 * The machine runs other things too: tests look for their own processes and ports.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Introspection,
  type IntrospectionOptions,
  type KernelRecord,
  type ListenerRecord,
  openIntrospection,
  type TcpRecord,
} from '../src/index.js';

const here = dirname(fileURLToPath(import.meta.url));

/** Why the kernel cannot be tested here, null when it can. Printed once, so that nothing is skipped in silence. */
export const cannotTest: string | null = (() => {
  if (process.getuid?.() !== 0) return 'not root';
  if (!existsSync('/sys/kernel/btf/vmlinux')) return 'this kernel has no BTF';
  return cgroup2Root() === null ? 'no cgroup2 tree is mounted' : null;
})();
if (cannotTest !== null) console.warn(`Kernel tests are skipped: ${cannotTest}.`);

function cgroup2Root(): string | null {
  const line = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .find((line) => line.includes(' - cgroup2 '));
  return line?.split(' ')[4] ?? null;
}

/** What a peer prints. */
export interface PeerReport {
  readonly pid: number;
  readonly port: number;
  readonly sent: number;
  readonly received: number;
  readonly error: number;
}

export interface RunningPeer extends PeerReport {
  readonly process: ChildProcess;
  /** The next report that it prints. */
  next(): Promise<PeerReport>;
  stop(): Promise<void>;
}

/** Where, as whom and as what a peer runs. */
export interface PeerOptions {
  readonly namespace?: string;
  readonly user?: number;
  readonly program?: string;
}

/** One compiled peer and the cgroup that it runs in; `close` removes both. */
export class Lab {
  readonly directory = mkdtempSync(join(tmpdir(), 'introspection-'));
  readonly peer = join(this.directory, 'peer');
  readonly cgroup: string;
  readonly #running: RunningPeer[] = [];
  #holds = 0;
  readonly #watches: Watch[] = [];

  constructor() {
    this.compile('peer.c');
    // Others run it, too.
    chmodSync(this.directory, 0o755);
    this.cgroup = join(cgroup2Root()!, `introspection-test-${process.pid}-${Date.now()}`);
    mkdirSync(this.cgroup);
  }

  /** Compiles one of the programs beside this file; returns its path. */
  compile(source: string): string {
    const program = join(this.directory, source.replace(/\.c$/, ''));
    const compiled = spawnSync('gcc', ['-O1', '-o', program, join(here, source)], { encoding: 'utf8' });
    if (compiled.status !== 0) throw new Error(`${source} cannot be compiled: ${compiled.stderr}`);
    return program;
  }

  /** The inode of a cgroup2 directory is its id. */
  get cgroupId(): number {
    return Number(spawnSync('stat', ['-c', '%i', this.cgroup], { encoding: 'utf8' }).stdout);
  }

  /** Runs a peer to its end. */
  run(args: readonly string[], options: PeerOptions & { cwd?: string } = {}): PeerReport {
    const [command, ...rest] = this.#command(args, options);
    const result = spawnSync(command!, rest, { encoding: 'utf8', cwd: options.cwd, timeout: 10_000 });
    if (result.status !== 0) throw new Error(`peer ${args.join(' ')}: ${result.stderr || result.error}`);
    return JSON.parse(result.stdout);
  }

  /** Starts a peer and waits until it prints: a server then listens, a client has ended. */
  async start(args: readonly string[], options: PeerOptions = {}): Promise<RunningPeer> {
    const [command, ...rest] = this.#command(args, options);
    const child = spawn(command!, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
    const next = async (): Promise<PeerReport> => {
      const line = await new Promise<string>((resolve, reject) => {
        child.stdout!.once('data', (data: Buffer) => resolve(data.toString()));
        child.once('close', () => reject(new Error(`peer ${args.join(' ')} ended without a report`)));
      });
      return JSON.parse(line);
    };
    const running: RunningPeer = {
      ...(await next()),
      process: child,
      next,
      stop: () =>
        new Promise((resolve) => {
          if (child.exitCode !== null || child.signalCode !== null) return resolve();
          child.once('exit', () => resolve());
          child.kill('SIGKILL');
        }),
    };
    this.#running.push(running);
    return running;
  }

  /** Starts a peer that prints only at its end, which the promise waits for. */
  async background(args: readonly string[], options: PeerOptions = {}): Promise<PeerReport> {
    return this.start(args, options);
  }

  /** Waits until this many ends of connections on the port are established. */
  async established(port: number, ends: number): Promise<void> {
    const hex = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
    const deadline = Date.now() + 10_000;
    for (;;) {
      const lines = readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1);
      const found = lines.filter((line) => line.includes(`${hex} `) && line.trim().split(/\s+/)[3] === '01');
      const drained = found.every((line) => line.trim().split(/\s+/)[4] === '00000000:00000000');
      if (found.length >= ends && drained) return;
      if (Date.now() > deadline)
        throw new Error(`port ${port}: ${found.length} ends of ${ends} are established`);
      await pause(20);
    }
  }

  /** exec, so that pid and arguments are the peer's own. */
  #command(args: readonly string[], options: PeerOptions): string[] {
    const enter = options.namespace === undefined ? [] : ['nsenter', `--net=/run/netns/${options.namespace}`];
    const become =
      options.user === undefined
        ? []
        : ['setpriv', `--reuid=${options.user}`, `--regid=${options.user}`, '--clear-groups'];
    const script = `echo $$ > "${this.cgroup}/cgroup.procs"; exec "$@"`;
    return ['sh', '-c', script, 'sh', ...enter, ...become, options.program ?? this.peer, ...args];
  }

  /** The same program in another file. */
  copyPeer(to: string): void {
    copyFileSync(this.peer, to);
  }

  /** A file as `--while` takes it: what is held by it goes on until it is released. */
  hold(): { readonly file: string; release(): void } {
    const file = join(this.directory, `hold-${this.#holds++}`);
    writeFileSync(file, '');
    return { file, release: () => rmSync(file, { force: true }) };
  }

  /** Watches this lab's UDP, and all TCP. Closed with the lab at the latest. */
  watch(options: Omit<IntrospectionOptions, 'onRecords' | 'cgroup'> = {}): Watch {
    const watch = new Watch({ ...options, cgroup: this.cgroup });
    this.#watches.push(watch);
    return watch;
  }

  /** Ends all watches: each holds all that it hears, of the whole machine. */
  unwatch(): void {
    for (const watch of this.#watches.splice(0)) watch.close();
  }

  async close(): Promise<void> {
    this.unwatch();
    for (const peer of this.#running) await peer.stop();
    rmSync(this.directory, { recursive: true });
    // Killed children may need a moment to leave.
    for (let attempt = 0; ; attempt++) {
      try {
        return rmdirSync(this.cgroup);
      } catch (error) {
        if (attempt === 50) throw error;
        for (const pid of readFileSync(join(this.cgroup, 'cgroup.procs'), 'utf8')
          .split('\n')
          .filter(Boolean)) {
          process.kill(Number(pid), 'SIGKILL');
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }
}

type Kind = KernelRecord['kind'];
/** The record types that can have this kind. */
type OfKind<K extends Kind> = K extends TcpRecord['kind'] ? TcpRecord : Extract<KernelRecord, { kind: K }>;

/** Collects what the kernel tells. */
export class Watch {
  readonly records: KernelRecord[] = [];
  readonly introspection: Introspection;
  #waiting: (() => void)[] = [];

  constructor(options: Omit<IntrospectionOptions, 'onRecords'> = {}) {
    this.introspection = openIntrospection({
      datagramIntervalMs: 200,
      ...options,
      onRecords: (records) => {
        this.records.push(...records);
        for (const wake of this.#waiting.splice(0)) wake();
      },
    });
  }

  all<K extends Kind>(kind: K, matches: (record: OfKind<K>) => boolean = () => true): OfKind<K>[] {
    const ofKind = this.records.filter((record) => record.kind === kind) as OfKind<K>[];
    return ofKind.filter(matches);
  }

  /** The first matching record; waits for it. */
  async first<K extends Kind>(
    kind: K,
    matches: (record: OfKind<K>) => boolean,
    patienceMs = 4000,
  ): Promise<OfKind<K>> {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const [found] = this.all(kind, matches);
      if (found !== undefined) return found;
      if (Date.now() > deadline) throw new Error(`no ${kind} record within ${patienceMs} ms`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 100);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /** Waits until there are this many matching records. */
  async until<K extends Kind>(
    kind: K,
    matches: (record: OfKind<K>) => boolean,
    count: number,
  ): Promise<void> {
    const deadline = Date.now() + 10_000;
    while (this.all(kind, matches).length < count) {
      if (Date.now() > deadline)
        throw new Error(`${this.all(kind, matches).length} ${kind} records of ${count}`);
      await pause(20);
    }
  }

  /** Waits for this many more sweeps. */
  async sweeps(count: number): Promise<void> {
    const wanted = this.all('sweep').length + count;
    const deadline = Date.now() + 10_000;
    while (this.all('sweep').length < wanted) {
      if (Date.now() > deadline) throw new Error('the sweeps do not come');
      await pause(20);
    }
  }

  /** The listeners of the last complete sweep. */
  lastSweep(): ListenerRecord[] {
    const ends = this.records.flatMap(({ kind }, index) => (kind === 'sweep' ? [index] : []));
    const [from, to] = [ends.at(-2) ?? 0, ends.at(-1) ?? 0];
    return this.records.slice(from, to).filter((record) => record.kind === 'listener');
  }

  close(): void {
    this.introspection.close();
  }
}

/** Lets the event loop and the reading thread run. */
export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Two network namespaces joined by a veth pair; null, and said so, where they cannot be made. */
export function makeNamespaces(): { client: string; server: string; remove(): void } | null {
  const client = `pl-${process.pid}-a`;
  const server = `pl-${process.pid}-b`;
  const ip = (...args: string[]) => {
    const result = spawnSync('ip', args, { encoding: 'utf8' });
    if (result.status !== 0) throw new Error(`ip ${args.join(' ')}: ${result.stderr || result.error}`);
  };
  const remove = () => {
    for (const name of [client, server]) spawnSync('ip', ['netns', 'delete', name]);
  };
  try {
    for (const name of [client, server]) ip('netns', 'add', name);
    ip('-n', client, 'link', 'add', 'veth0', 'type', 'veth', 'peer', 'name', 'veth1', 'netns', server);
    const addresses = [
      [client, 'veth0', '10.77.0.1/24', 'fd77::1/64'],
      [server, 'veth1', '10.77.0.2/24', 'fd77::2/64'],
    ] as const;
    for (const [name, device, v4, v6] of addresses) {
      ip('-n', name, 'address', 'add', v4, 'dev', device);
      ip('-n', name, 'address', 'add', v6, 'dev', device, 'nodad');
      ip('-n', name, 'link', 'set', device, 'up');
      ip('-n', name, 'link', 'set', 'lo', 'up');
    }
    return { client, server, remove };
  } catch (error) {
    remove();
    console.warn(
      `Tests in network namespaces are skipped: ${error instanceof Error ? error.message : error}`,
    );
    return null;
  }
}
