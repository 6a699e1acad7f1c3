/** Rows as lines of exactly the terminal's width. */
import { fitted, fittedRight, type Paint } from '@packetless/terminal';
import type { Row, View } from '../activity/groups.js';
import { type Column, columnsOf, type SortKey } from './columns.js';

/** A name gets room before a command line does. */
const WIDEST_NAME = 32;

/** The columns that fit, with their widths; the name takes what the others leave, then the command. */
export function fittingColumns(view: View, width: number): readonly Column[] {
  const all = columnsOf(view);
  const chosen = new Set<Column>();
  let taken = 0;
  for (const column of [...all].sort((a, b) => a.rank - b.rank)) {
    const more = column.width + (chosen.size > 0 ? 1 : 0);
    if (taken + more > width && chosen.size > 0) break;
    chosen.add(column);
    taken += more;
  }
  const spare = width - taken;
  const forName = Math.min(spare, WIDEST_NAME - all.find(({ id }) => id === 'name')!.width);
  const forCommand = spare - forName;
  return all
    .filter((column) => chosen.has(column))
    .map((column) => {
      if (column.id === 'name') return { ...column, width: column.width + forName };
      return column.id === 'command' ? { ...column, width: column.width + forCommand } : column;
    });
}

/** What is sorted by is marked. */
export function headerLine(columns: readonly Column[], sort: SortKey, width: number, paint: Paint): string {
  const cells = columns.map((column) => {
    const marked = column.id === sort || (sort === 'traffic' && (column.id === 'out' || column.id === 'in'));
    return cell(column, marked ? `*${column.title}` : column.title);
  });
  return paint('reverse', fitted(cells.join(' '), width));
}

export function rowLine(row: Row, columns: readonly Column[], paint: Paint): string {
  return columns
    .map((column) => paint(column.style?.(row) ?? 'plain', cell(column, column.text(row))))
    .join(' ');
}

function cell({ right, width }: Column, text: string): string {
  return right ? fittedRight(text, width) : fitted(text, width);
}
