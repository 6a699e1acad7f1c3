/** Events on their way into messages: one is sent as an object, several as an array (docs/wire.md §3). */
import type { ConversationEvent } from '@packetless/model';
import { ConversationEncoder, type EncodeOptions } from './conversation.js';
import { MAX_EVENT_BYTES } from './room.js';

/** The whole message: no longer than an event alone may be. */
const MAX_MESSAGE_BYTES = MAX_EVENT_BYTES;
const ARRAY_OPEN = 0x5b;
const ARRAY_CLOSE = 0x5d;
const COMMA = 0x2c;
/** Where the first event begins, behind the bracket. */
const FIRST = 1;

export interface FlowMessage {
  /** JSON in UTF-8. */
  readonly payload: Uint8Array;
  readonly events: number;
}

/**
 * Puts events together, in their order, for as long as a message has room.
 *
 *     const messages = new FlowMessages({});
 *     for (const event of events) send(messages.add(event));
 *     send(messages.take());
 */
export class FlowMessages {
  readonly #encoder: ConversationEncoder;
  /** Where the next event goes: the encoder's memory holds an opening bracket and events, with a comma after each. */
  #next = FIRST;
  #events = 0;

  constructor(options: EncodeOptions) {
    this.#encoder = new ConversationEncoder(options);
    this.#encoder.writer.put(0, ARRAY_OPEN);
  }

  /** Gives the message that is complete since there is no room in it for this event; mostly null. */
  add(event: ConversationEvent): FlowMessage | null {
    const writer = this.#encoder.encode(event, this.#next);
    let complete: FlowMessage | null = null;
    if (this.#next + writer.length + 1 > MAX_MESSAGE_BYTES && this.#events > 0) {
      complete = this.take();
      writer.move(FIRST);
    }
    this.#next += writer.length;
    writer.put(this.#next++, COMMA);
    this.#events++;
    return complete;
  }

  /** What was added since the last message; null: nothing. */
  take(): FlowMessage | null {
    const events = this.#events;
    if (events === 0) return null;
    const { writer } = this.#encoder;
    const last = this.#next - 1;
    const [start, end] = events === 1 ? [FIRST, last] : [0, last + 1];
    writer.put(last, ARRAY_CLOSE);
    this.#next = FIRST;
    this.#events = 0;
    return { payload: writer.bytes(start, end), events };
  }
}
