/** The outcome as a table, for the terminal and for docs/kernels.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { FACT_TITLES, type FactId } from './guest/titles.js';
import type { KernelOutcome, RunOutcome } from './outcome.js';

interface Column {
  readonly kernel: KernelOutcome;
  readonly run: RunOutcome;
}

export function markdownTable(outcomes: readonly KernelOutcome[]): string {
  const columns = outcomes.flatMap((kernel) => kernel.runs.map((run) => ({ kernel, run })));
  const rows = [
    ['', ...columns.map(({ kernel, run }) => `${kernel.kernel.name}, ${run.run.title}`)],
    ['kernel', ...columns.map(({ kernel }) => kernel.release ?? 'none')],
    ['tier', ...columns.map(({ run }) => run.started?.tier ?? '✗')],
    ...(Object.keys(FACT_TITLES) as FactId[]).map((fact) => [
      FACT_TITLES[fact],
      ...columns.map((column) => cell(column, fact)),
    ]),
  ];
  const widths = rows[0]!.map((_, index) => Math.max(...rows.map((row) => [...row[index]!].length), 3));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((text, index) => text + ' '.repeat(widths[index]! - [...text].length)).join(' | ')} |`;
  const [head, ...body] = rows.map(line);
  return [head, line(widths.map((width) => '-'.repeat(width))), ...body].join('\n');
}

/** ✓ right; ? not known, as expected; ✗ anything else. */
function cell({ run }: Column, fact: FactId): string {
  const complaint = run.checked.find(({ what }) => what === FACT_TITLES[fact])?.complaint;
  if (complaint !== null) return '✗';
  return run.findings.get(fact)?.verdict === 'right' ? '✓' : '?';
}

/** What each run said that it cannot see; equal lists once. */
export function markdownLosses(outcomes: readonly KernelOutcome[]): string {
  const lines = outcomes.flatMap(({ release, runs }) =>
    runs.map(({ run, started }) => {
      const lost = started?.lost.map(({ what }) => what) ?? [];
      const words = lost.length === 0 ? 'nothing' : [...new Set(lost)].join('; ');
      return `- ${release} ${run.title} (tier ${started?.tier ?? 'none'}): ${words}`;
    }),
  );
  return lines.join('\n');
}

const BEGIN = '<!-- results: written by `pnpm test:kernels --write-docs` -->';
const END = '<!-- end of results -->';

/** Replaces the results in the document. Throws when it has no place for them. */
export function writeResults(document: string, outcomes: readonly KernelOutcome[]): void {
  const text = readFileSync(document, 'utf8');
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${document} has no place for results`);
  const results = `${BEGIN}\n\n${markdownTable(outcomes)}\n\nWhat the agent said that it cannot see:\n\n${markdownLosses(outcomes)}\n\n`;
  writeFileSync(document, text.slice(0, begin) + results + text.slice(end));
}
