/** Network interfaces of the hosts, as their agents count them: the latest totals, and how fast they grow. */
import type { HostInterfaceInfo } from '@packetless/live';
import { type InterfaceCountersEvent, Ledger } from '@packetless/model';
import type { Agent } from '../agents/agent.js';
import { ContainerRegistry } from '../containers/container-registry.js';
import type { KnownContainer } from '../containers/known-container.js';

export type HostInterfaceDrop = 'too many interfaces';

export interface HostInterfaceLimits {
  /** Of all agents together. */
  readonly total: number;
  readonly perAgent: number;
}

/** A node of a cluster has some hundred containers, each with an interface on either side of its namespace. */
const LIMITS: HostInterfaceLimits = { total: 16_384, perAgent: 2048 };
/** One that is not told of for so long is gone, or for three times as long as it took between the last two times. */
const STALE_MS = 60_000;
const MAX_INTERVAL_MS = 600_000;
/** What grows in less time says nothing of a rate. */
const MIN_SPAN_MS = 100;

let tables = 0;

interface Totals {
  readonly time: number;
  readonly bytesReceived: number;
  readonly packetsReceived: number;
  readonly bytesSent: number;
  readonly packetsSent: number;
}

/** One network interface of one host. */
export class HostInterface {
  #event: InterfaceCountersEvent;
  #before: Totals | null = null;
  #arrival: number;
  #intervalMs = 0;
  #container: KnownContainer | null = null;

  constructor(
    readonly id: string,
    readonly agent: Agent,
    event: InterfaceCountersEvent,
    private readonly containers: ContainerRegistry,
    now: number,
  ) {
    this.#event = event;
    this.#arrival = now;
    this.#refer(event);
  }

  get event(): InterfaceCountersEvent {
    return this.#event;
  }

  /** Takes newer totals. An interface that was made anew under the same number begins again. */
  update(event: InterfaceCountersEvent, now: number): void {
    this.#intervalMs = Math.min(Math.max(0, now - this.#arrival), MAX_INTERVAL_MS);
    this.#arrival = now;
    if (isLess(event, this.#event)) this.#before = null;
    else if (event.time - this.#event.time >= MIN_SPAN_MS) this.#before = this.#event;
    this.#event = event;
    this.#refer(event);
  }

  /** It is gone. */
  close(): void {
    if (this.#container !== null) this.#container.uses--;
    this.#container = null;
  }

  #refer({ container: told }: InterfaceCountersEvent): void {
    const before = this.#container;
    this.#container = told === null ? null : this.containers.refer(this.agent.witness, told);
    if (this.#container !== null) this.#container.uses++;
    if (before !== null) before.uses--;
  }

  isStale(now: number): boolean {
    return now - this.#arrival >= Math.max(STALE_MS, 3 * this.#intervalMs);
  }

  info(interfaceName: string): HostInterfaceInfo {
    const { type: _type, agent: _agent, exporter: _exporter, ...told } = this.#event;
    return {
      id: this.id,
      agent: { id: this.agent.id, name: this.agent.witness.name },
      interface: interfaceName,
      ...told,
      container: this.#container?.description ?? null,
      rates: this.#rates(),
    };
  }

  #rates(): HostInterfaceInfo['rates'] {
    const before = this.#before;
    const now = this.#event;
    const perSecond = (member: Exclude<keyof Totals, 'time'>) =>
      before === null ? null : ((now[member] - before[member]) * 1000) / (now.time - before.time);
    return {
      bytesReceived: perSecond('bytesReceived'),
      packetsReceived: perSecond('packetsReceived'),
      bytesSent: perSecond('bytesSent'),
      packetsSent: perSecond('packetsSent'),
    };
  }
}

/** Counters that went back, or a clock that did. */
function isLess(now: Totals, before: Totals): boolean {
  return (
    now.time < before.time ||
    now.bytesReceived < before.bytesReceived ||
    now.packetsReceived < before.packetsReceived ||
    now.bytesSent < before.bytesSent ||
    now.packetsSent < before.packetsSent
  );
}

export class HostInterfaces {
  /** Counters told: seen, taken, or refused and why. */
  readonly ledger = new Ledger<HostInterfaceDrop>('interface counters');
  readonly #agents = new Map<string, Map<string, HostInterface>>();
  readonly #number = ++tables;
  #next = 0;
  #size = 0;

  constructor(
    private readonly containers = new ContainerRegistry(),
    private readonly limits: HostInterfaceLimits = LIMITS,
  ) {}

  get size(): number {
    return this.#size;
  }

  hear(event: InterfaceCountersEvent, agent: Agent, now: number): void {
    this.ledger.see();
    const known = this.#agents.get(agent.id) ?? new Map<string, HostInterface>();
    const key = `${event.location ?? ''} ${event.index}`;
    const same = known.get(key);
    if (same !== undefined) {
      same.update(event, now);
    } else if (known.size >= this.limits.perAgent || this.#size >= this.limits.total) {
      this.ledger.drop('too many interfaces');
      return;
    } else {
      const id = `${this.#number}-${(this.#next++).toString(36)}`;
      known.set(key, new HostInterface(id, agent, event, this.containers, now));
      this.#agents.set(agent.id, known);
      this.#size++;
    }
    this.ledger.deliver();
  }

  *all(): Iterable<HostInterface> {
    for (const interfaces of this.#agents.values()) yield* interfaces.values();
  }

  /** Lets go of what no agent speaks of any more; call it every few seconds. */
  expire(now: number): void {
    for (const [agent, interfaces] of this.#agents) {
      for (const [key, each] of interfaces) {
        if (!each.isStale(now)) continue;
        interfaces.delete(key);
        each.close();
        this.#size--;
      }
      if (interfaces.size === 0) this.#agents.delete(agent);
    }
  }
}
