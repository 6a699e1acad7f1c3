/** The live table: the server's window in a list as long as all that match, of which only what is visible is drawn. */

import type { RowOf } from '@packetless/live';
import { type KeyboardEvent, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { drawnRows, type PlacedRows, rowShift, windowFor } from '../../domain/row-window.js';
import type { ListKind, RowList, RowListState } from '../../stores/row-list.js';
import { useCompact } from './use-compact.js';
import { useVisibleRows } from './use-visible-rows.js';
import './live-table.css';

const ROW_HEIGHT = 42;
const COMPACT_ROW_HEIGHT = 62;

/** What a row's element says besides its content. */
export interface RowAttributes {
  readonly className: string;
  readonly [data: `data-${string}`]: string;
}

interface Props<Kind extends ListKind> {
  readonly list: RowList<Kind>;
  readonly state: RowListState<Kind>;
  /** What the rows are: `Flows`. */
  readonly label: string;
  readonly testId: string;
  readonly rowTestId: string;
  readonly head: ReactNode;
  readonly attributes: (row: RowOf<Kind>) => RowAttributes;
  readonly children: (row: RowOf<Kind>) => ReactNode;
  /** The row whose details are shown. */
  readonly openId: string | null;
  readonly onOpen: (row: RowOf<Kind>) => void;
  /** Rows come in at their place for good, so that the list can stand still before the eyes. */
  readonly standsStill: boolean;
}

export function LiveTable<Kind extends ListKind>({
  list,
  state,
  label,
  testId,
  rowTestId,
  head,
  attributes,
  children,
  openId,
  onOpen,
  standsStill,
}: Props<Kind>) {
  const scroller = useRef<HTMLDivElement>(null);
  const compact = useCompact(scroller);
  const rowHeight = compact ? COMPACT_ROW_HEIGHT : ROW_HEIGHT;
  const [selectedId, setSelectedId] = useState<string | null>(openId);
  const rows: readonly RowOf<Kind>[] = state.rows ?? [];
  // What is held while paused is a part only: the list is then no longer than it, so that nothing stays empty.
  const first = state.paused ? state.offset : 0;
  const length = state.paused ? rows.length : state.total;

  const visible = useVisibleRows(scroller, rowHeight);
  const drawn = drawnRows(visible, length);

  const newer = useStandStill(scroller.current, state, rowHeight, standsStill);

  useEffect(() => {
    const timer = setTimeout(() => list.show(windowFor(list.window, visible.first, visible.last)), 60);
    return () => clearTimeout(timer);
  }, [list, visible]);

  // A new search begins at its top.
  const { interface: name, filter, sort } = state.search;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the search is why
  useEffect(() => {
    if (scroller.current !== null) scroller.current.scrollTop = 0;
  }, [name, filter, sort]);

  useEffect(() => {
    if (openId !== null) setSelectedId(openId);
  }, [openId]);

  const select = (index: number) => {
    const row = rows[index];
    if (row === undefined) return;
    setSelectedId(idOf(row));
    if (scroller.current !== null) scrollToRow(scroller.current, index + state.offset - first, rowHeight);
    if (openId !== null) onOpen(row);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== scroller.current) return;
    const now = rows.findIndex((row) => idOf(row) === selectedId);
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 2);
    const steps: { readonly [key: string]: number } = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
    };
    const step = steps[event.key];
    if (step !== undefined) {
      const begin = visible.first + first - state.offset;
      select(now === -1 ? Math.max(0, begin) : Math.min(rows.length - 1, Math.max(0, now + step)));
    } else if (event.key === 'Enter' && now !== -1) onOpen(rows[now]!);
    else return;
    event.preventDefault();
  };

  const selectedIndex = rows.findIndex((row) => idOf(row) === selectedId);
  return (
    <div className={compact ? 'table compact' : 'table'} data-testid={testId} data-waiting={state.waiting}>
      {newer > 0 && (
        <button
          type="button"
          className="newer"
          onClick={() => scroller.current?.scrollTo({ top: 0, behavior: 'instant' })}
        >
          ↑ {newer.toLocaleString('en')} newer
        </button>
      )}
      {/* A grid with one stop for the tab key; the arrows move within it. */}
      {/* biome-ignore lint/a11y/useSemanticElements: rows are placed one by one, which table elements do not allow */}
      <div
        className="table-scroll"
        ref={scroller}
        role="grid"
        aria-label={label}
        aria-rowcount={state.total + 1}
        aria-activedescendant={selectedIndex === -1 ? undefined : rowElementId(selectedId!)}
        tabIndex={0}
        onKeyDown={onKeyDown}
      >
        {head}
        <div className="table-body" style={{ height: length * rowHeight }}>
          {placesFrom(drawn).map((index) => {
            const place = index + first;
            const row = rows[place - state.offset];
            const position = { transform: `translateY(${index * rowHeight}px)`, height: rowHeight };
            if (row === undefined)
              return <div key={index} className="table-row table-row-empty" style={position} />;
            const id = idOf(row);
            const { className, ...data } = attributes(row);
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the grid takes the keys
              // biome-ignore lint/a11y/useSemanticElements: as the grid
              <div
                key={id}
                id={rowElementId(id)}
                className={`table-row ${className}`}
                style={position}
                role="row"
                tabIndex={-1}
                aria-rowindex={place + 2}
                aria-selected={id === selectedId}
                data-testid={rowTestId}
                {...data}
                onClick={() => {
                  setSelectedId(id);
                  onOpen(row);
                }}
              >
                {children(row)}
              </div>
            );
          })}
        </div>
        {state.paused && state.total > rows.length && (
          <p className="table-note">
            Paused: {rows.length.toLocaleString('en')} of {state.total.toLocaleString('en')} are held. Resume
            to see the others.
          </p>
        )}
      </div>
    </div>
  );
}

function idOf(row: { readonly id: string }): string {
  return row.id;
}

function placesFrom({ first, end }: { first: number; end: number }): number[] {
  return Array.from({ length: end - first }, (_, index) => first + index);
}

/** The least scrolling that shows the row, below the headings. */
function scrollToRow(scroller: HTMLElement, index: number, rowHeight: number): void {
  const head = scroller.firstElementChild?.clientHeight ?? 0;
  const top = index * rowHeight;
  const lowest = top + rowHeight + head - scroller.clientHeight;
  scroller.scrollTop = Math.max(lowest, Math.min(top, scroller.scrollTop));
}

function rowElementId(id: string): string {
  return `row-${id}`;
}

/**
 * Where rows come in above what somebody reads, the list is moved along, so that it stands still before the eyes.
 * Only where a row's place is no news: where rows are in the order of what is measured, it is itself the news.
 * @returns how many came in above since the top was last seen
 */
function useStandStill<Kind extends ListKind>(
  scroller: HTMLDivElement | null,
  state: RowListState<Kind>,
  rowHeight: number,
  standsStill: boolean,
): number {
  const before = useRef<{ placed: PlacedRows; search: RowListState<Kind>['search'] } | null>(null);
  const [newer, setNewer] = useState(0);
  const { offset, search, paused } = state;
  const rows: PlacedRows['rows'] | null = state.rows;

  useLayoutEffect(() => {
    const last = before.current;
    if (rows === null || paused) return;
    before.current = { placed: { offset, rows }, search };
    if (scroller === null || last === null || last.search !== search) {
      setNewer(0);
      return;
    }
    if (scroller.scrollTop < rowHeight || !standsStill) return;
    const visible = Math.floor(scroller.scrollTop / rowHeight);
    const shift = rowShift(last.placed, { offset, rows }, visible);
    if (shift === 0) return;
    scroller.scrollTop += shift * rowHeight;
    setNewer((number) => Math.max(0, number + shift));
  }, [scroller, rows, offset, search, paused, rowHeight, standsStill]);

  useEffect(() => {
    if (scroller === null) return;
    const onScroll = () => {
      if (scroller.scrollTop < rowHeight) setNewer(0);
    };
    scroller.addEventListener('scroll', onScroll, { passive: true });
    return () => scroller.removeEventListener('scroll', onScroll);
  }, [scroller, rowHeight]);

  return newer;
}
