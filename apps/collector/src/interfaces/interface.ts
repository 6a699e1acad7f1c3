/** A named place that flows are seen on, with its flow table and its accounts. */
import type { InterfaceInfo } from '@packetless/live';
import type { LedgerSnapshot, Observation } from '@packetless/model';
import { FlowTable, type FlowTableOptions } from '../flows/flow-table.js';

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

export class Interface {
  readonly table: FlowTable;

  constructor(
    readonly name: string,
    readonly input: Input,
    tableOptions: Omit<FlowTableOptions, 'interfaceName'>,
  ) {
    this.table = new FlowTable({ ...tableOptions, interfaceName: name });
  }

  observe(observation: Observation): void {
    this.table.apply(observation);
  }

  /** Every hop's account, in the order that data passes them. */
  ledgers(): LedgerSnapshot[] {
    return [...this.input.ledgers(), this.table.ledger.snapshot()];
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
