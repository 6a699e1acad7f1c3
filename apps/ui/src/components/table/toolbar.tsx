import type { InterfaceInfo } from '@packetless/live';
import { exact } from '../../domain/quantity.js';
import { type Search, type Sort, sortBy, sortOrder } from '../../domain/search.js';
import { visibleText } from '../../domain/visible-text.js';
import type { ListKind, RowListState, SortFieldOf } from '../../stores/row-list.js';
import { FilterBar, type FilterWords } from '../filter/filter-bar.js';
import './toolbar.css';

/** All that a list can be sorted by, for where there are no headings to click on. */
export type SortTitles<Field extends string> = { readonly [Each in Field]: string };

interface Props<Kind extends ListKind> {
  readonly search: Search<SortFieldOf<Kind>>;
  readonly state: RowListState<Kind>;
  readonly interfaces: readonly InterfaceInfo[];
  readonly titles: SortTitles<SortFieldOf<Kind>>;
  readonly words: FilterWords;
  /** One of the rows, and several. */
  readonly nouns: readonly [string, string];
  readonly onSearch: (change: Partial<Search<SortFieldOf<Kind>>>) => void;
  readonly onPause: (paused: boolean) => void;
}

export function Toolbar<Kind extends ListKind>({
  search,
  state,
  interfaces,
  titles,
  words,
  nouns,
  onSearch,
  onPause,
}: Props<Kind>) {
  return (
    <div className="toolbar">
      <InterfaceSelect
        interfaces={interfaces}
        chosen={search.interface}
        onChoose={(name) => onSearch({ interface: name })}
      />
      <FilterBar
        filter={search.filter}
        error={state.error}
        words={words}
        onFilter={(filter) => onSearch({ filter })}
      />
      <SortSelect titles={titles} sort={search.sort} onSort={(sort) => onSearch({ sort })} />
      <button
        type="button"
        className="button pause"
        data-testid="pause"
        aria-label={state.paused ? 'Resume' : 'Pause'}
        aria-pressed={state.paused}
        title={state.paused ? 'Show what is now (space)' : 'Hold the table; the world goes on (space)'}
        onClick={() => onPause(!state.paused)}
      >
        <svg viewBox="0 0 12 12" width="11" height="11" aria-hidden="true">
          <path d={state.paused ? 'M2.5 1v10l8-5z' : 'M2 1h3v10H2zM7 1h3v10H7z'} fill="currentColor" />
        </svg>
        <span className="pause-label">{state.paused ? 'Resume' : 'Pause'}</span>
        {state.paused && state.held > 0 && <span className="held">{exact(state.held)} held</span>}
      </button>
      <Count state={state} nouns={nouns} filtered={search.filter !== '' || search.interface !== null} />
    </div>
  );
}

function Count<Kind extends ListKind>({
  state,
  nouns,
  filtered,
}: {
  state: RowListState<Kind>;
  nouns: readonly [string, string];
  filtered: boolean;
}) {
  if (state.rows === null) return <span className="count" />;
  return (
    <span className="count" data-testid="rows-count">
      <b>{exact(state.total)}</b> {nouns[state.total === 1 ? 0 : 1]}
      {filtered && <span className="matching"> match</span>}
      {state.skipped > 0 && (
        <span
          className="skipped"
          title="This page or its connection was too slow for every update; what is shown is the latest all the same."
        >
          {' '}
          · {exact(state.skipped)} updates skipped
        </span>
      )}
    </span>
  );
}

function InterfaceSelect({
  interfaces,
  chosen,
  onChoose,
}: {
  interfaces: readonly InterfaceInfo[];
  chosen: string | null;
  onChoose: (name: string | null) => void;
}) {
  const names = interfaces.map((each) => each.name);
  if (chosen !== null && !names.includes(chosen)) names.push(chosen);
  return (
    <select
      className="select"
      aria-label="Interface"
      data-testid="interface-select"
      value={chosen ?? ''}
      onChange={(event) => onChoose(event.target.value === '' ? null : event.target.value)}
    >
      <option value="">All interfaces</option>
      {names.map((name) => (
        <option key={name} value={name}>
          {visibleText(name)}
        </option>
      ))}
    </select>
  );
}

/** Shown where there is no room for headings. */
function SortSelect<Field extends string>({
  titles,
  sort,
  onSort,
}: {
  titles: SortTitles<Field>;
  sort: Sort<Field>;
  onSort: (sort: Sort<Field>) => void;
}) {
  const { field, descending } = sortOrder(sort);
  return (
    <span className="sort-select">
      <select
        className="select"
        aria-label="Sort by"
        value={field}
        onChange={(event) => onSort(sortBy({ field: event.target.value as Field, descending }))}
      >
        {(Object.entries(titles) as [Field, string][]).map(([each, title]) => (
          <option key={each} value={each}>
            {title}
          </option>
        ))}
      </select>
      <button
        type="button"
        className="button"
        aria-label={descending ? 'Largest or latest first' : 'Smallest or earliest first'}
        onClick={() => onSort(sortBy({ field, descending: !descending }))}
      >
        {descending ? '↓' : '↑'}
      </button>
    </span>
  );
}
