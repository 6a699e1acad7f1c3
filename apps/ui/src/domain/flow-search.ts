/** Which flows are looked at, as it stands in the page's address: `?interface=…&filter=…&sort=…`. */
import { FLOW_SORT_FIELDS, type FlowSort, type FlowSortField } from '@packetless/live';

export interface FlowSearch {
  /** Null: all interfaces. */
  readonly interface: string | null;
  /** Empty: everything. */
  readonly filter: string;
  readonly sort: FlowSort;
}

/** Newest first: a row's place then changes only by what comes and goes, never by what is measured. */
export const DEFAULT_SORT: FlowSort = '-firstSeen';

export function parseFlowSearch(search: string): FlowSearch {
  const parameters = new URLSearchParams(search);
  const sort = parameters.get('sort') ?? '';
  return {
    interface: parameters.get('interface') || null,
    filter: parameters.get('filter') ?? '',
    sort: isSort(sort) ? sort : DEFAULT_SORT,
  };
}

/** `` or `?…`; what is as usual is left out. */
export function formatFlowSearch(search: FlowSearch): string {
  const parameters = new URLSearchParams();
  if (search.interface !== null) parameters.set('interface', search.interface);
  if (search.filter.trim() !== '') parameters.set('filter', search.filter.trim());
  if (search.sort !== DEFAULT_SORT) parameters.set('sort', search.sort);
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

function isSort(text: string): text is FlowSort {
  return (FLOW_SORT_FIELDS as readonly string[]).includes(text.replace(/^-/, ''));
}

export interface SortOrder {
  readonly field: FlowSortField;
  readonly descending: boolean;
}

export function sortOrder(sort: FlowSort): SortOrder {
  return sort.startsWith('-')
    ? { field: sort.slice(1) as FlowSortField, descending: true }
    : { field: sort as FlowSortField, descending: false };
}

/** Texts are first sorted from A, quantities from the largest. */
const ASCENDING_FIRST: ReadonlySet<FlowSortField> = new Set([
  'client',
  'server',
  'process',
  'user',
  'protocol',
  'state',
]);

/** The sort after a click on the heading of `field`. */
export function nextSort(current: FlowSort, field: FlowSortField): FlowSort {
  const order = sortOrder(current);
  const descending = order.field === field ? !order.descending : !ASCENDING_FIRST.has(field);
  return descending ? `-${field}` : field;
}
