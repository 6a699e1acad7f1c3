/**
 * `pnpm test:captures [WORD...]`: reads the captures that others test their programs with, and compares with Wireshark
 * what comes of each; one test a file. WORD: only files with it in their name. Prints "N passed, N failed".
 */
import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../harness/root.js';
import { compare } from './compare.js';
import { EXPLAINED, type Explanation } from './explained.js';
import { PREFERENCES } from './frames.js';
import { protocolNumbers } from './protocol-numbers.js';
import { Sharkd } from './sharkd.js';
import { type CaptureFile, obtainCaptures } from './sources.js';

const CACHE = join(ROOT, '.cache', 'captures');
const AT_ONCE = Math.min(2, availableParallelism());
const MOST_LINES = 10;

const used = new Set<Explanation>();
let passed = 0;
let failed = 0;

async function main(words: readonly string[]): Promise<void> {
  mkdirSync(CACHE, { recursive: true });
  const all = obtain();
  const files = all.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
  const numbers = await protocolNumbers();
  const waiting = files.values();
  await Promise.all(Array.from({ length: AT_ONCE }, () => work(waiting, numbers)));
  if (words.length === 0 && all.length > 0)
    for (const unused of EXPLAINED.filter((one) => !used.has(one))) sayUnused(unused);
  console.log(`\n${used.size} kinds of differences are understood (test/captures/explained.ts).`);
}

/** Without a network there is nothing to test with; in CI there has to be. */
function obtain(): CaptureFile[] {
  try {
    return obtainCaptures(CACHE);
  } catch (error) {
    if (process.env.CI === 'true') throw error;
    console.log(`Skipped: ${error instanceof Error ? error.message : String(error)}`);
    return [];
  }
}

async function work(files: Iterable<CaptureFile>, numbers: ReadonlyMap<string, number>): Promise<void> {
  let sharkd = await Sharkd.start(PREFERENCES);
  for (const file of files) {
    try {
      say(
        file,
        (await compare(file.path, sharkd, numbers)).filter((line) => !isExplained(file, line)),
      );
    } catch (error) {
      say(file, [error instanceof Error ? error.message : String(error)]);
      await sharkd.close();
      sharkd = await Sharkd.start(PREFERENCES);
    }
  }
  await sharkd.close();
}

function isExplained({ name }: CaptureFile, line: string): boolean {
  const explanation = EXPLAINED.find(({ files, difference }) => files.test(name) && difference.test(line));
  if (explanation !== undefined) used.add(explanation);
  return explanation !== undefined;
}

function say({ name }: CaptureFile, differences: readonly string[]): void {
  if (differences.length === 0) {
    passed++;
    return;
  }
  failed++;
  console.log(`✗ ${name}`);
  for (const line of differences.slice(0, MOST_LINES)) console.log(`    ${line}`);
  if (differences.length > MOST_LINES) console.log(`    … ${differences.length} in all`);
}

function sayUnused({ files, difference, reason }: Explanation): void {
  failed++;
  console.log(`✗ nothing is explained any more by ${files} ${difference}: ${reason}`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  failed++;
  console.log(`✗ ${error instanceof Error ? error.message : String(error)}`);
}
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
