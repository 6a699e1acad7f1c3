/** What came of one row. */
import type { EndGrade } from './grade.js';
import type { Row } from './row.js';

export type Verdict = 'pass' | 'fail' | 'not here';

export interface RowReport {
  readonly row: string;
  readonly title: string;
  readonly verdict: Verdict;
  /** Ends of conversations, and of how many the right process was named. */
  readonly ends: number;
  readonly right: number;
  readonly unknown: number;
  readonly wrong: number;
  /** Payload both ways over all ends, as the agent measured and as the applications counted it. */
  readonly measuredBytes: number;
  readonly countedBytes: number;
  /** Of the end that differs most, in per cent; null: no bytes are promised. */
  readonly differencePercent: number | null;
  /** The shortest and the longest; null: none was told. */
  readonly latencyMs: { readonly least: number; readonly most: number } | null;
  /** Why it failed, or is not here. */
  readonly why: readonly string[];
}

const MAX_REASONS = 12;

/** `counted`: whether the bytes of each grade are promised. */
export function reportOf(
  row: Row,
  grades: readonly { readonly grade: EndGrade; readonly counted: boolean; readonly who: string }[],
  others: readonly string[],
): RowReport {
  const ends = grades.map(({ grade }) => grade);
  const of = (attribution: EndGrade['attribution']) =>
    ends.filter((end) => end.attribution === attribution).length;
  const why = [
    ...others,
    ...grades.flatMap(({ grade, who }) => grade.problems.map((problem) => `${who}: ${problem}`)),
  ];
  const counted = grades.filter((each) => each.counted).map(({ grade }) => grade);
  const latencies = ends.flatMap(({ latencyMs }) => (latencyMs === null ? [] : [latencyMs]));
  return {
    row: row.name,
    title: row.title,
    verdict: why.length === 0 ? 'pass' : 'fail',
    ends: ends.length,
    right: of('right'),
    unknown: of('unknown'),
    wrong: of('WRONG'),
    measuredBytes: sum(counted.map(({ measured }) => (measured?.sent ?? 0) + (measured?.received ?? 0))),
    countedBytes: sum(counted.map(({ counted }) => counted.sent + counted.received)),
    differencePercent: counted.length === 0 ? null : Math.max(...counted.map(difference)),
    latencyMs:
      latencies.length === 0 ? null : { least: Math.min(...latencies), most: Math.max(...latencies) },
    why: shortened(why),
  };
}

export function notHere({ name, title }: Row, reason: string): RowReport {
  return { ...emptyReport(name, title), verdict: 'not here', why: [reason] };
}

export function couldNotPlay({ name, title }: Row, reason: string): RowReport {
  return { ...emptyReport(name, title), verdict: 'fail', why: [reason] };
}

/** The row of what was told of no row's conversations. */
export function strayReport(strays: readonly string[]): RowReport {
  return {
    ...emptyReport('names', 'No event names a process that had no part in it'),
    verdict: strays.length === 0 ? 'pass' : 'fail',
    wrong: strays.length,
    why: shortened(strays),
  };
}

function emptyReport(row: string, title: string): Omit<RowReport, 'verdict'> {
  const nothing = { ends: 0, right: 0, unknown: 0, wrong: 0, measuredBytes: 0, countedBytes: 0 };
  return { row, title, ...nothing, differencePercent: null, latencyMs: null, why: [] };
}

/** In per cent of what the application counted; of nothing, anything is 100 % too much. */
function difference({ measured, counted }: EndGrade): number {
  const percent = (said: number, is: number) =>
    said === is ? 0 : (Math.abs(said - is) / Math.max(is, 1)) * 100;
  return Math.max(
    percent(measured?.sent ?? 0, counted.sent),
    percent(measured?.received ?? 0, counted.received),
  );
}

/** Thousands of equal conversations fail in the same way; each reason once, with how often. */
function shortened(reasons: readonly string[]): readonly string[] {
  const times = new Map<string, number>();
  for (const reason of reasons) {
    const alike = reason.replace(/^[^:]*: /, '').replace(/\d+(\.\d+)?/g, 'N');
    times.set(alike, (times.get(alike) ?? 0) + 1);
  }
  const shown: string[] = [];
  for (const reason of reasons) {
    const alike = reason.replace(/^[^:]*: /, '').replace(/\d+(\.\d+)?/g, 'N');
    const count = times.get(alike);
    if (count === undefined) continue;
    times.delete(alike);
    shown.push(count > 1 ? `${reason} (and ${count - 1} more like it)` : reason);
  }
  return shown.length <= MAX_REASONS
    ? shown
    : [...shown.slice(0, MAX_REASONS), `and ${shown.length - MAX_REASONS} other reasons`];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
