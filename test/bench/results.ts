/** The results' page: prose that people wrote, and between marks the tables of the last runs. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../harness/root.js';

const PAGE = join(ROOT, 'docs/performance.md');

/** Puts a benchmark's table, with where and when it was measured, between its marks. Throws when the page has none. */
export function record(name: string, table: string): void {
  const page = readFileSync(PAGE, 'utf8');
  const [begin, end] = [`<!-- bench ${name} -->\n`, `<!-- /bench ${name} -->`];
  const start = page.indexOf(begin);
  const stop = page.indexOf(end);
  if (start < 0 || stop < start)
    throw new Error(`${PAGE} has no marks for ${name}: ${begin.trim()} … ${end}`);
  const content = `\n${table}\n\n${machine()}\n\n`;
  writeFileSync(PAGE, page.slice(0, start + begin.length) + content + page.slice(stop));
}

function machine(): string {
  const memory = Math.round(totalmem() / 2 ** 30);
  const kernel = release().split('.').slice(0, 2).join('.');
  const node = process.versions.node.split('.')[0];
  const date = new Date().toISOString().slice(0, 10);
  return `_${date}: ${cpus().length} shared virtual cores, ${memory} GiB, Linux ${kernel}, Node ${node}._`;
}
