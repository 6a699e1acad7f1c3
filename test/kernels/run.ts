/**
 * `pnpm test:kernels [--write-docs] [KERNEL...]`: boots Debian's stock kernels in qemu and checks the built agent on
 * each. KERNEL: `5.10.`, `6.1.` … or `newest`; default all. Prints a table and "N passed, N failed".
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DebianArchive } from '../harness/debian-archive.js';
import { HERE, ROOT } from '../harness/root.js';
import { KERNELS, type KernelUnderTest } from './expectations.js';
import { Initramfs } from './initramfs.js';
import { chooseVersion, type Kernel, obtainKernel } from './kernel.js';
import { count, type KernelOutcome, outcomeOf, outcomeOfTrouble } from './outcome.js';
import { markdownLosses, markdownTable, writeResults } from './table.js';
import { boot } from './virtual-machine.js';

const CACHE = join(ROOT, '.cache', 'kernels');
const ARTEFACTS = join(HERE, 'build', 'kernels');
const DOCUMENT = join(ROOT, 'docs', 'kernels.md');
/** Each machine keeps one processor busy. */
const AT_ONCE = Math.min(2, availableParallelism());

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { 'write-docs': { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const kernels = KERNELS.filter(
    ({ series }) => positionals.length === 0 || positionals.includes(series ?? 'newest'),
  );
  const work = mkdtempSync(join(tmpdir(), 'packetless-kernels-'));
  process.on('exit', () => rmSync(work, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      console.log(`Interrupted (${signal}).`);
      process.exit(130);
    });
  }
  for (const folder of [CACHE, ARTEFACTS]) mkdirSync(folder, { recursive: true });

  const { archive, trouble } = openArchive();
  const initramfs = new Initramfs(CACHE, work);
  const outcomes = await inParallel(kernels, (kernel) => test(kernel, archive, initramfs));

  console.log(`\n${markdownTable(outcomes)}\n\n${markdownLosses(outcomes)}`);
  const { passed, failed } = count(outcomes);
  const all = failed + (trouble === null ? 0 : 1);
  // A table that something is missing from would be taken for the truth.
  if (values['write-docs'] && positionals.length === 0 && trouble === null) writeResults(DOCUMENT, outcomes);
  console.log(`\n${passed} passed, ${all} failed`);
  process.exitCode = all === 0 ? 0 : 1;
}

/** With a suite that cannot be reached, the newest kernel may not be the newest: that is a failure, and said. */
function openArchive(): { archive: DebianArchive; trouble: string | null } {
  const archive = new DebianArchive(join(CACHE, 'apt'));
  try {
    archive.refresh();
    return { archive, trouble: null };
  } catch (error) {
    const trouble = `Debian's archive cannot be reached in full: ${messageOf(error)}`;
    console.log(`✗ ${trouble}`);
    return { archive, trouble };
  }
}

async function test(
  kernel: KernelUnderTest,
  archive: DebianArchive,
  initramfs: Initramfs,
): Promise<KernelOutcome> {
  let obtained: Kernel | null = null;
  let outcome: KernelOutcome;
  try {
    obtained = obtainKernel(archive, chooseVersion(archive, kernel.series), CACHE);
    console.log(`… ${kernel.name}: ${obtained.release}`);
    const file = initramfs.for(obtained, kernel.runs);
    const ended = await boot(obtained, file, join(ARTEFACTS, obtained.release));
    rmSync(file);
    outcome = outcomeOf(kernel, obtained.release, ended);
  } catch (error) {
    outcome = outcomeOfTrouble(kernel, obtained?.release ?? null, messageOf(error));
  }
  say(outcome);
  return outcome;
}

function say({ kernel, release, seconds, runs, troubles }: KernelOutcome): void {
  for (const trouble of troubles) console.log(`✗ ${kernel.name}: ${trouble}`);
  for (const { run, started, checked } of runs) {
    const complaints = checked.filter(({ complaint }) => complaint !== null);
    const sign = complaints.length === 0 ? '✓' : '✗';
    const tier = started === null ? 'no tier' : `tier ${started.tier}`;
    console.log(
      `${sign} ${release} ${run.title}: ${tier}, ${checked.length - complaints.length} of ${checked.length} right (machine ${seconds.toFixed(0)} s)`,
    );
    for (const { what, complaint } of complaints) console.log(`    ✗ ${what}: ${complaint}`);
  }
}

async function inParallel<In, Out>(all: readonly In[], work: (one: In) => Promise<Out>): Promise<Out[]> {
  const results: Out[] = [];
  let next = 0;
  const worker = async () => {
    while (next < all.length) {
      const index = next++;
      results[index] = await work(all[index]!);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

await main();
