import type { ListeningEvent, ListeningSocket } from '@packetless/model';

/** A list that never becomes whole is given up when the next one begins. */
const MAX_PARTS = 65_536;

/** Puts lists of listening sockets together that came in parts: those of one list have the same time. */
export class WholeLists {
  readonly #parts = new Map<number, ListeningEvent>();

  /** To be shown every list, in order. All sockets when the last part is there, null before. */
  observe(event: ListeningEvent): readonly ListeningSocket[] | null {
    if (event.parts === 1) return event.sockets;
    const [first] = this.#parts.values();
    if (first?.time !== event.time || first.agent !== event.agent || this.#parts.size > MAX_PARTS) {
      this.#parts.clear();
    }
    this.#parts.set(event.part, event);
    if (this.#parts.size < event.parts) return null;
    const sockets = [...this.#parts.values()].flatMap((part) => part.sockets);
    this.#parts.clear();
    return sockets;
  }
}
