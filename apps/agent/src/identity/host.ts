/** Facts about this host that do not change while the agent runs. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { hostname, release } from 'node:os';

export interface Host {
  /** os-release(5) PRETTY_NAME; null without the file. */
  readonly system: string | null;
  readonly kernel: string;
  /** First 8 hex digits of the boot's id. */
  readonly boot: string;
  /** machine-id(5), else the host's name. */
  readonly machine: string;
  /** Inode of the agent's own network namespace. */
  readonly netns: number;
}

export function readHost(): Host {
  return {
    system: readSystem(),
    kernel: release(),
    boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8),
    machine: readText('/etc/machine-id') ?? readText('/var/lib/dbus/machine-id') ?? hostname(),
    netns: statSync('/proc/self/ns/net').ino,
  };
}

/** Who the agent is towards collectors. */
export interface AgentIdentity {
  /** 16 hex digits: the same after a restart, another for another host, namespace or name. */
  readonly id: string;
  /** 1 to 255, as header v1 has room for; docs/wire.md §2. */
  readonly sourceId: number;
}

export function agentIdentity(host: Pick<Host, 'machine' | 'netns'>, name: string): AgentIdentity {
  const hash = createHash('sha256').update(`${host.machine}\0${host.netns}\0${name}`).digest();
  return { id: hash.toString('hex', 0, 8), sourceId: (hash.readUInt32BE(8) % 255) + 1 };
}

/** Where a socket is: an address such as 127.0.0.1 means something inside one network namespace only. */
export function locationOf(host: Pick<Host, 'boot'>, netns: number): string {
  return `${host.boot}/${netns}`;
}

const MAX_LOCATIONS = 4096;

/** The same text for the same namespace; one is made for every container, over the years without end. */
export class Locations {
  readonly #texts = new Map<number, string>();

  constructor(private readonly host: Pick<Host, 'boot'>) {}

  of(netns: number): string {
    let text = this.#texts.get(netns);
    if (text === undefined) {
      if (this.#texts.size === MAX_LOCATIONS) this.#texts.clear();
      text = locationOf(this.host, netns);
      this.#texts.set(netns, text);
    }
    return text;
  }
}

function readSystem(): string | null {
  const value = /^PRETTY_NAME=(.*)$/m.exec(readText('/etc/os-release') ?? '')?.[1];
  return value === undefined ? null : value.replace(/^(["'])(.*)\1$/, '$2');
}

function readText(path: string): string | null {
  try {
    const text = readFileSync(path, 'utf8').trim();
    return text === '' ? null : text;
  } catch {
    return null;
  }
}
