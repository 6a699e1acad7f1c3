import type { InterfaceRecord, KernelRecord } from '@packetless/introspection';
import {
  type ConversationEvent,
  type Event,
  type EventFilter,
  type InterfaceCountersEvent,
  Ledger,
  type LedgerSnapshot,
} from '@packetless/model';
import type { Containers } from '../identity/containers.js';
import type { Identifier } from '../identity/identify.js';
import { datagramEvent, type Reporter, tcpEvent } from './conversation.js';
import { countersEvent } from './counters.js';
import { type Home, Listening } from './listening.js';
import { choose, type Selection } from './selection.js';
import { Translations } from './translations.js';

/** What the pipeline makes of records; a status is the agent's own word. */
export type PipelineEvent = Exclude<Event, { type: 'status' }>;

export interface PipelineSurroundings {
  readonly identifier: Identifier;
  readonly containers: Containers;
  readonly reporter: Omit<Reporter, 'translated'>;
  readonly selection: Selection;
  /** Null: the selection is all that was asked for. */
  readonly filter: EventFilter | null;
  readonly home: Home;
  /** A namespace's name for people, null for the host's own. */
  readonly namespaceName: (netns: number) => string | null;
  readonly onEvent: (event: PipelineEvent) => void;
}

/** Records in, selected events out, in the same order and at once. */
export class Pipeline {
  /** Every record has done its work when it became an event or changed what is known of a process. */
  readonly #records = new Ledger<'too many listeners'>('records');
  readonly #selection = new Ledger<'not selected'>('selection');
  readonly #listening: Listening;
  readonly #translations: Translations;
  readonly #reporter: Reporter;

  constructor(private readonly surroundings: PipelineSurroundings) {
    const { reporter, home } = surroundings;
    this.#translations = new Translations(reporter, (event) => this.pass(event));
    const translated = this.#translations.of.bind(this.#translations);
    this.#reporter = { ...reporter, location: reporter.location.bind(reporter), translated };
    this.#listening = new Listening(this.#reporter, home);
  }

  take(records: readonly KernelRecord[]): void {
    for (const record of records) {
      this.#records.see();
      if (this.#use(record)) this.#records.deliver();
      else this.#records.drop('too many listeners');
    }
  }

  /** Events of a recording, which need nothing but to be chosen from. */
  pass(event: PipelineEvent): void {
    this.#selection.see();
    const chosen = choose(event, this.surroundings.selection, this.surroundings.filter);
    if (chosen === null) {
      this.#selection.drop('not selected');
    } else {
      this.#selection.deliver();
      this.surroundings.onEvent(chosen);
    }
  }

  ledgers(): readonly LedgerSnapshot[] {
    return [this.#records.snapshot(), this.#selection.snapshot()];
  }

  /** False when there was no room for it. */
  #use(record: KernelRecord): boolean {
    const { identifier, containers } = this.surroundings;
    const reporter = this.#reporter;
    switch (record.kind) {
      case 'process':
        identifier.learn(record);
        containers.meet(record);
        return true;
      case 'exit':
        identifier.forget(record.pid, record.time);
        containers.forget(record.pid);
        return true;
      case 'cgroup':
        containers.learn(record);
        return true;
      case 'datagram':
        this.pass(datagramEvent(record, reporter));
        return true;
      case 'listener':
        return this.#listening.add(record);
      case 'sweep':
        this.pass(this.#listening.finish(record.time));
        return true;
      case 'interface':
        this.pass(this.#counters(record));
        return true;
      case 'translation':
      case 'translations-told':
        this.#translations.take(record);
        return true;
      default:
        this.pass(tcpEvent(record, reporter));
        return true;
    }
  }

  /** An `ip netns` name was given by a person; a container's is the next best. */
  #counters(record: InterfaceRecord): InterfaceCountersEvent {
    const { containers, namespaceName } = this.surroundings;
    return countersEvent(record, this.#reporter, namespaceName(record.netns), containers.ofInterface(record));
  }
}

export function isConversation(event: Event): event is ConversationEvent {
  return event.type === 'flow' || event.type === 'netstat';
}
