/** The whole screen as lines, from what is known and what was chosen. */
import { bytes, fitted, inert, type Paint } from '@packetless/terminal';
import type { Row } from '../activity/groups.js';
import { type Column, rateText } from './columns.js';
import { HELP } from './help.js';
import type { TopState } from './state.js';
import { headerLine, rowLine } from './table.js';

export interface FrameContent {
  readonly state: TopState;
  /** In the order in which they are to be shown. */
  readonly rows: readonly Row[];
  readonly total: Row;
  readonly columns: readonly Column[];
  readonly width: number;
  readonly height: number;
  /** Whose network this is, and how it is known: `web-1 ebpf A`. Inert. */
  readonly title: string;
  /** Time of day. */
  readonly time: string;
  /** Something that the user should know at once, such as losses; inert. */
  readonly warning: string | null;
  /** What this host does not let be seen, a line each; inert. Told with the help. */
  readonly missing: readonly string[];
  readonly paint: Paint;
}

/** Lines that are no rows: title, sums, table header and keys, and a warning where there is one. */
export function linesAround(warning: string | null): number {
  return warning === null ? 4 : 5;
}

const KEYS = 'q quit  p/r/c/u view  ←→ sort  ! turn  space pause  / filter  ? help';
const BRIEF_KEYS = 'q quit  p r c u  ←→ !  space  /  ?';
const KEYS_BRIEF_BELOW = 72;

/** Exactly `height` lines of at most `width` columns. */
export function frameLines(content: FrameContent): string[] {
  const { state, rows, columns, width, height, warning, missing, paint } = content;
  const lines = [titleLine(content), sumLine(content)];
  if (warning !== null) lines.push(paint('warning', fitted(warning, width)));
  const room = Math.max(0, height - linesAround(warning));
  if (state.help) {
    const text = [...HELP, ...missing.map((part) => `not seen ${part}`)];
    lines.push(...text.slice(0, room + 1).map((line) => fitted(line, width)));
  } else {
    lines.push(headerLine(columns, state.order.key, width, paint));
    for (const row of rows.slice(state.offset, state.offset + room)) lines.push(rowLine(row, columns, paint));
    if (rows.length === 0 && room > 0) lines.push(fitted(nothing(state), width));
  }
  while (lines.length < height - 1) lines.push('');
  lines.push(lastLine(content));
  return lines.slice(-height);
}

function titleLine({ state, title, time, width, paint }: FrameContent): string {
  const { view, paused, filterText } = state;
  const chosen = filterText === '' ? '' : `  filter: ${inert(filterText)}`;
  const text = fitted(`${time} by ${view}${paused ? '  PAUSED' : ''}${chosen}  ${title}`, width);
  return paint(paused ? 'warning' : 'bold', text);
}

function sumLine({ total, rows, state, width }: FrameContent): string {
  const rate = (perSecond: number) => `${bytes(Math.round(perSecond))}/s`;
  const parts = [
    ...(state.offset > 0 ? [`from row ${state.offset + 1} of ${rows.length}`] : []),
    `out ${rate(total.outPerSecond)}`,
    `in ${rate(total.inPerSecond)}`,
    `conn ${total.open}`,
    `new ${rateText(total.openedPerSecond)}/s`,
    `failed ${rateText(total.failedPerSecond)}/s`,
    `retr ${rateText(total.retransmitsPerSecond)}/s`,
    `listen ${total.listening ?? 0}`,
  ];
  return fitted(parts.join('  '), width);
}

function nothing({ filterText }: TopState): string {
  return filterText === '' ? 'Nobody talks.' : 'Nobody that the filter lets through; Esc removes it.';
}

function lastLine({ state, width, paint }: FrameContent): string {
  if (state.typing !== null) {
    const mistake = state.mistake === null ? '' : `  ${inert(state.mistake)}`;
    return fitted(`filter: ${inert(state.typing)}█${mistake}`, width);
  }
  if (state.help) return paint('dim', fitted('any key goes back to the table, q quits', width));
  return paint('dim', fitted(width < KEYS_BRIEF_BELOW ? BRIEF_KEYS : KEYS, width));
}
