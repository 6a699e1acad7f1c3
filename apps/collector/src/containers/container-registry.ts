/**
 * The containers of one interface's agents, by agent and id. Whatever mentions a container refers to its entry here, so
 * that names which an agent learns late are those of all that it has told before.
 */
import { type Container, type ContainersEvent, Ledger, type Witness } from '@packetless/model';
import { brief, charactersOf, isSame, learnt, mentioned } from './describe.js';
import { KnownContainer } from './known-container.js';

export type ContainerDrop = 'too many containers';

export interface ContainerLimits {
  /** Of all agents together, and of one. */
  readonly total: number;
  readonly perAgent: number;
  /** Text of all descriptions together. */
  readonly characters: number;
}

const LIMITS: ContainerLimits = { total: 65_536, perAgent: 16_384, characters: 1 << 25 };
/** Agents tell every minute what they know. What nobody refers to or speaks of for so long is gone. */
const STALE_MS = 180_000;
const EXPIRY_INTERVAL_MS = 5_000;

/** Adds what somebody else knows of a container, for instance an orchestrator. */
export type Enrich = (told: Container) => Container;

interface Entry {
  /** As its agent tells it. */
  told: Container;
  characters: number;
  readonly container: KnownContainer;
}

export class ContainerRegistry {
  /** Containers that agents told of: seen, kept, or refused and why. */
  readonly ledger = new Ledger<ContainerDrop>('containers');
  readonly #agents = new Map<string, Map<string, Entry>>();
  readonly #limits: ContainerLimits;
  /** Events come in runs from one agent. */
  #lastAgent: string | null = null;
  #lastEntries: Map<string, Entry> | undefined;
  #enrich: Enrich = (told) => told;
  #size = 0;
  #characters = 0;
  #shortened = 0;
  #revision = 0;
  /** Collector's clock, as coarse as it is told. */
  #now: number;
  #expiredAt: number;

  constructor(limits: Partial<ContainerLimits> = {}, now = Date.now()) {
    this.#limits = { ...LIMITS, ...limits };
    this.#now = now;
    this.#expiredAt = now;
  }

  get size(): number {
    return this.#size;
  }

  /** Grows whenever a description changes. */
  get revision(): number {
    return this.#revision;
  }

  /** How often a description was kept shorter than it was told, for want of room. */
  get shortened(): number {
    return this.#shortened;
  }

  get retainedBytes(): number {
    return this.#characters * 2;
  }

  *all(): Iterable<KnownContainer> {
    for (const entries of this.#agents.values())
      for (const { container } of entries.values()) yield container;
  }

  /** The container that `witness` mentions. */
  refer(witness: Witness, told: Container): KnownContainer {
    const entry = this.#find(witness.id, told.id);
    if (entry !== undefined) {
      this.#take(entry, witness, mentioned(entry.told, told));
      return entry.container;
    }
    const added = this.#add(witness, told);
    if (added !== null) return added.container;
    this.ledger.see();
    this.ledger.drop('too many containers');
    return new KnownContainer(witness, brief(told), this.#now, false);
  }

  /** Takes what an agent has learnt of containers. */
  hear(event: ContainersEvent, witness: Witness, now: number): void {
    this.#now = now;
    for (const told of event.containers) {
      this.ledger.see();
      const entry = this.#find(witness.id, told.id);
      if (entry !== undefined) this.#take(entry, witness, learnt(entry.told, told));
      else if (this.#add(witness, told) === null) {
        this.ledger.drop('too many containers');
        continue;
      }
      this.ledger.deliver();
    }
  }

  /** The same for an interface that its events are delivered to: of containers that nothing here mentions, nothing is taken. */
  hearOfKnown(event: ContainersEvent, witness: Witness, now: number): void {
    this.#now = now;
    for (const told of event.containers) {
      const entry = this.#find(witness.id, told.id);
      if (entry === undefined) continue;
      this.ledger.see();
      this.#take(entry, witness, learnt(entry.told, told));
      this.ledger.deliver();
    }
  }

  /** Begins to know a container that `other` knows already. */
  adopt(id: string, witness: Witness, other: ContainerRegistry): void {
    if (this.#find(witness.id, id) !== undefined) return;
    const known = other.#find(witness.id, id);
    if (known !== undefined) this.#add(witness, known.told);
  }

  /** From now on descriptions are completed so. */
  enrichWith(enrich: Enrich): void {
    this.#enrich = enrich;
    this.refresh(() => true);
  }

  /** What is known elsewhere of the containers concerned has changed. */
  refresh(concerned: (told: Container) => boolean): void {
    for (const entries of this.#agents.values()) {
      for (const entry of entries.values()) if (concerned(entry.told)) this.#describe(entry);
    }
  }

  /** Lets go of what nobody refers to or speaks of any more; call it every few seconds. */
  expire(now: number): void {
    this.#now = now;
    if (Math.abs(now - this.#expiredAt) < EXPIRY_INTERVAL_MS) return;
    this.#expiredAt = now;
    this.#lastAgent = null;
    for (const [agent, entries] of this.#agents) {
      for (const [id, { container, characters }] of entries) {
        if (container.uses > 0 || now - container.heardAt < STALE_MS) continue;
        entries.delete(id);
        this.#size--;
        this.#characters -= characters;
      }
      if (entries.size === 0) this.#agents.delete(agent);
    }
  }

  #find(agent: string, id: string): Entry | undefined {
    if (agent !== this.#lastAgent) {
      this.#lastAgent = agent;
      this.#lastEntries = this.#agents.get(agent);
    }
    return this.#lastEntries?.get(id);
  }

  #take(entry: Entry, witness: Witness, told: Container): void {
    const { container } = entry;
    container.heardAt = this.#now;
    container.witness = witness;
    if (told === entry.told || !this.#keep(entry, told)) return;
    this.#describe(entry);
  }

  /** Null when there are too many. */
  #add(witness: Witness, told: Container): Entry | null {
    const known = this.#agents.get(witness.id);
    if ((known?.size ?? 0) >= this.#limits.perAgent || this.#size >= this.#limits.total) return null;
    const container = new KnownContainer(witness, told, this.#now, true);
    const entry: Entry = { told, characters: 0, container };
    this.#keep(entry, told);
    this.#describe(entry);
    if (known === undefined) {
      this.#agents.set(witness.id, new Map([[told.id, entry]]));
      this.#lastAgent = null;
    } else known.set(told.id, entry);
    this.#size++;
    return entry;
  }

  /** Whether what is kept is new. */
  #keep(entry: Entry, told: Container): boolean {
    const others = this.#characters - entry.characters;
    const fits = others + charactersOf(told) <= this.#limits.characters;
    const kept = fits ? told : brief(told);
    if (!fits) {
      this.#shortened++;
      if (entry.characters > 0 && mentioned(entry.told, kept) === entry.told) return false;
    }
    entry.told = kept;
    entry.characters = charactersOf(kept);
    this.#characters = others + entry.characters;
    return true;
  }

  #describe({ told, container }: Entry): void {
    const description = this.#enrich(told);
    if (container.revision === 0 || !isSame(description, container.description)) {
      container.describe(description, ++this.#revision);
    }
  }
}
