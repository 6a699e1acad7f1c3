/** Which listening sockets are looked at, as it stands in the page's address. */
import { LISTENING_SORT_FIELDS, type ListenerInfo, type ListeningSortField } from '@packetless/live';
import { FILTER_FIELDS, type FilterField } from '@packetless/model';
import { formatSearch, parseSearch, type Search, type SortRules } from './search.js';

export type ListeningSearch = Search<ListeningSortField>;

export const LISTENING_SORT_RULES: SortRules<ListeningSortField> = {
  fields: LISTENING_SORT_FIELDS,
  defaultSort: 'port',
  ascendingFirst: new Set<ListeningSortField>(['port', 'protocol', 'address', 'process', 'user', 'agent']),
};

export function parseListeningSearch(search: string): ListeningSearch {
  return parseSearch(LISTENING_SORT_RULES, search);
}

/** `` or `?…`; what is as usual is left out. */
export function formatListeningSearch(search: ListeningSearch): string {
  return formatSearch(LISTENING_SORT_RULES, search);
}

const ABOUT_SOCKETS: ReadonlySet<string> = new Set([
  'process',
  'exe',
  'cmdline',
  'script',
  'pid',
  'user',
  'parent',
  'host',
  'port',
  'proto',
  'if',
  'container',
  'pod',
  'namespace',
  'workload',
  'image',
  'label',
  'witness',
  'deleted',
  'local',
  'remote',
]);

/** What a filter can ask about a socket that waits; the others speak of conversations. */
export const LISTENING_FIELDS: readonly FilterField[] = FILTER_FIELDS.filter(({ name }) =>
  ABOUT_SOCKETS.has(name),
);

/** The filter that chooses the flows to a listening socket, as closely as one can say it. */
export function flowsToListener(
  listener: Pick<ListenerInfo, 'protocol' | 'address' | 'port' | 'agent'>,
): string {
  const { protocol, address, port, agent } = listener;
  const where = isUnspecified(address) ? '' : ` server:${address}`;
  const host = agent.name === '' ? '' : ` witness:${quoted(agent.name)}`;
  return `serverport:${port} proto:${protocol}${where}${host} not closed`;
}

export function isUnspecified(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

/** Names may hold blanks and signs with a meaning (docs/filter.md). */
function quoted(text: string): string {
  return `"${text.replace(/[\\"*]/g, '\\$&')}"`;
}
