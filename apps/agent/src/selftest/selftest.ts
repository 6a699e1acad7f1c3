/** `packetless-agent selftest`: known traffic, and what the agent made of it, row by row. */

import { setMaxListeners } from 'node:events';
import { constants } from 'node:os';
import { inertJson, wantsColour } from '@packetless/terminal';
import { say } from '../program.js';
import { AgentError } from './agent-under-test.js';
import { Cleanup } from './cleanup.js';
import { type Result, runCourse } from './course.js';
import { parseSelftestOptions, type SelftestOptions } from './options.js';
import { ROWS } from './rows/index.js';
import { tableLines } from './table.js';
import { buildWorld, CannotRun } from './world.js';

const EXIT = { passed: 0, failed: 1, cannotRun: 3 } as const;

/**
 * `args`: those after `selftest`. Gives the exit status: 0 when every row that this host can play has passed.
 * Throws `OptionsError`.
 */
export async function runSelftest(args: readonly string[]): Promise<number> {
  const options = parseSelftestOptions(args, ROWS);
  // Nobody may be left to read it; what was made is to be taken away all the same.
  process.stdout.on('error', () => {});
  if (options.help) {
    process.stdout.write((await import('./manual.js')).SELFTEST_MANUAL);
    return EXIT.passed;
  }
  if (options.list) {
    for (const { name, title } of options.rows) process.stdout.write(`${name.padEnd(24)} ${title}\n`);
    return EXIT.passed;
  }
  return runRows(options);
}

async function runRows(options: SelftestOptions): Promise<number> {
  const cleanup = new Cleanup();
  const interruption = new AbortController();
  // Each row that plays listens to it.
  setMaxListeners(0, interruption.signal);
  let interruptedBy: NodeJS.Signals | null = null;
  const interrupt = (signal: NodeJS.Signals): void => {
    interruptedBy ??= signal;
    interruption.abort(new Error(`interrupted by ${signal}`));
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, interrupt);
  try {
    const world = await buildWorld(cleanup, options.full);
    const onPlayed = progress(options.rows.length);
    const { rows, agent } = options;
    const result = await runCourse({ rows, world, agent, signal: interruption.signal, onPlayed });
    print(result, options.json);
    return result.rows.some(({ verdict }) => verdict === 'fail') ? EXIT.failed : EXIT.passed;
  } catch (error) {
    if (interruptedBy !== null) return 128 + constants.signals[interruptedBy];
    if (!(error instanceof CannotRun || error instanceof AgentError)) throw error;
    say(error.message);
    return EXIT.cannotRun;
  } finally {
    for (const error of await cleanup.run()) say(`could not clean up: ${error.message}`);
    for (const signal of signals) process.off(signal, interrupt);
  }
}

/** On a terminal one line that changes, elsewhere nothing. */
function progress(total: number): (row: { readonly name: string }, left: number) => void {
  const { stderr } = process;
  if (!stderr.isTTY) return () => {};
  return ({ name }, left) => {
    const line = left === 0 ? '' : `${total - left} of ${total} rows played, last ${name}`;
    stderr.write(`\r\u001b[K${line}`);
  };
}

function print({ rows, lost }: Result, json: boolean): void {
  const style = { colour: wantsColour(process.stdout, process.env), columns: process.stdout.columns ?? null };
  const lines = () => [...tableLines(rows, style), ...(lost === null ? [] : [`the agent lost ${lost}`])];
  const text = json ? inertJson(JSON.stringify({ rows, lost }, null, 2)) : lines().join('\n');
  process.stdout.write(`${text}\n`);
}
