/** What hosts listen on, as their agents list it. Each list replaces the one before. */
import {
  ADDRESS_BYTES,
  Ledger,
  type ListeningEvent,
  type ListeningSocket,
  parseAddressInto,
} from '@packetless/model';
import type { Agent } from '../agents/agent.js';
import { ContainerRegistry } from '../containers/container-registry.js';
import { Identities } from '../flows/identities.js';
import { foldCookie } from '../flows/socket-cookie.js';

export type ListeningDrop = 'too many sockets' | 'incomplete list' | 'told twice' | 'bad address';

export interface ListeningLimits {
  /** Sockets of all agents together, and of one. */
  readonly total: number;
  readonly perAgent: number;
}

const LIMITS: ListeningLimits = { total: 100_000, perAgent: 10_000 };
/** Text of all processes and containers together, in characters. */
const MAX_IDENTITY_TEXT = 1 << 24;
/** A list that is not renewed for so long is of a host that nobody watches, or as for interfaces. */
const STALE_MS = 60_000;
const MAX_INTERVAL_MS = 600_000;

let tables = 0;

/** A listening socket as it is kept. */
export interface Listener extends ListeningSocket {
  readonly id: string;
  readonly list: ListenerList;
  readonly bytes: Uint8Array;
  /** As flows have it. */
  readonly cookie: number;
  readonly identity: number;
}

/** All sockets of one host. */
export interface ListenerList {
  readonly agent: Agent;
  /** Agent's clock. */
  readonly time: number;
  readonly addresses: ReadonlySet<string>;
  readonly location: string | null;
  readonly listeners: readonly Listener[];
}

/** Parts of a list, until all are there. */
interface Pending {
  readonly time: number;
  readonly parts: Map<number, readonly ListeningSocket[]>;
  sockets: number;
}

interface Known {
  list: ListenerList | null;
  /** By what makes a socket the same in the next list. */
  byKey: Map<string, Listener>;
  pending: Pending | null;
  arrival: number;
  intervalMs: number;
}

export class ListeningSockets {
  /** Sockets told: seen, kept, or refused and why; in flight are those of lists that are not complete. */
  readonly ledger = new Ledger<ListeningDrop>('listening sockets');
  readonly #agents = new Map<string, Known>();
  readonly #identities = new Identities(MAX_IDENTITY_TEXT);
  readonly #number = ++tables;
  #next = 0;
  #size = 0;
  /** Sockets of lists that are not complete. */
  #pending = 0;
  #revision = 0;

  constructor(
    private readonly containers = new ContainerRegistry(),
    private readonly limits: ListeningLimits = LIMITS,
  ) {}

  /** Sockets that are kept. */
  get size(): number {
    return this.#size;
  }

  /** Grows whenever a list is replaced or goes. */
  get revision(): number {
    return this.#revision;
  }

  *lists(): Iterable<ListenerList> {
    for (const { list } of this.#agents.values()) if (list !== null) yield list;
  }

  hear(event: ListeningEvent, agent: Agent, now: number): void {
    this.ledger.see(event.sockets.length);
    const known = this.#know(agent.id, now);
    if (known.pending !== null && known.pending.time !== event.time) this.#giveUp(known);
    const complete = event.parts === 1 ? event.sockets : this.#gather(known, event);
    if (complete === null) return;
    this.#replace(known, event, agent, complete);
    known.intervalMs = Math.min(Math.max(0, now - known.arrival), MAX_INTERVAL_MS);
    known.arrival = now;
  }

  #know(agent: string, now: number): Known {
    let known = this.#agents.get(agent);
    if (known === undefined) {
      known = { list: null, byKey: new Map(), pending: null, arrival: now, intervalMs: 0 };
      this.#agents.set(agent, known);
    }
    return known;
  }

  /** The whole list when this was its last part. */
  #gather(known: Known, event: ListeningEvent): readonly ListeningSocket[] | null {
    known.pending ??= { time: event.time, parts: new Map(), sockets: 0 };
    const { pending } = known;
    const count = event.sockets.length;
    if (pending.parts.has(event.part)) {
      this.ledger.drop('told twice', count);
      return null;
    }
    // A part beyond what is kept is as good as empty.
    const fits =
      pending.sockets + count <= this.limits.perAgent && this.#pending + count <= this.limits.total;
    pending.parts.set(event.part, fits ? event.sockets : []);
    if (fits) {
      pending.sockets += count;
      this.#pending += count;
    } else {
      this.ledger.drop('too many sockets', count);
    }
    if (pending.parts.size < event.parts) return null;
    this.#pending -= pending.sockets;
    known.pending = null;
    return [...pending.parts].sort(([a], [b]) => a - b).flatMap(([, sockets]) => sockets);
  }

  #giveUp(known: Known): void {
    if (known.pending === null) return;
    this.ledger.drop('incomplete list', known.pending.sockets);
    this.#pending -= known.pending.sockets;
    known.pending = null;
  }

  #replace(known: Known, event: ListeningEvent, agent: Agent, sockets: readonly ListeningSocket[]): void {
    const before = known.list?.listeners ?? [];
    const room = Math.min(this.limits.perAgent, this.limits.total - this.#size + before.length);
    const listeners: Listener[] = [];
    const list: ListenerList = {
      agent,
      time: event.time,
      addresses: new Set(event.addresses),
      location: event.location,
      listeners,
    };
    const byKey = new Map<string, Listener>();
    const alike = new Map<string, number>();
    for (const socket of sockets) {
      if (listeners.length >= room) {
        this.ledger.drop('too many sockets');
        continue;
      }
      const key = keyOf(socket, alike);
      const listener = this.#take(socket, list, known.byKey.get(key));
      if (listener === null) {
        this.ledger.drop('bad address');
        continue;
      }
      byKey.set(key, listener);
      listeners.push(listener);
      this.ledger.deliver();
    }
    for (const { identity } of before) this.#identities.release(identity);
    this.#size += listeners.length - before.length;
    this.#revision++;
    known.list = list;
    known.byKey = byKey;
  }

  /** `same`: the socket as the list before had it. Null when its address is none. */
  #take(socket: ListeningSocket, list: ListenerList, same: Listener | undefined): Listener | null {
    const bytes = same?.bytes ?? new Uint8Array(ADDRESS_BYTES);
    if (same === undefined && !parseAddressInto(socket.address, bytes, 0)) return null;
    const mentioned =
      socket.container === null ? null : this.containers.refer(list.agent.witness, socket.container);
    const identity = this.#identities.acquire(socket.process, mentioned);
    const { process, container } = this.#identities.get(identity)!;
    return {
      ...socket,
      process,
      get container() {
        return container === null ? null : container.description;
      },
      id: same?.id ?? `${this.#number}-${(this.#next++).toString(36)}`,
      list,
      bytes,
      cookie: foldCookie(socket.socket),
      identity,
    };
  }

  /** Lets go of lists that are not renewed any more; call it every few seconds. */
  expire(now: number): void {
    for (const [agent, known] of this.#agents) {
      if (now - known.arrival < Math.max(STALE_MS, 3 * known.intervalMs)) continue;
      this.#giveUp(known);
      const listeners = known.list?.listeners ?? [];
      for (const { identity } of listeners) this.#identities.release(identity);
      this.#size -= listeners.length;
      this.#revision++;
      this.#agents.delete(agent);
    }
  }
}

/** The same for the same socket in the next list; `alike` counts those that nothing tells apart. */
function keyOf(socket: ListeningSocket, alike: Map<string, number>): string {
  const { protocol, address, port, location, interfaceName } = socket;
  const key = `${protocol} ${address} ${port} ${location ?? ''} ${interfaceName ?? ''} ${socket.socket ?? ''}`;
  const count = (alike.get(key) ?? 0) + 1;
  alike.set(key, count);
  return count === 1 ? key : `${key} ×${count}`;
}
