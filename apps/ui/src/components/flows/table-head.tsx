import type { FlowSort } from '@packetless/live';
import { nextSort, sortOrder } from '../../domain/flow-search.js';
import { COLUMNS, type Column } from './columns.js';

interface Props {
  readonly sort: FlowSort;
  readonly onSort: (sort: FlowSort) => void;
}

export function TableHead({ sort, onSort }: Props) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: as the grid it heads
    <div className="table-head flow-grid" role="row" tabIndex={-1}>
      {COLUMNS.map((column) => (
        <Heading key={column.key} column={column} sort={sort} onSort={onSort} />
      ))}
    </div>
  );
}

function Heading({ column, sort, onSort }: Props & { column: Column }) {
  const order = sortOrder(sort);
  const sorted = column.sort !== null && order.field === column.sort;
  const direction = order.descending ? 'descending' : 'ascending';
  const className = `cell cell-${column.key}${column.numeric ? ' numeric' : ''}`;
  return (
    // biome-ignore lint/a11y/useSemanticElements: as the grid it heads
    <div
      className={className}
      role="columnheader"
      tabIndex={-1}
      title={column.explanation}
      aria-sort={sorted ? direction : undefined}
    >
      {column.sort === null ? (
        column.title
      ) : (
        <button type="button" onClick={() => onSort(nextSort(sort, column.sort!))}>
          <span>{column.title}</span>
          {sorted && (
            <span className="sort-arrow" aria-hidden="true">
              {order.descending ? '↓' : '↑'}
            </span>
          )}
        </button>
      )}
    </div>
  );
}
