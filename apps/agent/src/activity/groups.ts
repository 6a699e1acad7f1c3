/** Conversations gathered by who they belong to, or by whom they are with: the rows of a table. */
import {
  type ConversationEvent,
  containerName,
  type EventFilter,
  type ListeningSocket,
  type Process,
} from '@packetless/model';
import type { Conversation, Deed } from './conversations.js';

export const VIEWS = ['process', 'remote', 'container', 'user'] as const;
export type View = (typeof VIEWS)[number];

/** Everything by the second, of the span between two ticks. */
export interface Row {
  /** Empty for the sum of all rows. */
  readonly key: string;
  /** Not inert. */
  readonly name: string;
  readonly process: Process | null;
  outPerSecond: number;
  inPerSecond: number;
  retransmitsPerSecond: number;
  openedPerSecond: number;
  failedPerSecond: number;
  /** Mean of the living TCP connections, as last measured; null without one that was. */
  rttMs: number | null;
  /** Living conversations. */
  open: number;
  /** Sockets that listen; null where that means nothing. */
  listening: number | null;
}

export interface Grouping {
  readonly view: View;
  readonly filter: EventFilter | null;
  /** Name of the network namespace of a location, null for the host's own. */
  readonly placeOf: (location: string | null) => string | null;
}

/** `spanSeconds`: between the two ticks. Rows in no order, and the sum of all of them. */
export function rowsOf(
  conversations: Iterable<Conversation>,
  listening: readonly ListeningSocket[],
  spanSeconds: number,
  grouping: Grouping,
): { readonly rows: Row[]; readonly total: Row } {
  const groups = new Map<string, Group>();
  const total = new Group({ key: '', name: 'total', process: null }, true);
  const groupOf = (identity: RowIdentity): Group => {
    let group = groups.get(identity.key);
    if (group === undefined) {
      group = new Group(identity, grouping.view !== 'remote');
      groups.set(identity.key, group);
    }
    return group;
  };
  for (const conversation of conversations) {
    const { event, before, endedAt } = conversation;
    if (endedAt !== null && isIdle(before)) continue;
    if (grouping.filter?.conversation(event) === false) continue;
    groupOf(identityOf(conversation, grouping)).add(conversation, spanSeconds);
    total.add(conversation, spanSeconds);
  }
  for (const socket of listening) {
    if (grouping.filter?.listening(socket, null) === false) continue;
    total.listen();
    if (grouping.view !== 'remote') groupOf(listenerIdentity(socket, grouping)).listen();
  }
  return { rows: [...groups.values()].map((group) => group.row), total: total.row };
}

type RowIdentity = Pick<Row, 'key' | 'name' | 'process'>;

const HOST = 'host';
const UNKNOWN: RowIdentity = { key: '?', name: '?', process: null };

function identityOf({ event, process }: Conversation, { view, placeOf }: Grouping): RowIdentity {
  switch (view) {
    case 'process':
      return processIdentity(process);
    case 'user':
      return userIdentity(process);
    case 'remote': {
      const name = remoteOf(event);
      return { key: name, name, process: null };
    }
    case 'container':
      return containerIdentity(ownContainer(event), event.location, placeOf);
  }
}

/** With the backend that a service's address stands for, where it is known (NAT). */
function remoteOf({ side, client, server, translated }: ConversationEvent): string {
  if (side === 'server') return client.address;
  const backend = translated?.server.address ?? server.address;
  return backend === server.address ? backend : `${server.address} ⇒ ${backend}`;
}

function listenerIdentity(socket: ListeningSocket, { view, placeOf }: Grouping): RowIdentity {
  if (view === 'container') return containerIdentity(socket.container, socket.location, placeOf);
  return view === 'user' ? userIdentity(socket.process) : processIdentity(socket.process);
}

/** Most conversations of a process name it by the same object, and there may be tens of thousands. */
const identities = new WeakMap<Process, RowIdentity>();

/** A process that became another program is another row. */
function processIdentity(process: Process | null): RowIdentity {
  if (process === null) return UNKNOWN;
  let identity = identities.get(process);
  if (identity === undefined) {
    identity = { key: `${process.pid} ${process.name}`, name: process.name, process };
    identities.set(process, identity);
  }
  return identity;
}

function userIdentity(process: Process | null): RowIdentity {
  if (process === null) return UNKNOWN;
  const name = process.user ?? String(process.uid ?? '?');
  return { key: name, name, process: null };
}

/** What runs in no known container is told apart by its network namespace. */
function containerIdentity(
  container: ListeningSocket['container'],
  location: string | null,
  placeOf: Grouping['placeOf'],
): RowIdentity {
  if (container !== null) return { key: container.id, name: containerName(container), process: null };
  const place = placeOf(location) ?? HOST;
  return { key: `netns ${place}`, name: place, process: null };
}

function ownContainer({ side, client, server }: ConversationEvent): ListeningSocket['container'] {
  return (side === 'server' ? server : client).container;
}

function isIdle({ bytesOut, bytesIn, retransmits, opened, failed }: Deed): boolean {
  return bytesOut === 0 && bytesIn === 0 && retransmits === 0 && opened === 0 && failed === 0;
}

class Group {
  readonly row: Row;
  #rttSum = 0;
  #rttCount = 0;

  constructor(identity: RowIdentity, listens: boolean) {
    this.row = {
      ...identity,
      outPerSecond: 0,
      inPerSecond: 0,
      retransmitsPerSecond: 0,
      openedPerSecond: 0,
      failedPerSecond: 0,
      rttMs: null,
      open: 0,
      listening: listens ? 0 : null,
    };
  }

  add({ before, endedAt, rttMs }: Conversation, seconds: number): void {
    const { row } = this;
    row.outPerSecond += before.bytesOut / seconds;
    row.inPerSecond += before.bytesIn / seconds;
    row.retransmitsPerSecond += before.retransmits / seconds;
    row.openedPerSecond += before.opened / seconds;
    row.failedPerSecond += before.failed / seconds;
    if (endedAt !== null) return;
    row.open += 1;
    if (rttMs === null) return;
    this.#rttSum += rttMs;
    this.#rttCount += 1;
    row.rttMs = this.#rttSum / this.#rttCount;
  }

  listen(): void {
    this.row.listening = (this.row.listening ?? 0) + 1;
  }
}
