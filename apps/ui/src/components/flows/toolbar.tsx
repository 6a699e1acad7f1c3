import { FLOW_SORT_FIELDS, type FlowSort, type InterfaceInfo } from '@packetless/live';
import { type FlowSearch, sortOrder } from '../../domain/flow-search.js';
import { exact } from '../../domain/quantity.js';
import { visibleText } from '../../domain/visible-text.js';
import type { FlowListState } from '../../stores/flow-list.js';
import { FilterBar } from '../filter/filter-bar.js';
import { SORT_TITLES } from './columns.js';
import './toolbar.css';

interface Props {
  readonly search: FlowSearch;
  readonly state: FlowListState;
  readonly interfaces: readonly InterfaceInfo[];
  readonly onSearch: (change: Partial<FlowSearch>) => void;
  readonly onPause: (paused: boolean) => void;
}

export function Toolbar({ search, state, interfaces, onSearch, onPause }: Props) {
  return (
    <div className="toolbar">
      <InterfaceSelect
        interfaces={interfaces}
        chosen={search.interface}
        onChoose={(name) => onSearch({ interface: name })}
      />
      <FilterBar filter={search.filter} error={state.error} onFilter={(filter) => onSearch({ filter })} />
      <SortSelect sort={search.sort} onSort={(sort) => onSearch({ sort })} />
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
      <Count state={state} filtered={search.filter !== '' || search.interface !== null} />
    </div>
  );
}

function Count({ state, filtered }: { state: FlowListState; filtered: boolean }) {
  if (state.rows === null) return <span className="count" />;
  const noun = state.total === 1 ? 'flow' : 'flows';
  return (
    <span className="count" data-testid="flows-count">
      <b>{exact(state.total)}</b> {noun}
      {filtered && ' match'}
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
function SortSelect({ sort, onSort }: { sort: FlowSort; onSort: (sort: FlowSort) => void }) {
  const order = sortOrder(sort);
  const choose = (field: FlowSort, descending: boolean) =>
    onSort(descending ? (`-${field}` as FlowSort) : field);
  return (
    <span className="sort-select">
      <select
        className="select"
        aria-label="Sort by"
        value={order.field}
        onChange={(event) => choose(event.target.value as FlowSort, order.descending)}
      >
        {FLOW_SORT_FIELDS.map((field) => (
          <option key={field} value={field}>
            {SORT_TITLES[field]}
          </option>
        ))}
      </select>
      <button
        type="button"
        className="button"
        aria-label={order.descending ? 'Largest or latest first' : 'Smallest or earliest first'}
        onClick={() => choose(order.field, !order.descending)}
      >
        {order.descending ? '↓' : '↑'}
      </button>
    </span>
  );
}
