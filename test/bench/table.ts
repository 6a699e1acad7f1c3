/** Rows of a benchmark, and how their ratios are taken on a noisy machine. */

export interface Row {
  readonly what: string;
  /** Ours and the nearest peer or the bare machine, with units. */
  readonly ours: string;
  readonly peer: string;
  readonly ratio: string;
  readonly goal: string;
}

/**
 * Measures two ways of doing the same by turns, so that both meet the same neighbours, and gives the lowest
 * of each: noise only ever adds.
 */
export async function interleaved(
  rounds: number,
  first: () => Promise<number>,
  second: () => Promise<number>,
): Promise<[number, number]> {
  let [lowestFirst, lowestSecond] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < rounds; round += 1) {
    lowestFirst = Math.min(lowestFirst, await first());
    lowestSecond = Math.min(lowestSecond, await second());
  }
  return [lowestFirst, lowestSecond];
}

export function printTable(rows: readonly Row[]): void {
  const columns = ['what', 'ours', 'peer', 'ratio', 'goal'] as const;
  const width = (column: (typeof columns)[number]) =>
    Math.max(column.length, ...rows.map((row) => [...row[column]].length));
  const widths = columns.map(width);
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, index) => cell.padEnd(widths[index]!)).join(' | ')} |`;
  console.log(line(columns));
  console.log(line(widths.map((size) => '-'.repeat(size))));
  for (const row of rows) console.log(line(columns.map((column) => row[column])));
}

export function perSecond(count: number, milliseconds: number): string {
  return `${Math.round(count / milliseconds).toLocaleString('en')} k/s`;
}
