/** What is known of the containers of a host: at once from cgroup paths, a moment later from their runtimes. */
import { type Container, Ledger, type Milliseconds } from '@packetless/model';
import { readCgroupPath } from '../cgroup/path.js';
import type { ContainerReference } from '../cgroup/reference.js';
import type { ContainerFacts } from '../runtime/facts.js';
import type { Notice } from '../runtime/runtime.js';
import type { RuntimeSocket } from '../runtime/runtime-socket.js';
import { Runtimes } from '../runtime/runtimes.js';
import type { RuntimeStatus, SocketPaths } from '../runtime/status.js';
import { Cgroups } from './cgroups.js';
import { Entries } from './entries.js';
import {
  containerOfEntry,
  containerOfReference,
  type Entry,
  isSettled,
  isTold,
  keyOf,
  newEntry,
} from './entry.js';
import { Foretold } from './foretold.js';
import { type LookUpLoss, LookUps } from './look-ups.js';
import { withFacts, withReference } from './merge.js';

export interface ContainerDirectoryOptions {
  /** Default: the usual places of all runtimes (docs/containers.md). */
  readonly sockets?: SocketPaths;
  /** Called when more, or something else, is known of a container than before. Never called inside of another call. */
  readonly onLearnt?: (container: Container) => void;
  /** How long a container is remembered after its last cgroup was removed, or it was last asked for. Default: a minute. */
  readonly keepFor?: Milliseconds;
  /** Bounds. Default: 8,192 containers, 32 MB. */
  readonly maxContainers?: number;
  readonly maxBytes?: number;
}

const MINUTE: Milliseconds = 60_000;
const EXPIRY_INTERVAL: Milliseconds = 5_000;

/**
 * Nothing here waits: every answer is what is known now, and the same object as long as that does not change. Runtimes
 * are asked in the background; `onLearnt` tells when they have said something.
 *
 *     const directory = new ContainerDirectory({ onLearnt: (container) => … });
 *     directory.start();
 *     directory.cgroupMade(4711, '/docker/4c01db0b339c…');
 *     directory.containerOf(4711); // { id: '4c01db0b339c…', runtime: 'docker', name: null, … }
 */
export class ContainerDirectory {
  readonly ledger = new Ledger<LookUpLoss>('container look-ups');
  readonly #keepFor: Milliseconds;
  readonly #cgroups = new Cgroups();
  readonly #entries: Entries;
  readonly #foretold = new Foretold();
  readonly #runtimes: Runtimes;
  readonly #lookUps: LookUps;
  readonly #onLearnt: ((container: Container) => void) | undefined;
  #expiry: NodeJS.Timeout | undefined;

  constructor(options: ContainerDirectoryOptions = {}) {
    this.#keepFor = options.keepFor ?? MINUTE;
    const bounds = { containers: options.maxContainers ?? 8192, bytes: options.maxBytes ?? 32_000_000 };
    this.#entries = new Entries(bounds, (entry) => this.#evicted(entry));
    this.#onLearnt = options.onLearnt;
    this.#runtimes = new Runtimes(options.sockets ?? {}, {
      opened: (socket) => this.#lookUpAgain(socket),
      heard: (notice) => this.#heard(notice),
    });
    this.#lookUps = new LookUps(this.ledger, {
      ask: (entry, isFirst) => this.#runtimes.ask(entry.reference, isFirst),
      named: (entry, facts) => this.#named(entry, facts),
    });
  }

  /** Begins to look for runtimes, and to forget what is gone. */
  start(): void {
    this.#runtimes.start();
    this.#expiry ??= setInterval(() => this.#expire(), Math.min(EXPIRY_INTERVAL, this.#keepFor)).unref();
  }

  /** A cgroup (its inode in the cgroup2 tree) was made, or found, at a path from the tree's root. */
  cgroupMade(cgroupId: number, path: string): void {
    this.#cgroups.delete(cgroupId);
    const reference = readCgroupPath(path);
    if (reference === null) return;
    const entry = this.#seen(reference);
    // Started, perhaps once more: now is the time when its runtime knows it.
    if (entry.cgroups.size === 0 && entry.knowledge === 'unknown') entry.knowledge = 'none';
    if (this.#cgroups.add(cgroupId, entry)) this.#entries.used(entry, Date.now());
    else this.#lose('too many cgroups');
    this.#lookUps.wanted(entry);
  }

  cgroupRemoved(cgroupId: number): void {
    const now = Date.now();
    const entry = this.#cgroups.removed(cgroupId, now);
    if (entry !== undefined) this.#entries.used(entry, now);
  }

  /** Null for cgroups of no container, and for those that were never told. */
  containerOf(cgroupId: number): Container | null {
    const entry = this.#cgroups.get(cgroupId);
    if (entry === undefined) return null;
    // Asked for every event; of most there is nothing more to be known.
    return isSettled(entry) ? entry.container : this.#asked(entry);
  }

  /** By a cgroup's path, where its id is not known; also makes the container known. */
  containerOfPath(path: string): Container | null {
    const reference = readCgroupPath(path);
    return reference === null ? null : this.containerOfReference(reference);
  }

  /** By what `readProcCgroup` or `readCgroupPath` made of it before. */
  containerOfReference(reference: ContainerReference): Container | null {
    return this.#asked(this.#seen(reference));
  }

  /** All containers that are kept, those that are just gone included. */
  all(): Container[] {
    const containers: Container[] = [];
    for (const entry of this.#entries.values()) {
      if (this.#foretold.has(entry) || this.#believed(entry) !== entry) continue;
      const container = containerOfEntry(entry);
      if (container !== null) containers.push(container);
    }
    return containers;
  }

  /** How it stands with each socket. */
  status(): readonly RuntimeStatus[] {
    return this.#runtimes.status();
  }

  /** Nothing is asked and nothing told afterwards; what is known stays. */
  close(): void {
    clearInterval(this.#expiry);
    this.#runtimes.close();
    this.#lookUps.close();
  }

  #asked(entry: Entry): Container | null {
    const believed = this.#believed(entry);
    if (believed === null) return null;
    // The others are not forgotten while they live.
    if (believed.cgroups.size === 0) this.#entries.used(believed, Date.now());
    this.#lookUps.wanted(believed);
    return containerOfEntry(believed);
  }

  /** A user, or a container, may give a cgroup of its own the name of any container of the host: it is none then. */
  #believed(entry: Entry): Entry | null {
    const { reference } = entry;
    if (reference.user === null && reference.outer === null) return entry;
    const real = this.#entries.get(keyOf({ ...reference, user: null, outer: null }));
    if (real === undefined || !real.reference.certain) return entry;
    return reference.outer === null ? null : this.#believed(this.#seen(reference.outer));
  }

  /** By its cgroup: what was foretold of it is true now. */
  #seen(reference: ContainerReference): Entry {
    const entry = this.#entryOf(reference);
    if (this.#foretold.delete(entry) && isTold(entry)) this.#tell(entry);
    return entry;
  }

  #entryOf(reference: ContainerReference): Entry {
    const known = this.#entries.get(keyOf(reference));
    if (known !== undefined) {
      this.#replace(known, withReference(known, reference));
      return known;
    }
    const entry = newEntry(reference, Date.now());
    this.#entries.add(entry);
    return entry;
  }

  #heard({ reference, isNew, facts }: Notice): void {
    const entry = this.#entries.get(keyOf(reference)) ?? this.#foretell(reference);
    // The news say less than the runtime when it is asked, which it may be too late for.
    if (facts !== null && entry.knowledge !== 'named') this.#named(entry, facts);
    if (!isNew) this.#lookUps.renew(entry);
    else if (entry.knowledge !== 'named') this.#lookUps.hasten(entry);
  }

  /** A runtime's word alone: of a container that is about to start. */
  #foretell(reference: ContainerReference): Entry {
    const entry = this.#entryOf(reference);
    const gaveWay = this.#foretold.add(entry);
    if (gaveWay !== null) {
      this.#entries.remove(gaveWay);
      this.#lookUps.forget(gaveWay, 'too many at once');
    }
    return entry;
  }

  #named(entry: Entry, facts: ContainerFacts): void {
    this.#replace(entry, withFacts(entry.container, facts));
  }

  #replace(entry: Entry, container: Container): void {
    if (container === entry.container) return;
    entry.container = container;
    this.#entries.changed(entry);
    if (!this.#foretold.has(entry)) this.#tell(entry);
  }

  /** Not now: whoever is asking does not expect to be called. */
  #tell(entry: Entry): void {
    const { container } = entry;
    queueMicrotask(() => {
      if (entry.container === container) this.#onLearnt?.(container);
    });
  }

  /** A runtime answers (again): it may know what nobody knew, and may have renamed what it told before. */
  #lookUpAgain(socket: RuntimeSocket): void {
    for (const entry of [...this.#entries.values()]) {
      const isConcerned =
        entry.knowledge === 'named'
          ? entry.cgroups.size > 0 && entry.container.runtime === socket.status().runtime
          : this.#runtimes.mayKnow(socket, entry.reference);
      if (isConcerned) this.#lookUps.begin(entry);
    }
  }

  /** Its id stays known while its cgroups live; there was no room for more. */
  #evicted(entry: Entry): void {
    this.#foretold.delete(entry);
    const wasWanted = this.#lookUps.forget(entry, 'too many containers');
    if (!wasWanted && entry.cgroups.size > 0) this.#lose('too many containers');
    entry.container = containerOfReference(entry.reference);
    entry.knowledge = 'unknown';
    entry.askAgainAt = Number.POSITIVE_INFINITY;
  }

  #lose(reason: LookUpLoss): void {
    this.ledger.see();
    this.ledger.drop(reason);
  }

  #expire(): void {
    const before = Date.now() - this.#keepFor;
    this.#cgroups.expire(before);
    for (const entry of this.#entries.expire(before)) {
      this.#cgroups.deleteAllOf(entry);
      this.#foretold.delete(entry);
      this.#lookUps.forget(entry, 'gone first');
    }
  }
}
