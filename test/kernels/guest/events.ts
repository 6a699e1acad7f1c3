/** What the agent prints, event by event. */
import type { ConversationEvent, Event, EventEndpoint, FlowEventName, Side } from '@packetless/model';
import type { Program } from '../../harness/program.js';
import { waitFor } from '../../harness/wait.js';

/** An emulated processor is slow, and the machine that emulates it may be busy. */
const PATIENCE_MS = 20_000;

export interface Ends {
  readonly clientPort: number;
  readonly serverPort: number;
}

export class Events {
  readonly #events: Event[] = [];
  #read = 0;

  constructor(readonly agent: Program) {}

  /** All so far. */
  all(): readonly Event[] {
    const { lines } = this.agent;
    for (const line of lines.slice(this.#read)) this.#events.push(JSON.parse(line) as Event);
    this.#read = lines.length;
    return this.#events;
  }

  /** Waits for the first event that the question has an answer for. Null when none comes. */
  async find<T>(question: (event: Event) => T | null): Promise<T | null> {
    let asked = 0;
    const ask = () => {
      const events = this.all();
      for (; asked < events.length; asked += 1) {
        const answer = question(events[asked]!);
        if (answer !== null) return { answer };
      }
      return null;
    };
    return (await waitFor('an event', ask, PATIENCE_MS).catch(() => null))?.answer ?? null;
  }

  /** The first event of this name about this conversation, told by the socket on this side. */
  flow(
    name: FlowEventName | null,
    side: Side,
    ends: Ends,
    more: (event: ConversationEvent) => boolean = () => true,
  ): Promise<ConversationEvent | null> {
    return this.find((event) =>
      isAbout(event, side, ends) && event.name === name && more(event) ? event : null,
    );
  }
}

/** Whether it is about this conversation, told by the socket on this side. */
export function isAbout(event: Event, side: Side, ends: Ends): event is ConversationEvent {
  return (
    (event.type === 'flow' || event.type === 'netstat') &&
    event.side === side &&
    event.client.port === ends.clientPort &&
    event.server.port === ends.serverPort
  );
}

/** The reporting host's own end. */
export function ownEnd(event: ConversationEvent): EventEndpoint {
  return event.side === 'server' ? event.server : event.client;
}
