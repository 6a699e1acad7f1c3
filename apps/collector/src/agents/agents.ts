/** All agents heard of, found again by whatever an event says about its sender. */
import type { Event } from '@packetless/model';
import { Agent } from './agent.js';

/** Identities come from the network, so their number is bounded. */
export const MAX_AGENTS = 4096;

/** Longer identities are not told apart by what follows. */
const MAX_IDENTITY = 256;
/** Addresses, each with a source number, under which one agent is found again. */
const MAX_ADDRESSES_PER_AGENT = 16;
/** How long a full list is left as it is when nobody in it is silent. */
const LOOK_AGAIN_MS = 1000;

/** How an event arrived: by which interface, from which source number. */
export interface Arrival {
  readonly interfaceName: string;
  readonly sourceId: number;
  readonly time: number;
}

export class Agents {
  readonly #agents = new Map<string, Agent>();
  /** Agents that say no identity in their events, by the address they export from. */
  readonly #byAddress = new Map<string, Agent>();
  /** When last nobody was silent long enough to make room: looking costs a look at every agent. */
  #noRoomAt = -Infinity;
  /** Stands for whoever no longer fits in. */
  readonly #overflow = new Map<string, Agent>();
  #unregistered = 0;

  constructor(private readonly capacity = MAX_AGENTS) {}

  /** Events attributed to no agent of their own, because there were too many agents. */
  get unregistered(): number {
    return this.#unregistered;
  }

  get size(): number {
    return this.#agents.size;
  }

  all(): Iterable<Agent> {
    return this.#agents.values();
  }

  online(now: number): number {
    let count = 0;
    for (const agent of this.#agents.values()) if (agent.isOnline(now)) count++;
    return count;
  }

  /** The agent an event is from, registered if it is new. */
  hear(event: Event, arrival: Arrival): Agent {
    const agent = this.#find(event, arrival) ?? this.#register(event, arrival);
    agent.lastSeen = arrival.time;
    agent.interfaceName = arrival.interfaceName;
    agent.events++;
    if (event.type === 'status') {
      agent.report(event, arrival.time);
      // nProbe says its UUID in its status only and its address in both.
      if (event.address !== null) this.#remember(event.address, arrival, agent);
    }
    return agent;
  }

  /** Whether an agent with this id has been heard of recently. */
  isOnline(id: string, now: number): boolean {
    const agent = this.#agents.get(id) ?? [...this.#overflow.values()].find((other) => other.id === id);
    return agent?.isOnline(now) === true;
  }

  #find(event: Event, arrival: Arrival): Agent | undefined {
    if (event.agent !== null) {
      const known = this.#agents.get(identityKey(event.agent));
      if (known !== undefined || event.type !== 'status') return known;
    }
    const address = senderAddress(event);
    const agent =
      address === null
        ? this.#agents.get(anonymousId(arrival))
        : this.#byAddress.get(addressKey(address, arrival));
    // An agent with an identity of its own is not taken for another one that shares its address.
    return agent !== undefined && event.agent !== null && !isNamedByAddress(agent) ? undefined : agent;
  }

  #register(event: Event, arrival: Arrival): Agent {
    const address = senderAddress(event);
    const id = identityKey(event.agent ?? address ?? anonymousId(arrival));
    // The same exporter with another source number: it started again, or never set one.
    const known = this.#agents.get(id);
    if (known === undefined && this.#agents.size >= this.capacity && !this.#makeRoom(arrival.time)) {
      this.#unregistered++;
      return this.#overflowAgent(arrival);
    }
    const agent = known ?? new Agent(id, address ?? id, address, arrival.interfaceName, arrival.time);
    this.#agents.set(id, agent);
    if (event.agent === null && address !== null) this.#remember(address, arrival, agent);
    return agent;
  }

  #remember(address: string, arrival: Arrival, agent: Agent): void {
    const key = addressKey(address, arrival);
    if (this.#byAddress.get(key) === agent) return;
    if (this.#byAddress.size >= 2 * this.capacity || agent.addresses >= MAX_ADDRESSES_PER_AGENT) return;
    const before = this.#byAddress.get(key);
    if (before !== undefined) before.addresses--;
    this.#byAddress.set(key, agent);
    agent.addresses++;
  }

  /** Forgets the agent that has been silent longest, never one that is online. */
  #makeRoom(now: number): boolean {
    if (Math.abs(now - this.#noRoomAt) < LOOK_AGAIN_MS) return false;
    let silent: Agent | null = null;
    for (const agent of this.#agents.values()) {
      if (!agent.isOnline(now) && agent.lastSeen < (silent?.lastSeen ?? Infinity)) silent = agent;
    }
    if (silent === null) {
      this.#noRoomAt = now;
      return false;
    }
    this.#agents.delete(silent.id);
    silent.forget();
    for (const [key, agent] of this.#byAddress) if (agent === silent) this.#byAddress.delete(key);
    return true;
  }

  #overflowAgent({ interfaceName, time }: Arrival): Agent {
    let agent = this.#overflow.get(interfaceName);
    if (agent === undefined) {
      agent = new Agent(`too many agents on ${interfaceName}`, 'too many agents', null, interfaceName, time);
      this.#overflow.set(interfaceName, agent);
    }
    return agent;
  }
}

function senderAddress(event: Event): string | null {
  if (event.type === 'containers' || event.type === 'translations') return null;
  return event.type === 'status' ? event.address : event.exporter;
}

function isNamedByAddress(agent: Agent): boolean {
  return agent.id === agent.address;
}

function identityKey(identity: string): string {
  return identity.slice(0, MAX_IDENTITY);
}

function addressKey(address: string, { interfaceName, sourceId }: Arrival): string {
  return `${sourceId} ${identityKey(address)} ${interfaceName}`;
}

/** For senders that say nothing about themselves. */
function anonymousId({ interfaceName, sourceId }: Arrival): string {
  return `source ${sourceId} on ${interfaceName}`;
}
