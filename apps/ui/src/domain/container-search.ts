/** Which containers, pods, namespaces or workloads are looked at, as it stands in the page's address. */
import {
  CONTAINER_SORT_FIELDS,
  type ContainerGroup,
  type ContainerGroupKind,
  type ContainerSortField,
} from '@packetless/live';
import { FILTER_FIELDS, type FilterField } from '@packetless/model';
import { formatSearch, parseSearch, type Search, type SortRules } from './search.js';

export type ContainerSearch = Search<ContainerSortField>;

export const CONTAINER_SORT_RULES: SortRules<ContainerSortField> = {
  fields: CONTAINER_SORT_FIELDS,
  defaultSort: 'name',
  ascendingFirst: new Set<ContainerSortField>([
    'name',
    'pod',
    'namespace',
    'workload',
    'image',
    'runtime',
    'host',
  ]),
};

export function parseContainerSearch(search: string): ContainerSearch {
  return parseSearch(CONTAINER_SORT_RULES, search);
}

/** `` or `?…`; what is as usual is left out. */
export function formatContainerSearch(search: ContainerSearch): string {
  return formatSearch(CONTAINER_SORT_RULES, search);
}

const ABOUT_CONTAINERS: ReadonlySet<string> = new Set([
  'container',
  'pod',
  'namespace',
  'workload',
  'image',
  'label',
  'witness',
  'bytes',
  'sent',
  'received',
  'rtt',
  'retransmits',
  'failed',
]);

/** What a filter can ask about containers and what they do together; the others speak of single conversations. */
export const CONTAINER_FIELDS: readonly FilterField[] = FILTER_FIELDS.filter(({ name }) =>
  ABOUT_CONTAINERS.has(name),
);

/** Runtimes and people write the first digits of an id. */
const SHORT_ID = 12;

/** The filter that chooses the flows of a container, pod, namespace or workload. */
export function flowsOfGroup(
  kind: ContainerGroupKind,
  group: Pick<ContainerGroup, 'name' | 'containerId' | 'podUid' | 'namespace'>,
): string {
  const { name, containerId, podUid, namespace } = group;
  const within = namespace === null ? '' : ` namespace:${quoted(namespace)}`;
  switch (kind) {
    case 'containers':
      return `container:${containerId ? quoted(shortId(containerId)) : quoted(name ?? '')}`;
    case 'pods':
      return name === null ? `pod:${quoted(podUid ?? '')}` : `pod:${quoted(name)}${within}`;
    case 'namespaces':
      return `namespace:${quoted(name ?? '')}`;
    case 'workloads':
      return `workload:${quoted(name ?? '')}${within}`;
  }
}

/** Twelve digits of an id that is one; names that stand for an id are whole. */
export function shortId(id: string): string {
  return /^[0-9a-f]{13,}$/.test(id) ? id.slice(0, SHORT_ID) : id;
}

/** Names may hold blanks and signs with a meaning (docs/filter.md). */
function quoted(text: string): string {
  if (/^[\w./-]+$/.test(text)) return text;
  return `"${text.replace(/[\\"*]/g, '\\$&')}"`;
}
