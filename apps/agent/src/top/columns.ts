/** The columns of the table: what they show, how wide they are, and what is sorted by them. */
import { bytes, inert, type Style } from '@packetless/terminal';
import type { Row, View } from '../activity/groups.js';
import { programText as programOf, userText } from '../text/words.js';

export const SORT_KEYS = [
  'traffic',
  'name',
  'pid',
  'user',
  'out',
  'in',
  'rtt',
  'retransmits',
  'open',
  'new',
  'failed',
  'listening',
  'command',
] as const;
/** `traffic` is both directions together and has no column of its own. */
export type SortKey = (typeof SORT_KEYS)[number];
export type ColumnId = Exclude<SortKey, 'traffic'>;

export interface Column {
  readonly id: ColumnId;
  readonly title: string;
  readonly width: number;
  readonly right: boolean;
  /** Columns with a lower number stay longer when a terminal gets narrower. */
  readonly rank: number;
  readonly text: (row: Row) => string;
  readonly style?: (row: Row) => Style;
}

const TITLES: { readonly [view in View]: string } = {
  process: 'PROCESS',
  remote: 'REMOTE',
  container: 'CONTAINER',
  user: 'USER',
};

/** In the order in which they are shown. */
export function columnsOf(view: View): readonly Column[] {
  const name: Column = {
    id: 'name',
    title: TITLES[view],
    width: 14,
    right: false,
    rank: 0,
    text: view === 'process' ? programText : (row) => inert(row.name),
    style: () => 'bold',
  };
  if (view !== 'process')
    return [name, ...MEASURES.filter(({ id }) => id !== 'listening' || view !== 'remote')];
  return [PID, name, USER, ...MEASURES, COMMAND];
}

/** Without the pid, which has a column. */
function programText({ process, name }: Row): string {
  return process === null ? inert(name) : programOf(process);
}

const PID: Column = {
  id: 'pid',
  title: 'PID',
  width: 7,
  right: true,
  rank: 6,
  text: ({ process }) => (process === null ? '-' : String(process.pid)),
};

const USER: Column = {
  id: 'user',
  title: 'USER',
  width: 8,
  right: false,
  rank: 10,
  text: ({ process, key }) => (key === '' ? '' : userText(process)),
};

const COMMAND: Column = {
  id: 'command',
  title: 'COMMAND',
  width: 20,
  right: false,
  rank: 11,
  text: ({ process }) => inert(process?.cmdline ?? ''),
  style: () => 'dim',
};

const MEASURES: readonly Column[] = [
  measure('out', 'OUT/s', 8, 1, ({ outPerSecond }) => nonzero(outPerSecond, bytesText)),
  measure('in', 'IN/s', 8, 2, ({ inPerSecond }) => nonzero(inPerSecond, bytesText)),
  measure('rtt', 'RTT', 8, 4, ({ rttMs }) => (rttMs === null ? '-' : rttText(rttMs))),
  {
    ...measure('retransmits', 'RETR/s', 6, 5, (row) => nonzero(row.retransmitsPerSecond, rateText)),
    style: ({ retransmitsPerSecond }) => (retransmitsPerSecond > 0 ? 'warning' : 'plain'),
  },
  measure('open', 'CONN', 5, 3, ({ open }) => nonzero(open, String)),
  measure('new', 'NEW/s', 5, 7, ({ openedPerSecond }) => nonzero(openedPerSecond, rateText)),
  {
    ...measure('failed', 'FAIL/s', 6, 8, ({ failedPerSecond }) => nonzero(failedPerSecond, rateText)),
    style: ({ failedPerSecond }) => (failedPerSecond > 0 ? 'bad' : 'plain'),
  },
  measure('listening', 'LSTN', 4, 9, ({ listening }) => nonzero(listening ?? 0, String)),
];

function measure(
  id: ColumnId,
  title: string,
  width: number,
  rank: number,
  text: (row: Row) => string,
): Column {
  return { id, title, width, rank, right: true, text };
}

/** A table full of zeros hides what is not zero. */
function nonzero(value: number, write: (value: number) => string): string {
  return value > 0 ? write(value) : '·';
}

function bytesText(perSecond: number): string {
  return bytes(Math.round(perSecond));
}

/** `0.5`, `12`, `3.4k`. */
export function rateText(perSecond: number): string {
  if (perSecond >= 9999.5) return `${(perSecond / 1000).toFixed(perSecond < 99_950 ? 1 : 0)}k`;
  return perSecond >= 9.95 ? perSecond.toFixed(0) : perSecond.toFixed(1);
}

/** `0.177 ms`, `12.3 ms`, `240 ms`, `1.25 s`. */
function rttText(ms: number): string {
  if (ms >= 999.5) return `${(ms / 1000).toFixed(2)} s`;
  return `${ms.toFixed(ms < 9.9995 ? 3 : ms < 99.95 ? 1 : 0)} ms`;
}
