/**
 * Filters compiled to functions over stored flows. What is asked of a text is asked once of each different process,
 * container or name, and remembered while one query runs.
 */
import {
  type Comparison,
  directionOf,
  type FilterFlag,
  type FilterNode,
  identityTest,
  isIdentityField,
  labelTest,
  type NetworkField,
  type NumberField,
  numberTest,
  type Pattern,
  parseNetwork,
  protocolTest,
  stateTest,
  type TextField,
  textTest,
} from '@packetless/model';
import { applicationOf, categoryOf } from './application.js';
import { bytesReceived, bytesSent, bytesTotal, packetsTotal, wireVlan } from './counters.js';
import { readStoredAddress, storedAddressText } from './flow-key.js';
import type { FlowStore } from './flow-store.js';
import { forEachWitness } from './flow-witnesses.js';
import { allRetransmits, greatestDeliveryRate, greatestWindow, longestRoundTrip } from './health.js';
import { storedFailure, storedState } from './merge.js';
import { type BindPredicate, type FlowPredicate, onIdentity, remember } from './predicate.js';
import { storedReason } from './reasons.js';
import {
  CLIENT,
  ENDED,
  FAILURE_CODES,
  FIRST_SEEN,
  KIND,
  LAST_SEEN,
  LATENCY,
  LOCAL,
  PORTS,
  SERVER,
  type SideIndex,
  STATES,
  stateCode,
} from './record-layout.js';
import { serverNameOf } from './server-name.js';
import { EndsBehind } from './translated-flows.js';
import { wordPredicate } from './word-predicate.js';

const SIDES: readonly SideIndex[] = [CLIENT, SERVER];

export function compilePredicate(node: FilterNode): BindPredicate {
  switch (node.kind) {
    case 'and':
      return compileAll(node.operands, (predicates) => (slot) => predicates.every((holds) => holds(slot)));
    case 'or':
      return compileAll(node.operands, (predicates) => (slot) => predicates.some((holds) => holds(slot)));
    case 'not':
      return negate(compilePredicate(node.operand));
    case 'flag':
      return compileFlag(node.name);
    case 'word':
      return wordPredicate(node.pattern);
    case 'text':
      return negateIf(node.comparison === '!=', compileText(node.field, node.pattern));
    case 'label':
      return negateIf(node.comparison === '!=', onIdentity(labelTest(node.key, node.pattern)));
    case 'network':
      return negateIf(node.comparison === '!=', compileNetwork(node.field, node.network));
    case 'number':
      return compileNumber(node.field, node.comparison, node.value);
  }
}

function compileAll(
  nodes: readonly FilterNode[],
  join: (predicates: readonly FlowPredicate[]) => FlowPredicate,
): BindPredicate {
  const bound = nodes.map(compilePredicate);
  return (table) => join(bound.map((bind) => bind(table)));
}

function negateIf(negated: boolean, bind: BindPredicate): BindPredicate {
  return negated ? negate(bind) : bind;
}

function negate(bind: BindPredicate): BindPredicate {
  return (table) => {
    const holds = bind(table);
    return (slot) => !holds(slot);
  };
}

function compileFlag(name: FilterFlag): BindPredicate {
  switch (name) {
    case 'failed':
      return ({ store }) => {
        const failed = stateCode('FAILED');
        return (slot) => storedState(store, slot) === failed || storedFailure(store, slot) !== 0;
      };
    case 'reset':
      return ({ store }) => {
        const reset = FAILURE_CODES.indexOf('reset');
        const tells = remember((reason) => store.reasons.get(reason)?.includes('reset') === true);
        return (slot) => storedFailure(store, slot) === reset || tells(storedReason(store, slot));
      };
    case 'deleted':
      return onIdentity(({ process }) => process?.exeDeleted === true);
    case 'closed':
      return ({ store }) =>
        (slot) =>
          store.flag(slot, ENDED);
    case 'translated':
      return ({ store }) =>
        (slot) =>
          store.translated.has(slot);
    case 'local':
      return ({ store }) =>
        (slot) =>
          isLocal(store, slot);
    case 'remote':
      return ({ store }) =>
        (slot) =>
          !isLocal(store, slot);
  }
}

function isLocal(store: FlowStore, slot: number): boolean {
  return store.flag(slot, LOCAL) && store.flag(slot, LOCAL << 1);
}

function compileText(field: TextField, pattern: Pattern): BindPredicate {
  if (isIdentityField(field)) return onIdentity(identityTest(field, pattern));
  const matches = textTest(pattern);
  switch (field) {
    case 'reason':
      return ({ store }) => {
        const known = remember((reason) => matches(store.reasons.get(reason)));
        return (slot) => known(storedReason(store, slot));
      };
    case 'proto':
      return ({ store }) => {
        const known = remember(protocolTest(pattern));
        return (slot) => known(store.word(slot, KIND) & 0xff);
      };
    case 'state': {
      const wanted = STATES.map(stateTest(pattern));
      return ({ store }) =>
        (slot) =>
          wanted[storedState(store, slot)]!;
    }
    case 'service':
      return ({ store, services }) => {
        if (services.revision === 0) return () => false;
        const isWanted = (service: string) =>
          matches(service) || matches(service.slice(service.indexOf('/') + 1));
        return (slot) =>
          SIDES.some((side) => services.servicesAt(storedAddressText(store, slot, side)).some(isWanted));
      };
    case 'hostname':
      return ({ store, hostnames }) => {
        if (hostnames.revision === 0) return () => false;
        return (slot) =>
          SIDES.some((side) => matches(hostnames.hostnameAt(storedAddressText(store, slot, side))));
      };
    case 'servername':
      return ({ store }) =>
        (slot) =>
          matches(serverNameOf(store, slot));
    case 'application':
      return ({ store }) =>
        (slot) =>
          matches(applicationOf(store, slot));
    case 'category':
      return ({ store }) =>
        (slot) =>
          matches(categoryOf(store, slot));
    case 'network':
      return ({ store, aliasOf }) => {
        const address = new Uint8Array(16);
        return (slot) =>
          SIDES.some((side) => {
            readStoredAddress(store, slot, side, address);
            return matches(aliasOf(address, 0));
          });
      };
    case 'direction':
      return ({ store }) =>
        (slot) =>
          matches(directionOf(store.flag(slot, LOCAL), store.flag(slot, LOCAL << 1)));
    case 'interface':
      return ({ interfaceName }) => {
        const wanted = matches(interfaceName);
        return () => wanted;
      };
    case 'if':
      return ({ store }) => {
        const known = remember((name) => matches(store.interfaceNames.get(name)));
        return (slot) => known(store.word(slot, KIND) >>> 16);
      };
    case 'witness':
      return ({ store }) => {
        const known = remember((witness) => matches(store.witnesses.get(witness)?.name ?? null));
        return (slot) => {
          let found = false;
          forEachWitness(store, slot, (reference) => {
            found ||= known(reference);
          });
          return found;
        };
      };
  }
}

function compileNetwork(field: NetworkField, text: string): BindPredicate {
  const network = parseNetwork(text);
  if (network === null) throw new Error(`The parser let a bad network through: ${text}`);
  const { sides, behind } = NETWORK_SIDES[field];
  return ({ store }) => {
    const address = new Uint8Array(16);
    const translated = new EndsBehind(store);
    return (slot) =>
      sides.some((side) => {
        readStoredAddress(store, slot, side, address);
        return network.contains(address, 0);
      }) || translated.some(slot, behind, (end) => network.contains(end.bytes, end.offset));
  };
}

/** Which ends a field asks: those of the flow, and those behind a translation of its addresses. */
const NETWORK_SIDES: {
  readonly [field in NetworkField]: {
    readonly sides: readonly SideIndex[];
    readonly behind: readonly SideIndex[];
  };
} = {
  host: { sides: SIDES, behind: SIDES },
  client: { sides: [CLIENT], behind: [] },
  server: { sides: [SERVER], behind: [] },
  backend: { sides: [], behind: [SERVER] },
};

/** Unknown numbers are NaN, and nothing compares with NaN; `!=` is everything but `=`. */
function compileNumber(field: NumberField, comparison: Comparison, value: number): BindPredicate {
  if (comparison === '!=') return negate(compileNumber(field, '=', value));
  const holds = numberTest(comparison, value);
  switch (field) {
    case 'pid':
      return onIdentity(({ process }) => process !== null && holds(process.pid));
    case 'port':
      return ({ store }) =>
        (slot) => {
          const ports = store.word(slot, PORTS);
          if (holds(ports >>> 16) || holds(ports & 0xffff)) return true;
          const translated = store.translated.get(slot)?.after;
          return translated !== undefined && (holds(translated.client.port) || holds(translated.server.port));
        };
    default: {
      const read = readNumber(field);
      return ({ store }) =>
        (slot) =>
          holds(read(store, slot));
    }
  }
}

/** A flow's number, NaN when not known. */
function readNumber(field: Exclude<NumberField, 'pid' | 'port'>): (store: FlowStore, slot: number) => number {
  switch (field) {
    case 'clientport':
      return (store, slot) => store.word(slot, PORTS) >>> 16;
    case 'serverport':
      return (store, slot) => store.word(slot, PORTS) & 0xffff;
    case 'vlan':
      return (store, slot) => wireVlan(store, slot) ?? Number.NaN;
    case 'bytes':
      return bytesTotal;
    case 'sent':
      return bytesSent;
    case 'received':
      return bytesReceived;
    case 'packets':
      return packetsTotal;
    case 'rtt':
      return longestRoundTrip;
    case 'latency':
      return (store, slot) => store.real(slot, LATENCY);
    case 'retransmits':
      return allRetransmits;
    case 'rate':
      return greatestDeliveryRate;
    case 'window':
      return greatestWindow;
    case 'duration':
      return (store, slot) => store.number(slot, LAST_SEEN) - store.number(slot, FIRST_SEEN);
  }
}
