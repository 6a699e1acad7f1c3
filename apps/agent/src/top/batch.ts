/** Tables as plain text, one below the other, for files and other programs. */
import { painter } from '@packetless/terminal';
import type { View } from '../activity/groups.js';
import { clock } from '../text/words.js';
import type { Table } from './model.js';
import { type Order, sorted } from './sort.js';
import { fittingColumns, headerLine, rowLine } from './table.js';

/** Where nothing says how wide a line may be. */
const DEFAULT_WIDTH = 132;

const plain = painter(false);

/** Ends with an empty line, as tables of vmstat and the like are told apart. */
export function tableText(table: Table, view: View, order: Order, columns: number | null): string {
  const width = columns ?? DEFAULT_WIDTH;
  const shown = fittingColumns(view, width);
  const lines = [
    `${clock(Date.now(), false)} by ${view}`,
    headerLine(shown, order.key, width, plain),
    ...sorted(table.rows, order).map((row) => rowLine(row, shown, plain)),
    rowLine(table.total, shown, plain),
  ];
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n\n`;
}
