/** What the agent prints, event by event. */
import type { ConversationEvent, Event, EventEndpoint, FlowEventName } from '@packetless/model';
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

  all(): readonly Event[] {
    const { lines } = this.agent;
    for (const line of lines.slice(this.#read)) this.#events.push(JSON.parse(line) as Event);
    this.#read = lines.length;
    return this.#events;
  }

  /** Waits for the first event that the question has an answer for. Null when none comes. */
  async find<T>(question: (event: Event) => T | null): Promise<T | null> {
    const ask = () => {
      for (const event of this.all()) {
        const answer = question(event);
        if (answer !== null) return { answer };
      }
      if (this.agent.exit !== null) throw new Error(`the agent has ended: ${this.agent.stderr}`);
      return null;
    };
    return (await waitFor('an event', ask, PATIENCE_MS).catch(() => null))?.answer ?? null;
  }

  /** The first event of this name about this conversation, told by the socket on this side. */
  flow(
    name: FlowEventName | null,
    side: 'client' | 'server',
    ends: Ends,
    more: (event: ConversationEvent) => boolean = () => true,
  ) {
    return this.find((event) => (matches(event, name, side, ends) && more(event) ? event : null));
  }
}

function matches(
  event: Event,
  name: FlowEventName | null,
  side: string,
  ends: Ends,
): event is ConversationEvent {
  return (
    (event.type === 'flow' || event.type === 'netstat') &&
    event.name === name &&
    event.side === side &&
    event.client.port === ends.clientPort &&
    event.server.port === ends.serverPort
  );
}

/** The reporting host's own end. */
export function ownEnd(event: ConversationEvent): EventEndpoint {
  return event.side === 'server' ? event.server : event.client;
}
