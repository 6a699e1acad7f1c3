/** A report for people. */

import type { ProgramReport } from '@packetless/introspection';
import { fitted, inert, type Paint, type Style } from '@packetless/terminal';
import {
  type Finding,
  type FindingState,
  isSource,
  type Report,
  type SourceFinding,
  unserved,
} from './report.js';

const SUBJECT_WIDTH = 18;
const STATES: { readonly [state in FindingState]: Style } = {
  ok: 'good',
  note: 'dim',
  loss: 'warning',
  fails: 'bad',
};
const STATE_WIDTH = 6;
const PART_INDENT = 8;

const VERDICTS = {
  works: 'Everything works.',
  losses: 'Works, with losses (see above).',
  nothing: 'Nothing works: no source can be opened.',
} as const;

export interface TextOptions {
  readonly width: number;
  /** Every part of every source, also those that work. */
  readonly verbose: boolean;
  readonly paint: Paint;
}

export function reportText(report: Report, options: TextOptions): string {
  const { paint } = options;
  const about = [report.system, `Linux ${report.kernel}`, report.architecture].filter(
    (text) => text !== null,
  );
  const lines = [`packetless-agent ${report.version} on ${inert(report.host)}: ${inert(about.join(', '))}`];
  for (const { name, findings } of report.sections) {
    lines.push('', paint('bold', name.toUpperCase()));
    for (const finding of findings) lines.push(...findingLines(finding, options));
  }
  lines.push(...adviceLines(report, options), '', paint('bold', VERDICTS[report.verdict]));
  return `${lines.join('\n')}\n`;
}

function findingLines(finding: Finding | SourceFinding, options: TextOptions): string[] {
  const lines = entry(finding.state, finding.subject, finding.found, options);
  if (!isSource(finding)) return lines;
  const lost = new Set(unserved(finding.parts));
  for (const part of finding.parts) {
    const costs = lost.has(part) && finding.loses !== null;
    if (options.verbose || costs) lines.push(...partLines(part, costs, options));
  }
  return lines;
}

/** One that failed is no loss where another serves the same purpose, or its source is not needed. */
function partLines(
  { name, purpose, state, error }: ProgramReport,
  lost: boolean,
  options: TextOptions,
): string[] {
  const { width, paint } = options;
  const why = state === 'attached' ? '' : `: ${state}${error === null ? '' : `, ${error}`}`;
  const finding = state === 'attached' ? 'ok' : lost ? 'loss' : 'note';
  const [first = '', ...rest] = wrapped(
    inert(`${name}: ${purpose}${why}`),
    width - PART_INDENT - STATE_WIDTH,
  );
  const head = ' '.repeat(PART_INDENT) + paint(STATES[finding], fitted(finding, STATE_WIDTH));
  return [head + first, ...rest.map((line) => ' '.repeat(PART_INDENT + STATE_WIDTH) + line)];
}

function entry(state: FindingState, subject: string, text: string, { width, paint }: TextOptions): string[] {
  const indent = STATE_WIDTH + 2 + SUBJECT_WIDTH + 1;
  const head = `  ${paint(STATES[state], fitted(state, STATE_WIDTH))}${paint('bold', fitted(subject, SUBJECT_WIDTH))} `;
  const [first = '', ...rest] = wrapped(inert(text), width - indent);
  return [head + first, ...rest.map((line) => ' '.repeat(indent) + line)];
}

/** What is lost, and what can be done, once for each remedy. */
function adviceLines({ sections }: Report, { width, paint }: TextOptions): string[] {
  const losses = sections.flatMap(({ findings }) => findings).filter(({ loses }) => loses !== null);
  const notes = sections
    .flatMap(({ findings }) => findings)
    .filter(({ state, remedy }) => state === 'note' && remedy.length > 0);
  if (losses.length + notes.length === 0) return [];
  const lines = ['', paint('bold', 'WHAT IS LOST, AND WHAT TO DO')];
  const said = new Set<string>();
  for (const { subject, loses, remedy } of [...losses, ...notes]) {
    lines.push(
      ...wrapped(
        `${subject}: ${loses === null ? 'nothing is lost by it, but' : inert(loses)}`,
        width - 4,
        '    ',
        '  ',
      ),
    );
    if (remedy.length === 0) lines.push('    - nothing that we know of');
    else if (said.has(remedy.join())) lines.push('    - as above');
    else for (const way of remedy) lines.push(...wrapped(way, width - 6, '      ', '    - '));
    said.add(remedy.join());
  }
  return lines;
}

/** Words on lines of at most `width`; a longer word has a line of its own. */
export function wrapped(text: string, width: number, indent = '', first = indent): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines.map((each, index) => (index === 0 ? first : indent) + each);
}
