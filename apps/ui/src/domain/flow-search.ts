/** Which flows are looked at, as it stands in the page's address. */
import { FLOW_SORT_FIELDS, type FlowSort, type FlowSortField } from '@packetless/live';
import { formatSearch, parseSearch, type Search, type SortRules } from './search.js';

export type FlowSearch = Search<FlowSortField>;

/** Newest first: a row's place then changes only by what comes and goes, never by what is measured. */
export const DEFAULT_SORT: FlowSort = '-firstSeen';

export const FLOW_SORT_RULES: SortRules<FlowSortField> = {
  fields: FLOW_SORT_FIELDS,
  defaultSort: DEFAULT_SORT,
  ascendingFirst: new Set<FlowSortField>(['client', 'server', 'process', 'user', 'protocol', 'state']),
};

export function parseFlowSearch(search: string): FlowSearch {
  return parseSearch(FLOW_SORT_RULES, search);
}

/** `` or `?…`; what is as usual is left out. */
export function formatFlowSearch(search: FlowSearch): string {
  return formatSearch(FLOW_SORT_RULES, search);
}

/** The address of the flows that a filter chooses. */
export function flowsPath(filter: string): string {
  return `/${formatFlowSearch({ interface: null, filter, sort: DEFAULT_SORT })}`;
}
