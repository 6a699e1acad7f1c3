/** What is looked at in a long list, as it stands in the page's address: `?interface=…&filter=…&sort=…`. */

export type Sort<Field extends string> = Field | `-${Field}`;

export interface Search<Field extends string = string> {
  /** Null: all interfaces. */
  readonly interface: string | null;
  /** Empty: everything. */
  readonly filter: string;
  readonly sort: Sort<Field>;
}

/** By what a list can be sorted. */
export interface SortRules<Field extends string> {
  readonly fields: readonly Field[];
  readonly defaultSort: Sort<Field>;
  /** Texts are first sorted from A, quantities from the largest. */
  readonly ascendingFirst: ReadonlySet<Field>;
}

export function parseSearch<Field extends string>(rules: SortRules<Field>, search: string): Search<Field> {
  const parameters = new URLSearchParams(search);
  const sort = parameters.get('sort') ?? '';
  return {
    interface: parameters.get('interface') || null,
    filter: parameters.get('filter') ?? '',
    sort: isSort(rules, sort) ? sort : rules.defaultSort,
  };
}

/** `` or `?…`; what is as usual is left out. */
export function formatSearch<Field extends string>(rules: SortRules<Field>, search: Search<Field>): string {
  const parameters = new URLSearchParams();
  if (search.interface !== null) parameters.set('interface', search.interface);
  if (search.filter.trim() !== '') parameters.set('filter', search.filter.trim());
  if (search.sort !== rules.defaultSort) parameters.set('sort', search.sort);
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

function isSort<Field extends string>(rules: SortRules<Field>, text: string): text is Sort<Field> {
  return (rules.fields as readonly string[]).includes(text.replace(/^-/, ''));
}

export interface SortOrder<Field extends string> {
  readonly field: Field;
  readonly descending: boolean;
}

export function sortOrder<Field extends string>(sort: Sort<Field>): SortOrder<Field> {
  return sort.startsWith('-')
    ? { field: sort.slice(1) as Field, descending: true }
    : { field: sort as Field, descending: false };
}

export function sortBy<Field extends string>({ field, descending }: SortOrder<Field>): Sort<Field> {
  return descending ? `-${field}` : field;
}

/** The sort after a click on the heading of `field`. */
export function nextSort<Field extends string>(
  rules: SortRules<Field>,
  current: Sort<Field>,
  field: Field,
): Sort<Field> {
  const order = sortOrder(current);
  const descending = order.field === field ? !order.descending : !rules.ascendingFirst.has(field);
  return sortBy({ field, descending });
}
