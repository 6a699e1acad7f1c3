/** Which listening sockets, in which order, which part of them. */
import type { ListenerInfo, ListeningQuery, ListeningSortField } from '@packetless/live';
import { compileEventFilter, FilterError, isIPv4, parseFilter, protocolName } from '@packetless/model';
import { compareKeys, type SortKey } from '../flows/sort-key.js';
import type { Interface } from '../interfaces/interface.js';
import type { Listener } from './listening-sockets.js';

export interface CompiledListeningQuery {
  readonly wants: (found: FoundListener) => boolean;
  readonly keyOf: (found: FoundListener) => SortKey;
  readonly direction: 1 | -1;
  readonly offset: number;
  readonly limit: number;
}

export interface FoundListener {
  readonly listener: Listener;
  readonly interfaceName: string;
  readonly connections: number;
}

/** `isLocal`: as for flows. Throws a FilterError that says where the filter is wrong. */
export function compileListeningQuery(
  query: ListeningQuery,
  isLocal: (bytes: Uint8Array, offset: number) => boolean,
): CompiledListeningQuery {
  const node = parseFilter(query.filter ?? '');
  const filter =
    node === null
      ? null
      : compileEventFilter(node, {
          isLocal: (bytes) => isLocal(bytes, 0),
          witnessName: (name) => name,
          durationOf: () => null,
        });
  const { agent } = query;
  const descending = query.sort.startsWith('-');
  return {
    wants: ({ listener }) => {
      const { id, witness } = listener.list.agent;
      if (agent !== undefined && agent !== id && agent !== witness.name) return false;
      return filter === null || filter.listening(listener, witness.name);
    },
    keyOf: keyOf((descending ? query.sort.slice(1) : query.sort) as ListeningSortField),
    direction: descending ? -1 : 1,
    offset: query.offset,
    limit: query.limit,
  };
}

/** Nothing else happens while a filter is worked out. */
const FILTER_MS = 2000;
/** Sockets between two looks at the clock. */
const STRIDE = 64;

/**
 * Those of the window, in order, and how many match. Equal ones are in an order of their own.
 * Throws a FilterError when the filter takes too long.
 */
export function runListeningQuery(
  interfaces: readonly Interface[],
  query: CompiledListeningQuery,
  now: number,
): { total: number; listeners: FoundListener[] } {
  const found: { readonly key: SortKey; readonly each: FoundListener }[] = [];
  const deadline = performance.now() + FILTER_MS;
  let looked = 0;
  for (const { name, listening, connections } of interfaces) {
    const counts = connections.read(now);
    for (const { listeners } of listening.lists()) {
      for (const listener of listeners) {
        if (++looked % STRIDE === 0 && performance.now() > deadline) throw tooCostly(looked);
        const each = { listener, interfaceName: name, connections: counts.get(listener) ?? 0 };
        if (query.wants(each)) found.push({ key: query.keyOf(each), each });
      }
    }
  }
  found.sort((a, b) => compareKeys(a.key, b.key, query.direction) || compareListeners(a.each, b.each));
  const window = found.slice(query.offset, query.offset + query.limit);
  return { total: found.length, listeners: window.map(({ each }) => each) };
}

function tooCostly(sockets: number): FilterError {
  return new FilterError(
    `This filter takes too long over ${sockets} sockets; use fewer or simpler terms.`,
    0,
  );
}

export function listenerInfo({ listener, interfaceName, connections }: FoundListener): ListenerInfo {
  const { list, location } = listener;
  return {
    id: listener.id,
    agent: { id: list.agent.id, name: list.agent.witness.name },
    interface: interfaceName,
    protocol: protocolName(listener.protocol),
    ipVersion: isIPv4(listener.bytes) ? 4 : 6,
    address: listener.address,
    port: listener.port,
    process: listener.process,
    container: listener.container,
    interfaceName: listener.interfaceName,
    location,
    hostNamespace: location === null || list.location === null ? null : location === list.location,
    since: listener.since,
    backlog: listener.backlog,
    backlogLimit: listener.backlogLimit,
    connections,
  };
}

function keyOf(field: ListeningSortField): (found: FoundListener) => SortKey {
  switch (field) {
    case 'port':
      return ({ listener }) => listener.port;
    case 'protocol':
      return ({ listener }) => protocolName(listener.protocol);
    case 'address':
      // IPv4 before IPv6.
      return ({ listener: { bytes } }) => String.fromCharCode(isIPv4(bytes) ? 0 : 1, ...bytes);
    case 'process':
      return ({ listener }) => listener.process?.name ?? null;
    case 'user':
      return ({ listener }) => listener.process?.user ?? null;
    case 'agent':
      return ({ listener }) => listener.list.agent.witness.name;
    case 'since':
      return ({ listener }) => listener.since;
    case 'connections':
      return ({ connections }) => connections;
    case 'backlog':
      return ({ listener }) => listener.backlog;
  }
}

/** By host, port, protocol and address, so that what stands together belongs together. */
function compareListeners({ listener: a }: FoundListener, { listener: b }: FoundListener): number {
  return (
    compareTexts(a.list.agent.witness.name, b.list.agent.witness.name) ||
    a.port - b.port ||
    a.protocol - b.protocol ||
    compareTexts(a.address, b.address) ||
    compareTexts(a.id, b.id)
  );
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
