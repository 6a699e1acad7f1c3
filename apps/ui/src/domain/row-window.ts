/** Which rows of a long list are asked for, and how the list stands still while rows come in above. */

export interface RowWindow {
  readonly offset: number;
  readonly limit: number;
}

/** Rows asked for at once: a few screens, so that scrolling seldom meets an empty row. */
export const WINDOW_ROWS = 200;
/** Windows begin at multiples of this, so that a little scrolling asks for nothing. */
const STEP = 50;
/** Rows to be there before and after what is visible; less, and the window moves. */
const MARGIN = 40;

export const FIRST_WINDOW: RowWindow = { offset: 0, limit: WINDOW_ROWS };

/** The window for what is visible (`first` to `last`, both inclusive): `current` as long as it will do. */
export function windowFor(current: RowWindow, first: number, last: number): RowWindow {
  const end = current.offset + current.limit;
  const enoughBefore = current.offset === 0 || first - current.offset >= MARGIN;
  const enoughAfter = last + MARGIN < end;
  if (first >= current.offset && enoughBefore && enoughAfter) return current;
  const limit = Math.max(WINDOW_ROWS, Math.ceil((last - first + 2 * MARGIN) / STEP) * STEP + STEP);
  const middle = (first + last) / 2;
  const offset = Math.max(0, Math.round((middle - limit / 2) / STEP) * STEP);
  return { offset, limit };
}

/** Places in the list, both inclusive. */
export interface RowRange {
  readonly first: number;
  readonly last: number;
}

/** What shows through an opening of that height, in pixels; the last may be beyond the end of the list. */
export function visibleRows(scrollTop: number, height: number, rowHeight: number): RowRange {
  const first = Math.max(0, Math.floor(scrollTop / rowHeight));
  return { first, last: Math.max(first, Math.ceil((scrollTop + height) / rowHeight) - 1) };
}

/** Rows drawn beyond what is visible, so that a little scrolling finds them there. */
const OVERSCAN = 12;

/** The places to draw in a list of that length, from `first` up to but not including `end`. */
export function drawnRows(
  visible: RowRange,
  length: number,
): { readonly first: number; readonly end: number } {
  const end = Math.min(length, visible.last + 1 + OVERSCAN);
  return { first: Math.min(end, Math.max(0, visible.first - OVERSCAN)), end };
}

export interface PlacedRows {
  readonly offset: number;
  readonly rows: readonly { readonly id: string }[];
}

/**
 * By how many places the rows from `visible` on have moved. The first of them that is still there decides;
 * 0 when none is.
 */
export function rowShift(before: PlacedRows, after: PlacedRows, visible: number): number {
  const places = new Map(after.rows.map((row, index) => [row.id, after.offset + index]));
  for (let index = Math.max(0, visible - before.offset); index < before.rows.length; index += 1) {
    const place = places.get(before.rows[index]!.id);
    if (place !== undefined) return place - (before.offset + index);
  }
  return 0;
}
