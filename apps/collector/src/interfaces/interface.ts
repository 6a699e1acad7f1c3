/** A named place that flows are seen on, with its flow table and its accounts. */
import type { InterfaceInfo } from '@packetless/live';
import type {
  ContainersEvent,
  InterfaceCountersEvent,
  LedgerSnapshot,
  ListeningEvent,
  Observation,
  TranslationsEvent,
} from '@packetless/model';
import type { Agent } from '../agents/agent.js';
import { ContainerRegistry } from '../containers/container-registry.js';
import { FlowTable, type FlowTableOptions } from '../flows/flow-table.js';
import { ConnectionCounts } from '../hosts/connection-counts.js';
import { HostInterfaces } from '../hosts/host-interfaces.js';
import { ListeningSockets } from '../hosts/listening-sockets.js';
import type { NamedInterface } from './settings.js';

/** What an input says of itself. */
export interface InputAccount {
  readonly kind: InterfaceInfo['kind'];
  readonly messages: number;
  readonly bytes: number;
  /** How many of each kind came. */
  readonly events: ReadonlyMap<string, number>;
  readonly eventsPerSecond: number;
  endpoints(): InterfaceInfo['endpoints'];
  /** Host and network namespace whose packets these are; null: not known, as of a file. */
  readonly location?: string | null;
  /** Null for what brings events. */
  packets?(): InterfaceInfo['packets'];
  /** In the order that data passes the hops. */
  ledgers(): LedgerSnapshot[];
}

/** What brings an interface its observations. */
export interface Input extends InputAccount {
  /** Begins to take what comes; rejects with a sentence saying what prevents it. */
  start(): Promise<void>;
  close(): Promise<void>;
  /** Called every second. */
  sample(now: number): void;
}

/** What an agent tells of its host. */
export type HostEvent = ListeningEvent | InterfaceCountersEvent | ContainersEvent | TranslationsEvent;

/** What was set for an interface. */
export type ReadSettings = (one: NamedInterface) => Pick<InterfaceInfo, 'mirrored' | 'companions'>;

const NONE_SET: ReadSettings = () => ({ mirrored: null, companions: [] });

export class Interface {
  readonly table: FlowTable;
  readonly containers = new ContainerRegistry();
  readonly hostInterfaces = new HostInterfaces(this.containers);
  readonly listening = new ListeningSockets(this.containers);
  readonly connections: ConnectionCounts;
  #delivered = 0;

  constructor(
    readonly name: string,
    readonly input: InputAccount,
    tableOptions: Omit<FlowTableOptions, 'interfaceName' | 'containers'>,
    private readonly settings: ReadSettings = NONE_SET,
  ) {
    this.table = new FlowTable({ ...tableOptions, interfaceName: name, containers: this.containers });
    this.connections = new ConnectionCounts(this.table.store, this.listening);
  }

  get kind(): InterfaceInfo['kind'] {
    return this.input.kind;
  }

  /** False when it is refused, which is counted. */
  observe(observation: Observation): boolean {
    return this.table.apply(observation);
  }

  /** Takes what came in by another interface and belongs here, too. */
  takeDelivered(observation: Observation, origin: Interface): boolean {
    this.#delivered++;
    for (const { container } of [observation.client, observation.server]) {
      if (container !== null) this.containers.adopt(container.id, observation.witness, origin.containers);
    }
    return this.observe(observation);
  }

  /** Takes what an agent tells of its host. */
  observeHost(event: Exclude<HostEvent, TranslationsEvent>, agent: Agent, now: number): void {
    switch (event.type) {
      case 'listening':
        this.listening.hear(event, agent, now);
        break;
      case 'counters':
        this.hostInterfaces.hear(event, agent, now);
        break;
      case 'containers':
        this.containers.hear(event, agent.witness, now);
    }
  }

  /** Lets go of what is over or not heard of any more; call it every second. */
  expire(now: number): void {
    this.table.expire(now);
    this.listening.expire(now);
    this.hostInterfaces.expire(now);
    this.containers.expire(now);
  }

  /** Every hop's account, in the order that data passes them. */
  ledgers(): LedgerSnapshot[] {
    // What agents tell of their hosts stays on the interface that it came in by.
    const hosts = this.kind === 'zmq' ? [this.listening.ledger, this.hostInterfaces.ledger] : [];
    return [
      ...this.input.ledgers(),
      ...[this.table.ledger, ...hosts, this.containers.ledger].map((ledger) => ledger.snapshot()),
    ];
  }

  /** All accounts; besides hops that of the flows themselves, of which those visible now are in flight. */
  accounts(): LedgerSnapshot[] {
    return [...this.ledgers(), this.table.lifecycle.snapshot()];
  }

  info(): InterfaceInfo {
    const { input, table } = this;
    return {
      name: this.name,
      kind: input.kind,
      ...this.settings(this),
      endpoints: input.endpoints(),
      flows: { now: table.size, ended: table.ended, capacity: table.capacity },
      events: Object.fromEntries(input.events),
      messages: input.messages,
      bytes: input.bytes,
      eventsPerSecond: input.eventsPerSecond,
      eventsDelivered: this.#delivered,
      packets: input.packets?.() ?? null,
      ledgers: this.ledgers(),
    };
  }
}
