/**
 * Filters compiled to functions over single events. What an event does not say is unknown to the filter: `bytes>1MB`
 * holds from the event on that counts so many.
 *
 *     const filter = compileEventFilter(parseFilter('process:curl or failed')!, surroundings);
 *     filter.conversation(event);
 */
import type { ConversationEvent, InterfaceCountersEvent, ListeningSocket } from '../event.js';
import { parseNetwork } from '../network.js';
import {
  Conversations,
  type Endpoint,
  EventEnd,
  type EventFilterSurroundings,
  type FilterGroup,
  Groups,
  Interfaces,
  Listeners,
  NOWHERE,
  type Reader,
} from './event-readers.js';
import type { NetworkField, NumberField, TextField } from './fields.js';
import { identityTest, isIdentityField, labelTest, textTest } from './identity-test.js';
import type { Comparison, FilterNode } from './node.js';
import type { Pattern } from './pattern.js';
import { numberTest, protocolTest, stateTest } from './value-test.js';
import { wordTest } from './word-test.js';

export interface EventFilter {
  conversation(event: ConversationEvent): boolean;
  listening(socket: ListeningSocket, agent: string | null): boolean;
  /** An interface is a name (`if`), a witness, and the container that it leads to. */
  counters(event: InterfaceCountersEvent): boolean;
  group(group: FilterGroup): boolean;
}

export function compileEventFilter(node: FilterNode, surroundings: EventFilterSurroundings): EventFilter {
  const conversation = compile(node, new Conversations(surroundings));
  const listening = compile(node, new Listeners(surroundings));
  const counters = compile(node, new Interfaces(surroundings));
  return {
    conversation,
    listening: (socket, agent) => listening({ socket, agent }),
    counters,
    group: compile(node, new Groups()),
  };
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

/** Holds when it holds for either side, or for any member. */
function onEnd<Subject>(reader: Reader<Subject>, holds: (end: Endpoint) => boolean): Test<Subject> {
  return (subject) => {
    const client = reader.client(subject);
    if (client !== null && holds(client)) return true;
    const server = reader.server(subject);
    if (server !== null && holds(server)) return true;
    if (reader.behind?.(subject).some(holds) === true) return true;
    return reader.members?.(subject).some((member) => holds({ ...NOWHERE, ...member })) === true;
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
      return (subject) => reader.witnesses(subject).some(matches);
    case 'interface':
      // Interfaces are a collector's; before an event reaches one it is on none.
      return () => false;
    case 'service':
      // Only a collector asks an orchestrator.
      return () => false;
    case 'hostname':
    case 'servername':
    case 'application':
    case 'category':
      // Only packets tell.
      return () => false;
    case 'network':
      // Only a collector is told aliases.
      return () => false;
    case 'direction':
      return (subject) => matches(reader.direction(subject));
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
    case 'backend':
      return (subject) => inside(reader.behind?.(subject)[1] ?? null);
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
