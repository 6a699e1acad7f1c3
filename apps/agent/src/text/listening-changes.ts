import type { ListeningEvent, ListeningSocket } from '@packetless/model';
import { WholeLists } from '../events/whole-lists.js';

const TCP = 6;

export interface ListeningChange {
  readonly kind: 'began' | 'ended';
  readonly socket: ListeningSocket;
}

/**
 * Which sockets began and ceased to listen, from one whole list to the next. Those of the first list are no news. A
 * socket of UDP counts from its second list on: programs that ask one question are bound for that long, too.
 */
export class ListeningChanges {
  #known: ReadonlyMap<string, Seen> | null = null;
  readonly #lists = new WholeLists();

  /** To be shown every list, in order. */
  observe(event: ListeningEvent): readonly ListeningChange[] {
    const sockets = this.#lists.observe(event);
    return sockets === null ? [] : this.#compare(sockets);
  }

  #compare(sockets: readonly ListeningSocket[]): ListeningChange[] {
    const before = this.#known;
    const now = new Map<string, Seen>();
    const changes: ListeningChange[] = [];
    for (const socket of sockets) {
      const key = keyOf(socket);
      const known = before?.get(key);
      const told = before === null || known?.told === true || known !== undefined || socket.protocol === TCP;
      if (before !== null && told && known?.told !== true) changes.push({ kind: 'began', socket });
      now.set(key, { socket, told });
    }
    for (const [key, { socket, told }] of before ?? []) {
      if (told && !now.has(key)) changes.push({ kind: 'ended', socket });
    }
    this.#known = now;
    return changes;
  }
}

interface Seen {
  readonly socket: ListeningSocket;
  /** Its begin was told, or is no news. */
  readonly told: boolean;
}

function keyOf({ location, socket, protocol, address, port }: ListeningSocket): string {
  return `${location} ${socket} ${protocol} ${address} ${port}`;
}
