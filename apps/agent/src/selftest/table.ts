/** The reports as a table for people. */
import { bytes, inert } from '@packetless/terminal';
import type { RowReport, Verdict } from './verdict.js';

const HEAD = ['row', 'what', 'attributed', 'bytes', 'off by', 'latency ms', 'verdict'];
/** With less room nothing is said of what a row is; `--list` does. */
const WIDE = 140;
const COLOURS: { readonly [verdict in Verdict]: string } = { pass: '32', fail: '31', 'not here': '33' };

/** Lines without their ends. `columns`: of the terminal, null when it is none. */
export function tableLines(
  reports: readonly RowReport[],
  { colour, columns }: { readonly colour: boolean; readonly columns: number | null },
): readonly string[] {
  const fitting = (row: readonly string[]) =>
    columns === null || columns >= WIDE ? row : row.filter((_, column) => column !== 1);
  const head = fitting(HEAD);
  const rows = reports.map((report) => fitting(cells(report)));
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd();
  return [
    line(head),
    ...reports.flatMap((report, index) => [
      paint(line(rows[index]!), report.verdict, colour),
      ...report.why.map((reason) => `    ${inert(reason)}`),
    ]),
    '',
    summary(reports),
  ];
}

export function summary(reports: readonly RowReport[]): string {
  const of = (verdict: Verdict) => reports.filter((report) => report.verdict === verdict).length;
  return `${of('pass')} passed, ${of('fail')} failed, ${of('not here')} not here`;
}

function cells(report: RowReport): readonly string[] {
  return [
    report.row,
    report.title,
    attributed(report),
    report.differencePercent === null || report.verdict === 'not here' ? '' : bytes(report.measuredBytes),
    difference(report.differencePercent),
    latency(report.latencyMs),
    report.verdict,
  ];
}

function attributed({ ends, right, unknown, wrong }: RowReport): string {
  if (wrong > 0) return `WRONG ${wrong}`;
  if (ends === 0) return '';
  return unknown > 0 ? `unknown ${unknown} of ${ends}` : `✓ ${right}`;
}

function difference(percent: number | null): string {
  if (percent === null) return '';
  return percent === 0 ? 'exact' : `${percent.toFixed(percent < 0.1 ? 3 : 1)} %`;
}

function latency(range: RowReport['latencyMs']): string {
  if (range === null) return '';
  const [least, most] = [range.least.toFixed(3), range.most.toFixed(3)];
  return least === most ? least : `${least} – ${most}`;
}

function paint(line: string, verdict: Verdict, colour: boolean): string {
  const at = line.lastIndexOf(verdict);
  return colour ? `${line.slice(0, at)}\u001b[${COLOURS[verdict]}m${verdict}\u001b[0m` : line;
}
