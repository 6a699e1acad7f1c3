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

/** Where its JSON stands, in UTF-8, for as long as it is being taken. */
export interface FlowMessage {
  readonly memory: Buffer;
  readonly start: number;
  readonly end: number;
  /** Every byte is a character. */
  readonly ascii: boolean;
  readonly events: number;
}

/**
 * Puts events together, in their order, for as long as a message has room.
 *
 *     const messages = new FlowMessages({}, (message) => send(message));
 *     for (const event of events) messages.add(event);
 *     messages.flush();
 */
export class FlowMessages {
  readonly #encoder: ConversationEncoder;
  /** Where the next event goes: the encoder's memory holds an opening bracket and events, with a comma after each. */
  #next = FIRST;
  #events = 0;
  #ascii = true;

  constructor(
    options: EncodeOptions,
    private readonly take: (message: FlowMessage) => void,
  ) {
    this.#encoder = new ConversationEncoder(options);
    this.#encoder.writer.put(0, ARRAY_OPEN);
  }

  add(event: ConversationEvent): void {
    const writer = this.#encoder.encode(event, this.#next);
    if (this.#next + writer.length + 1 > MAX_MESSAGE_BYTES && this.#events > 0) {
      this.flush();
      writer.move(FIRST);
    }
    this.#next += writer.length;
    writer.put(this.#next++, COMMA);
    this.#events++;
    if (!writer.ascii) this.#ascii = false;
  }

  /** Hands over what was added since the last message, if anything was. */
  flush(): void {
    const events = this.#events;
    if (events === 0) return;
    const { writer } = this.#encoder;
    const last = this.#next - 1;
    const [start, end] = events === 1 ? [FIRST, last] : [0, last + 1];
    const ascii = this.#ascii;
    writer.put(last, ARRAY_CLOSE);
    this.#next = FIRST;
    this.#events = 0;
    this.#ascii = true;
    this.take({ memory: writer.memory, start, end, ascii, events });
  }
}
