/** What filters ask of events, of sockets that listen, of network interfaces and of groups: each kind answers in its way. */
import { ADDRESS_BYTES, parseAddressInto } from '../address.js';
import type { ConversationEvent, InterfaceCountersEvent, ListeningSocket } from '../event.js';
import type { FlowState } from '../flow.js';
import { type Direction, directionOf } from '../network.js';
import { TCP } from '../protocol.js';
import type { EndAddress } from '../translation.js';
import type { FilterFlag, NumberField } from './fields.js';
import type { FilterIdentity } from './identity-test.js';
import type { FilterEnd } from './word-test.js';

/** What events do not say themselves. */
export interface EventFilterSurroundings {
  /** Whether a 16-byte address is in a local network. */
  readonly isLocal: (bytes: Uint8Array) => boolean;
  /** Name of the agent with this identity, null when it is not known. */
  readonly witnessName: (agent: string | null) => string | null;
  /** Milliseconds since a conversation began, null when its begin is not known. */
  readonly durationOf: (event: ConversationEvent) => number | null;
}

/**
 * Somebody with all that belongs to it, for instance a pod with its containers, and what its conversations amount to.
 * Numbers that it does not have are NaN.
 */
export interface FilterGroup {
  readonly members: readonly FilterIdentity[];
  /** Names of agents that tell of it. */
  readonly witnesses: readonly string[];
  number(field: NumberField): number;
  flag(name: FilterFlag): boolean;
}

export interface Endpoint extends FilterIdentity {
  /** Null where an identity is known and no place in a network. */
  readonly address: string | null;
  readonly port: number;
}

/** Reads what filters ask for out of one kind of subject; null and NaN where it does not say. */
export interface Reader<Subject> {
  client(subject: Subject): Endpoint | null;
  server(subject: Subject): Endpoint | null;
  /** Both ends as they are called behind a translation of addresses; empty without one. */
  behind?(subject: Subject): readonly Endpoint[];
  /** Those who are neither. */
  members?(subject: Subject): readonly FilterIdentity[];
  protocol(subject: Subject): number | null;
  state(subject: Subject): FlowState | null;
  interfaceName(subject: Subject): string | null;
  reason(subject: Subject): string | null;
  direction(subject: Subject): Direction | null;
  witnesses(subject: Subject): readonly (string | null)[];
  number(field: Exclude<NumberField, 'pid' | 'port'>, subject: Subject): number;
  flag(name: FilterFlag, subject: Subject): boolean;
}

/** Of whom no place in a network is known. */
export const NOWHERE = { address: null, port: Number.NaN };

const NOBODY: readonly Endpoint[] = [];

function unnamed({ address, port }: EndAddress): Endpoint {
  return { address, port, process: null, container: null };
}

/** One end of an event; the same object for one after another. An address that cannot be read is 0.0.0.0. */
export class EventEnd implements FilterEnd {
  readonly bytes = new Uint8Array(ADDRESS_BYTES);
  readonly offset = 0;
  port = 0;
  #address = '';

  at({ address, port }: Endpoint): this {
    const text = address ?? '';
    if (text !== this.#address && !parseAddressInto(text, this.bytes, 0)) {
      parseAddressInto('0.0.0.0', this.bytes, 0);
    }
    this.port = port;
    this.#address = text;
    return this;
  }

  text(): string {
    return this.#address;
  }
}

export class Conversations implements Reader<ConversationEvent> {
  readonly #located = new EventEnd();

  constructor(private readonly surroundings: EventFilterSurroundings) {}

  client(event: ConversationEvent): Endpoint {
    return event.client;
  }

  server(event: ConversationEvent): Endpoint {
    return event.server;
  }

  behind({ translated }: ConversationEvent): readonly Endpoint[] {
    return translated === null ? NOBODY : [translated.client, translated.server].map(unnamed);
  }

  protocol(event: ConversationEvent): number {
    return event.protocol;
  }

  state(event: ConversationEvent): FlowState | null {
    if (event.name === 'CONNECT_FAILED') return 'FAILED';
    if (event.protocol === TCP) return event.state;
    return event.name === 'CLOSE' ? 'CLOSED' : 'ACTIVE';
  }

  interfaceName(event: ConversationEvent): string | null {
    return event.interfaceName;
  }

  reason(event: ConversationEvent): string | null {
    return event.reason;
  }

  direction({ client, server }: ConversationEvent): Direction {
    return directionOf(this.#isLocal(client), this.#isLocal(server));
  }

  witnesses(event: ConversationEvent): (string | null)[] {
    return [this.surroundings.witnessName(event.agent)];
  }

  number(field: Exclude<NumberField, 'pid' | 'port'>, event: ConversationEvent): number {
    const { client, server, counters } = event;
    switch (field) {
      case 'clientport':
        return client.port;
      case 'serverport':
        return server.port;
      case 'vlan':
        // Of packets, which no event has.
        return Number.NaN;
      case 'bytes':
        return sum(counters?.bytesSent, counters?.bytesReceived);
      case 'sent':
        return counters?.bytesSent ?? Number.NaN;
      case 'received':
        return counters?.bytesReceived ?? Number.NaN;
      case 'packets':
        return sum(counters?.packetsSent, counters?.packetsReceived);
      case 'rtt':
        return greatest(client.tcp?.rttMs, server.tcp?.rttMs);
      case 'latency':
        return event.connectLatencyMs ?? Number.NaN;
      case 'retransmits':
        return sum(client.tcp?.retransmits, server.tcp?.retransmits);
      case 'rate':
        return greatest(client.tcp?.deliveryRate, server.tcp?.deliveryRate);
      case 'window':
        return greatest(client.tcp?.congestionWindow, server.tcp?.congestionWindow);
      case 'duration':
        return this.surroundings.durationOf(event) ?? Number.NaN;
    }
  }

  flag(name: FilterFlag, event: ConversationEvent): boolean {
    switch (name) {
      case 'failed':
        return event.name === 'CONNECT_FAILED' || event.failure !== null;
      case 'reset':
        return event.failure === 'reset' || event.reason?.includes('reset') === true;
      case 'deleted':
        return isDeleted(event.client) || isDeleted(event.server);
      case 'closed':
        return event.name === 'CLOSE' || event.name === 'CONNECT_FAILED';
      case 'translated':
        return event.translated !== null;
      case 'local':
        return this.#isLocal(event.client) && this.#isLocal(event.server);
      case 'remote':
        return !this.#isLocal(event.client) || !this.#isLocal(event.server);
    }
  }

  #isLocal(end: Endpoint): boolean {
    return this.surroundings.isLocal(this.#located.at(end).bytes);
  }
}

export interface Listener {
  readonly socket: ListeningSocket;
  readonly agent: string | null;
}

/** A listening socket is the server of conversations that may come. */
export class Listeners implements Reader<Listener> {
  readonly #located = new EventEnd();

  constructor(private readonly surroundings: EventFilterSurroundings) {}

  client(): null {
    return null;
  }

  server({ socket }: Listener): Endpoint {
    return socket;
  }

  protocol({ socket }: Listener): number {
    return socket.protocol;
  }

  state({ socket }: Listener): FlowState | null {
    return socket.protocol === TCP ? 'LISTEN' : null;
  }

  interfaceName({ socket }: Listener): string | null {
    return socket.interfaceName;
  }

  reason(): null {
    return null;
  }

  direction(): null {
    return null;
  }

  witnesses({ agent }: Listener): (string | null)[] {
    return [this.surroundings.witnessName(agent)];
  }

  number(field: Exclude<NumberField, 'pid' | 'port'>, { socket }: Listener): number {
    return field === 'serverport' ? socket.port : Number.NaN;
  }

  flag(name: FilterFlag, { socket }: Listener): boolean {
    switch (name) {
      case 'failed':
      case 'reset':
      case 'closed':
      case 'translated':
        return false;
      case 'deleted':
        return isDeleted(socket);
      case 'local':
      case 'remote':
        return this.surroundings.isLocal(this.#located.at(socket).bytes) === (name === 'local');
    }
  }
}

export class Interfaces implements Reader<InterfaceCountersEvent> {
  constructor(private readonly surroundings: EventFilterSurroundings) {}

  client(): null {
    return null;
  }

  server({ container }: InterfaceCountersEvent): Endpoint | null {
    return container === null ? null : { ...NOWHERE, process: null, container };
  }

  protocol(): null {
    return null;
  }

  state(): null {
    return null;
  }

  interfaceName(event: InterfaceCountersEvent): string {
    return event.name;
  }

  reason(): null {
    return null;
  }

  direction(): null {
    return null;
  }

  witnesses(event: InterfaceCountersEvent): (string | null)[] {
    return [this.surroundings.witnessName(event.agent)];
  }

  number(): number {
    return Number.NaN;
  }

  flag(): boolean {
    return false;
  }
}

export class Groups implements Reader<FilterGroup> {
  client(): null {
    return null;
  }

  server(): null {
    return null;
  }

  members({ members }: FilterGroup): readonly FilterIdentity[] {
    return members;
  }

  protocol(): null {
    return null;
  }

  state(): null {
    return null;
  }

  interfaceName(): null {
    return null;
  }

  reason(): null {
    return null;
  }

  direction(): null {
    return null;
  }

  witnesses({ witnesses }: FilterGroup): readonly string[] {
    return witnesses;
  }

  number(field: Exclude<NumberField, 'pid' | 'port'>, group: FilterGroup): number {
    return group.number(field);
  }

  flag(name: FilterFlag, group: FilterGroup): boolean {
    return group.flag(name);
  }
}

function isDeleted({ process }: FilterIdentity): boolean {
  return process?.exeDeleted === true;
}

/** NaN when neither is known; one that nobody counted adds nothing. */
function sum(a: number | null | undefined, b: number | null | undefined): number {
  if (a == null) return b ?? Number.NaN;
  return b == null ? a : a + b;
}

function greatest(a: number | null | undefined, b: number | null | undefined): number {
  if (a == null) return b ?? Number.NaN;
  return b == null ? a : Math.max(a, b);
}
