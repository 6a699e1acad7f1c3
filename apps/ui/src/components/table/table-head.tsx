import { nextSort, type Sort, type SortRules, sortOrder } from '../../domain/search.js';
import type { Column } from './column.js';

interface Props<Field extends string> {
  readonly columns: readonly Column<Field>[];
  readonly rules: SortRules<Field>;
  readonly sort: Sort<Field>;
  readonly onSort: (sort: Sort<Field>) => void;
  /** The class that lays out the columns. */
  readonly grid: string;
}

export function TableHead<Field extends string>({ columns, rules, sort, onSort, grid }: Props<Field>) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: as the grid it heads
    <div className={`table-head ${grid}`} role="row" tabIndex={-1}>
      {columns.map((column) => (
        <Heading
          key={column.key}
          column={column}
          sort={sort}
          onClick={(field) => onSort(nextSort(rules, sort, field))}
        />
      ))}
    </div>
  );
}

function Heading<Field extends string>({
  column,
  sort,
  onClick,
}: {
  column: Column<Field>;
  sort: Sort<Field>;
  onClick: (field: Field) => void;
}) {
  const order = sortOrder(sort);
  const field = column.sort;
  const sorted = field !== null && order.field === field;
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
      {field === null ? (
        column.title
      ) : (
        <button type="button" onClick={() => onClick(field)}>
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
