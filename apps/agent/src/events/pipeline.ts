import type { KernelRecord } from '@packetless/introspection';
import { type ConversationEvent, Ledger, type LedgerSnapshot } from '@packetless/model';
import type { Identifier } from '../identity/identify.js';
import { type Reporter, tcpEvent, udpEvent } from './conversation.js';
import { isSelected, type Selection } from './selection.js';

/** Records in, selected events out, in the same order and at once. */
export class Pipeline {
  /** Every record has done its work when it became an event or changed what is known of a process. */
  readonly #records = new Ledger('records');
  readonly #selection = new Ledger<'not selected'>('selection');

  constructor(
    private readonly identifier: Identifier,
    private readonly reporter: Reporter,
    private readonly selection: Selection,
    private readonly onEvent: (event: ConversationEvent) => void,
  ) {}

  take(records: readonly KernelRecord[]): void {
    for (const record of records) {
      this.#records.see();
      switch (record.kind) {
        case 'process':
          this.identifier.learn(record);
          break;
        case 'exit':
          this.identifier.forget(record.pid, record.time);
          break;
        case 'udp':
          this.#pass(udpEvent(record, this.reporter));
          break;
        default:
          this.#pass(tcpEvent(record, this.reporter));
      }
      this.#records.deliver();
    }
  }

  ledgers(): readonly LedgerSnapshot[] {
    return [this.#records.snapshot(), this.#selection.snapshot()];
  }

  #pass(event: ConversationEvent): void {
    this.#selection.see();
    if (isSelected(event, this.selection)) {
      this.#selection.deliver();
      this.onEvent(event);
    } else {
      this.#selection.drop('not selected');
    }
  }
}
