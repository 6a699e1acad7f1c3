/** A named place that flows are seen on, with its flow table and its accounts. */
import type { InterfaceInfo } from '@packetless/live';
import type {
  ContainersEvent,
  InterfaceCountersEvent,
  LedgerSnapshot,
  ListeningEvent,
  Observation,
} from '@packetless/model';
import type { Agent } from '../agents/agent.js';
import { ContainerRegistry } from '../containers/container-registry.js';
import { FlowTable, type FlowTableOptions } from '../flows/flow-table.js';
import { ConnectionCounts } from '../hosts/connection-counts.js';
import { HostInterfaces } from '../hosts/host-interfaces.js';
import { ListeningSockets } from '../hosts/listening-sockets.js';

/** What brings an interface its observations, and its account of that. */
export interface Input {
  readonly kind: InterfaceInfo['kind'];
  readonly messages: number;
  readonly bytes: number;
  /** How many of each kind came. */
  readonly events: ReadonlyMap<string, number>;
  readonly eventsPerSecond: number;
  endpoints(): InterfaceInfo['endpoints'];
  /** In the order that data passes the hops. */
  ledgers(): LedgerSnapshot[];
}

/** What an agent tells of its host. */
export type HostEvent = ListeningEvent | InterfaceCountersEvent | ContainersEvent;

export class Interface {
  readonly table: FlowTable;
  readonly containers = new ContainerRegistry();
  readonly hostInterfaces = new HostInterfaces(this.containers);
  readonly listening = new ListeningSockets(this.containers);
  readonly connections: ConnectionCounts;

  constructor(
    readonly name: string,
    readonly input: Input,
    tableOptions: Omit<FlowTableOptions, 'interfaceName' | 'containers'>,
  ) {
    this.table = new FlowTable({ ...tableOptions, interfaceName: name, containers: this.containers });
    this.connections = new ConnectionCounts(this.table.store, this.listening);
  }

  observe(observation: Observation): void {
    this.table.apply(observation);
  }

  /** Takes what an agent tells of its host. */
  observeHost(event: HostEvent, agent: Agent, now: number): void {
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
    return [
      ...this.input.ledgers(),
      this.table.ledger.snapshot(),
      this.listening.ledger.snapshot(),
      this.hostInterfaces.ledger.snapshot(),
      this.containers.ledger.snapshot(),
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
      endpoints: input.endpoints(),
      flows: { now: table.size, ended: table.ended, capacity: table.capacity },
      events: Object.fromEntries(input.events),
      messages: input.messages,
      bytes: input.bytes,
      eventsPerSecond: input.eventsPerSecond,
      ledgers: this.ledgers(),
    };
  }
}
