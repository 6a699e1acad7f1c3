/**
 * Filters compiled to functions over single events. What an event does not say is unknown to the filter: `bytes>1MB`
 * holds from the event on that counts so many.
 *
 *     const filter = compileEventFilter(parseFilter('process:curl or failed')!, surroundings);
 *     filter.conversation(event);
 */
import { ADDRESS_BYTES, parseAddressInto } from '../address.js';
import type { ConversationEvent, InterfaceCountersEvent, ListeningSocket } from '../event.js';
import type { FlowState } from '../flow.js';
import { parseNetwork } from '../network.js';
import { TCP } from '../protocol.js';
import type { FilterFlag, NetworkField, NumberField, TextField } from './fields.js';
import { type FilterIdentity, identityTest, isIdentityField, labelTest, textTest } from './identity-test.js';
import type { Comparison, FilterNode } from './node.js';
import type { Pattern } from './pattern.js';
import { numberTest, protocolTest, stateTest } from './value-test.js';
import { type FilterEnd, wordTest } from './word-test.js';

/** What events do not say themselves. */
export interface EventFilterSurroundings {
  /** Whether a 16-byte address is in a local network. */
  readonly isLocal: (bytes: Uint8Array) => boolean;
  /** Name of the agent with this identity, null when it is not known. */
  readonly witnessName: (agent: string | null) => string | null;
  /** Milliseconds since a conversation began, null when its begin is not known. */
  readonly durationOf: (event: ConversationEvent) => number | null;
}

export interface EventFilter {
  conversation(event: ConversationEvent): boolean;
  listening(socket: ListeningSocket, agent: string | null): boolean;
  /** An interface is a name (`if`), a witness, and the container that it leads to. */
  counters(event: InterfaceCountersEvent): boolean;
}

export function compileEventFilter(node: FilterNode, surroundings: EventFilterSurroundings): EventFilter {
  const conversation = compile(node, new Conversations(surroundings));
  const listening = compile(node, new Listeners(surroundings));
  const counters = compile(node, new Interfaces(surroundings));
  return {
    conversation,
    listening: (socket, agent) => listening({ socket, agent }),
    counters,
  };
}

interface Endpoint extends FilterIdentity {
  /** Null where an identity is known and no place in a network. */
  readonly address: string | null;
  readonly port: number;
}

/** Reads what filters ask for out of one kind of subject; null and NaN where it does not say. */
interface Reader<Subject> {
  client(subject: Subject): Endpoint | null;
  server(subject: Subject): Endpoint | null;
  protocol(subject: Subject): number | null;
  state(subject: Subject): FlowState | null;
  interfaceName(subject: Subject): string | null;
  reason(subject: Subject): string | null;
  witness(subject: Subject): string | null;
  number(field: Exclude<NumberField, 'pid' | 'port'>, subject: Subject): number;
  flag(name: FilterFlag, subject: Subject): boolean;
}

type Test<Subject> = (subject: Subject) => boolean;

function compile<Subject>(node: FilterNode, reader: Reader<Subject>): Test<Subject> {
  switch (node.kind) {
    case 'and': {
      const tests = node.operands.map((operand) => compile(operand, reader));
      return (subject) => tests.every((test) => test(subject));
    }
    case 'or': {
      const tests = node.operands.map((operand) => compile(operand, reader));
      return (subject) => tests.some((test) => test(subject));
    }
    case 'not':
      return negate(compile(node.operand, reader));
    case 'flag':
      return (subject) => reader.flag(node.name, subject);
    case 'word':
      return compileWord(node.pattern, reader);
    case 'text':
      return negateIf(node.comparison === '!=', compileText(node.field, node.pattern, reader));
    case 'label':
      return negateIf(node.comparison === '!=', onEnd(reader, labelTest(node.key, node.pattern)));
    case 'network':
      return negateIf(node.comparison === '!=', compileNetwork(node.field, node.network, reader));
    case 'number':
      return compileNumber(node.field, node.comparison, node.value, reader);
  }
}

function negateIf<Subject>(negated: boolean, test: Test<Subject>): Test<Subject> {
  return negated ? negate(test) : test;
}

function negate<Subject>(test: Test<Subject>): Test<Subject> {
  return (subject) => !test(subject);
}

/** Holds when it holds for either side. */
function onEnd<Subject>(reader: Reader<Subject>, holds: (end: Endpoint) => boolean): Test<Subject> {
  return (subject) => {
    const client = reader.client(subject);
    if (client !== null && holds(client)) return true;
    const server = reader.server(subject);
    return server !== null && holds(server);
  };
}

function compileWord<Subject>(pattern: Pattern, reader: Reader<Subject>): Test<Subject> {
  const { identity, end } = wordTest(pattern);
  const located = new EventEnd();
  return onEnd(
    reader,
    (endpoint) => identity(endpoint) || (endpoint.address !== null && end?.(located.at(endpoint)) === true),
  );
}

function compileText<Subject>(field: TextField, pattern: Pattern, reader: Reader<Subject>): Test<Subject> {
  if (isIdentityField(field)) return onEnd(reader, identityTest(field, pattern));
  const matches = textTest(pattern);
  switch (field) {
    case 'proto': {
      const test = protocolTest(pattern);
      return (subject) => {
        const protocol = reader.protocol(subject);
        return protocol !== null && test(protocol);
      };
    }
    case 'state': {
      const test = stateTest(pattern);
      return (subject) => test(reader.state(subject));
    }
    case 'reason':
      return (subject) => matches(reader.reason(subject));
    case 'if':
      return (subject) => matches(reader.interfaceName(subject));
    case 'witness':
      return (subject) => matches(reader.witness(subject));
    case 'interface':
      // Interfaces are a collector's; before an event reaches one it is on none.
      return () => false;
  }
}

function compileNetwork<Subject>(field: NetworkField, text: string, reader: Reader<Subject>): Test<Subject> {
  const network = parseNetwork(text);
  if (network === null) throw new Error(`The parser let a bad network through: ${text}`);
  const located = new EventEnd();
  const inside = (end: Endpoint | null) =>
    end !== null && end.address !== null && network.contains(located.at(end).bytes, 0);
  switch (field) {
    case 'host':
      return onEnd(reader, inside);
    case 'client':
      return (subject) => inside(reader.client(subject));
    case 'server':
      return (subject) => inside(reader.server(subject));
  }
}

function compileNumber<Subject>(
  field: NumberField,
  comparison: Comparison,
  value: number,
  reader: Reader<Subject>,
): Test<Subject> {
  if (comparison === '!=') return negate(compileNumber(field, '=', value, reader));
  const holds = numberTest(comparison, value);
  switch (field) {
    case 'pid':
      return onEnd(reader, ({ process }) => process !== null && holds(process.pid));
    case 'port':
      return onEnd(reader, ({ port }) => holds(port));
    default:
      return (subject) => holds(reader.number(field, subject));
  }
}

/** One end of an event; the same object for one after another. An address that cannot be read is 0.0.0.0. */
class EventEnd implements FilterEnd {
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

class Conversations implements Reader<ConversationEvent> {
  readonly #located = new EventEnd();

  constructor(private readonly surroundings: EventFilterSurroundings) {}

  client(event: ConversationEvent): Endpoint {
    return event.client;
  }

  server(event: ConversationEvent): Endpoint {
    return event.server;
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

  witness(event: ConversationEvent): string | null {
    return this.surroundings.witnessName(event.agent);
  }

  number(field: Exclude<NumberField, 'pid' | 'port'>, event: ConversationEvent): number {
    const { client, server, counters } = event;
    switch (field) {
      case 'clientport':
        return client.port;
      case 'serverport':
        return server.port;
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

interface Listener {
  readonly socket: ListeningSocket;
  readonly agent: string | null;
}

/** A listening socket is the server of conversations that may come. */
class Listeners implements Reader<Listener> {
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

  witness({ agent }: Listener): string | null {
    return this.surroundings.witnessName(agent);
  }

  number(field: Exclude<NumberField, 'pid' | 'port'>, { socket }: Listener): number {
    return field === 'serverport' ? socket.port : Number.NaN;
  }

  flag(name: FilterFlag, { socket }: Listener): boolean {
    switch (name) {
      case 'failed':
      case 'reset':
      case 'closed':
        return false;
      case 'deleted':
        return isDeleted(socket);
      case 'local':
      case 'remote':
        return this.surroundings.isLocal(this.#located.at(socket).bytes) === (name === 'local');
    }
  }
}

class Interfaces implements Reader<InterfaceCountersEvent> {
  constructor(private readonly surroundings: EventFilterSurroundings) {}

  client(): null {
    return null;
  }

  server({ container }: InterfaceCountersEvent): Endpoint | null {
    return container === null ? null : { address: null, port: Number.NaN, process: null, container };
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

  witness(event: InterfaceCountersEvent): string | null {
    return this.surroundings.witnessName(event.agent);
  }

  number(): number {
    return Number.NaN;
  }

  flag(): boolean {
    return false;
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
