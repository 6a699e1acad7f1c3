/** Which container an owner or an interface is in. */
import { readFileSync } from 'node:fs';
import {
  type ContainerDirectory,
  type ContainerReference,
  type RuntimeStatus,
  readProcCgroup,
} from '@packetless/containers';
import type { CgroupRecord, InterfaceRecord, Owner, ProcessRecord } from '@packetless/introspection';
import type { Container, MissingPart } from '@packetless/model';

/** Processes, and network namespaces, of which it is kept what they said; the oldest are asked again. */
const MAX_KEPT = 8192;
/**
 * Where version 1 is in use beside version 2, a runtime may give its containers groups in version 1 alone; in version 2
 * they then stay where it was started itself.
 */
const RUNTIMES = /docker|containerd|crio|podman|libpod|kube|k3s/i;
/** Control groups; of what is beyond, /proc is asked. */
const MAX_TOLD = 131_072;
/** A namespace outlives its processes and gets others. */
const ASK_AGAIN_MS = 30_000;

export interface ContainersOptions {
  /** The agent's own network namespace, and so that of containers that share the host's. */
  readonly homeNetns: number;
  /** Whether /proc has the process ids of the kernel's records. */
  readonly hasKernelPids: boolean;
  readonly procRoot?: string;
  readonly now?: () => number;
}

/**
 * The kernel says which control group an owner is in, and what each group is called the moment it is made. Where
 * containers have none in version 2's tree (version 1, some hybrid hosts), and for sources without these records, their
 * processes' own account in /proc is read, once for each.
 */
export class Containers {
  /** Control groups that live and whose paths say all that there is to say. */
  readonly #told = new Set<number>();
  readonly #byPid = new Map<number, ContainerReference | null>();
  readonly #byNetns = new Map<
    number,
    { readonly pid: number; readonly at: number; readonly reference: ContainerReference | null }
  >();
  readonly #now: () => number;
  readonly #root: string;
  readonly #hasVersion1: boolean;

  constructor(
    private readonly directory: ContainerDirectory,
    private readonly options: ContainersOptions,
  ) {
    this.#now = options.now ?? Date.now;
    this.#root = options.procRoot ?? '/proc';
    this.#hasVersion1 = /^[1-9]\d*:[^:]*[a-z]/m.test(this.#read('self') ?? '');
  }

  learn(record: CgroupRecord): void {
    const { cgroupId } = record;
    if (record.removed) {
      this.#told.delete(cgroupId);
      this.directory.cgroupRemoved(cgroupId);
    } else {
      const isOfRuntime = record.path === '/' || RUNTIMES.test(record.path);
      if (this.#told.size < MAX_TOLD && !(this.#hasVersion1 && isOfRuntime)) this.#told.add(cgroupId);
      this.directory.cgroupMade(cgroupId, record.path);
    }
  }

  /** A process began to use the network. */
  meet({ pid, cgroupId }: ProcessRecord): void {
    this.#byPid.delete(pid);
    if (this.#isNamedByProc(cgroupId)) this.#ask(pid);
  }

  forget(pid: number): void {
    // Its sockets are closed after it: whoever owned them was asked before.
    if (this.#byPid.get(pid) === null) this.#byPid.delete(pid);
  }

  of({ pid, cgroupId }: Owner): Container | null {
    const container = this.directory.containerOf(cgroupId);
    if (container !== null || !this.#isNamedByProc(cgroupId)) return container;
    const reference = this.#byPid.has(pid) ? this.#byPid.get(pid)! : this.#ask(pid);
    return reference === null ? null : this.directory.containerOfReference(reference);
  }

  /** Of the container whose namespace it is in, or whose end of a veth pair is there. */
  ofInterface({ netns, peerNetns, pid }: InterfaceRecord): Container | null {
    const { homeNetns } = this.options;
    if (netns !== homeNetns && pid !== null) this.#askNamespace(netns, pid);
    return this.#inNamespace(netns) ?? this.#inNamespace(peerNetns);
  }

  /** Containers that share the host's network are not what its interfaces lead to. */
  #inNamespace(netns: number): Container | null {
    const reference = netns === this.options.homeNetns ? null : (this.#byNetns.get(netns)?.reference ?? null);
    return reference === null ? null : this.directory.containerOfReference(reference);
  }

  #isNamedByProc(cgroupId: number): boolean {
    return this.options.hasKernelPids && !this.#told.has(cgroupId);
  }

  #ask(pid: number): ContainerReference | null {
    const text = this.#read(String(pid));
    const reference = text === null ? null : readProcCgroup(text);
    keep(this.#byPid, pid, reference);
    return reference;
  }

  #askNamespace(netns: number, pid: number): void {
    const known = this.#byNetns.get(netns);
    const now = this.#now();
    if (known?.pid === pid && now - known.at < ASK_AGAIN_MS) return;
    const text = this.options.hasKernelPids ? this.#read(String(pid)) : null;
    // The last process may just be gone while its namespace still is counted.
    if (text === null && known !== undefined) return;
    keep(this.#byNetns, netns, { pid, at: now, reference: text === null ? null : readProcCgroup(text) });
  }

  #read(process: string): string | null {
    try {
      return readFileSync(`${this.#root}/${process}/cgroup`, 'utf8');
    } catch {
      return null;
    }
  }
}

function keep<Key, Value>(map: Map<Key, Value>, key: Key, value: Value): void {
  map.delete(key);
  if (map.size >= MAX_KEPT) {
    const [oldest] = map.keys();
    if (oldest !== undefined) map.delete(oldest);
  }
  map.set(key, value);
}

/** Runtimes that are there and do not tell names. */
export function unansweredRuntimes(status: readonly RuntimeStatus[]): MissingPart[] {
  return status
    .filter(({ state }) => state !== 'answers' && state !== 'absent' && state !== 'not asked')
    .map(({ socket, kind, runtime, state, problem }) => ({
      what: `names of containers of ${runtime ?? kind}`,
      why: `${socket}: ${problem ?? state}`,
    }));
}
