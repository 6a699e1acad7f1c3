/** Events on their way into messages: one is sent as an object, several as an array (docs/wire.md §3). */
import type { ConversationEvent } from '@packetless/model';
import { type EncodeOptions, writeConversation } from './conversation.js';
import type { EncodedMessage } from './json-writer.js';
import { MAX_EVENT_BYTES } from './room.js';

/** The whole message: no longer than an event alone may be. */
const MAX_MESSAGE_BYTES = MAX_EVENT_BYTES;
const ARRAY_OPEN = 0x5b;
const ARRAY_CLOSE = 0x5d;
const COMMA = 0x2c;

export interface FlowMessage extends EncodedMessage {
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
  /** An array that is not closed yet: a bracket, events, a comma after each. */
  readonly #memory = Buffer.allocUnsafeSlow(MAX_MESSAGE_BYTES + 2);
  #length = 1;
  #events = 0;
  #ascii = true;

  constructor(private readonly options: EncodeOptions) {
    this.#memory[0] = ARRAY_OPEN;
  }

  /** Gives the message that is complete since there is no room in it for this event; mostly null. */
  add(event: ConversationEvent): FlowMessage | null {
    const written = writeConversation(event, this.options);
    const complete = this.#length + written.length + 1 > MAX_MESSAGE_BYTES ? this.take() : null;
    written.copyInto(this.#memory, this.#length);
    this.#length += written.length;
    this.#memory[this.#length++] = COMMA;
    this.#events++;
    if (!written.ascii) this.#ascii = false;
    return complete;
  }

  /** What was added since the last message; null: nothing. */
  take(): FlowMessage | null {
    const events = this.#events;
    if (events === 0) return null;
    this.#memory[this.#length - 1] = ARRAY_CLOSE;
    const [start, end] = events === 1 ? [1, this.#length - 1] : [0, this.#length];
    const text = this.#memory.toString(this.#ascii ? 'latin1' : 'utf8', start, end);
    this.#length = 1;
    this.#events = 0;
    this.#ascii = true;
    return { text, size: end - start, events };
  }
}
