/** What a benchmark gives: a table for people. */

export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What has to be known to read it. */
  readonly notes?: readonly string[];
}

/** Ours and the nearest peer or the bare machine, with units. */
export interface Row {
  readonly what: string;
  readonly ours: string;
  readonly peer: string;
  readonly ratio: string;
  readonly goal: string;
}

export function comparison(title: string, rows: readonly Row[]): Table {
  const columns = ['what', 'ours', 'peer', 'ratio', 'goal'] as const;
  return { title, columns, rows: rows.map((row) => columns.map((column) => row[column])) };
}

/** As Markdown, padded so that it reads well on a terminal too. */
export function format({ title, columns, rows, notes = [] }: Table): string {
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...rows.map((row) => [...row[index]!].length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, index) => cell + ' '.repeat(widths[index]! - [...cell].length)).join(' | ')} |`;
  const table = [line(columns), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)];
  return [`### ${title}`, '', ...table, ...(notes.length > 0 ? ['', ...notes] : [])].join('\n');
}

export function perSecond(count: number, milliseconds: number): string {
  return `${Math.round(count / milliseconds).toLocaleString('en')} k/s`;
}

export function whole(count: number): string {
  return Math.round(count).toLocaleString('en');
}
