/** Where one row plays: its programs, and the hosts they run on. */
import { setMaxListeners } from 'node:events';
import { statSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { ListeningEvent } from '@packetless/model';
import type { Fact } from './fact.js';
import { entriesOf, type ListeningPlace } from './listeners.js';
import type { Host, Network } from './network.js';
import { Traffic } from './traffic.js';

/** What all rows share. */
export interface World {
  readonly network: Network;
  /** Folder of the control group, null where there is none. */
  readonly cgroup: string | null;
  /** A folder for files, readable by everybody. */
  readonly folder: string;
  /** An empty folder for a container's root. */
  readonly root: string;
  /** The traffic program under the names of its roles, so that a mix-up shows in the name too. */
  readonly programs: { readonly client: string; readonly server: string; readonly worker: string };
  /** Longer and larger. */
  readonly full: boolean;
}

export interface Place {
  readonly host: Host;
  readonly as: 'client' | 'server';
  /** Other arguments that say where and as whom: `uid`, `user-namespace`, `container`, `exec`. */
  readonly also?: Arguments | undefined;
}

export type Arguments = { readonly [name: string]: string | number };

/** A list comes every second; a loaded machine takes longer. */
const LISTED_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 50;

export class Stage {
  readonly #programs: Traffic[] = [];
  readonly #over = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #interrupt = (): void => this.#over.abort(this.interruption.reason);

  /** The play is over after `limitMs`, or when it is interrupted: whoever waits for a program then waits no longer. */
  constructor(
    readonly world: World,
    private readonly interruption: AbortSignal,
    limitMs: number,
    private readonly lists: () => readonly ListeningEvent[],
  ) {
    // Each program that is waited for listens to it.
    setMaxListeners(0, this.#over.signal);
    this.#timer = setTimeout(() => this.#over.abort(), limitMs);
    if (interruption.aborted) this.#interrupt();
    interruption.addEventListener('abort', this.#interrupt);
  }

  get network(): Network {
    return this.world.network;
  }

  /** Starts a mode of the traffic program. */
  start({ host, as, also = {} }: Place, mode: string, args: Arguments): Traffic {
    const { cgroup, network, programs } = this.world;
    const where: Arguments = { ...(cgroup === null ? {} : { cgroup }), netns: network.file(host), ...also };
    const words = Object.entries({ ...where, ...args }).map(([name, value]) => `${name}=${value}`);
    const program = new Traffic([programs[as], mode, ...words], this.#over.signal);
    this.#programs.push(program);
    return program;
  }

  /** The agent has listed this socket of `host`, or does not within some seconds. */
  async listed(host: Host, place: Omit<ListeningPlace, 'netns'>): Promise<void> {
    const where = { netns: statSync(this.network.file(host)).ino, ...place };
    const until = Date.now() + LISTED_WITHIN_MS;
    while (entriesOf(where, this.lists()).length === 0 && Date.now() < until) await this.pause(LOOK_EVERY_MS);
  }

  async pause(milliseconds: number): Promise<void> {
    await pause(milliseconds, undefined, { signal: this.#over.signal });
  }

  /** What all programs said, also of ends that no row expects anything of. */
  facts(): readonly Fact[] {
    return this.#programs.flatMap(({ ends, earlier }) => [...ends, ...earlier]);
  }

  /** Ends whatever still runs. */
  async end(): Promise<void> {
    clearTimeout(this.#timer);
    this.interruption.removeEventListener('abort', this.#interrupt);
    await Promise.all(this.#programs.map((program) => program.kill()));
  }
}
