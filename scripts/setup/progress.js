/** Long steps, shown to a person: one line each, a running clock on a terminal, the output kept for the failure. */
import { Interrupted, remedyIn, StepError } from './failure.js';
import { interrupted, Program } from './programs.js';

const TAIL_LINES = 40;
const CLOCK_MS = 200;
const CLEAR_LINE = '\r\x1b[K';

/**
 * Runs a step and shows how long it takes.
 * @template T
 * @param {string} title
 * @param {(note: (text: string) => void) => Promise<T>} work gets a function that shows what it is busy with
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  const started = Date.now();
  const seconds = () => ((Date.now() - started) / 1000).toFixed(1);
  let doing = '';
  let clock;
  if (process.stdout.isTTY) {
    const draw = () => {
      const line = `… ${title} ${seconds()} s${doing === '' ? '' : ` — ${doing}`}`;
      process.stdout.write(`${CLEAR_LINE}${line.slice(0, (process.stdout.columns || 80) - 1)}`);
    };
    clock = setInterval(draw, CLOCK_MS);
  } else {
    console.log(`… ${title}`);
  }
  const clear = () => {
    clearInterval(clock);
    if (process.stdout.isTTY) process.stdout.write(CLEAR_LINE);
  };
  try {
    const result = await work((text) => {
      doing = text;
    });
    clear();
    console.log(`✓ ${title} (${seconds()} s)`);
    return result;
  } catch (error) {
    clear();
    console.log(`✗ ${title} (${seconds()} s)`);
    throw error;
  }
}

/** Shows what a program says while a step may be drawing its clock. */
export function relay(stream) {
  const start = process.stdout.isTTY && process.stderr.isTTY ? CLEAR_LINE : '';
  stream.setEncoding('utf8').on('data', (text) => process.stderr.write(start + text));
}

/**
 * Runs a program to its end without showing its output, unless it fails.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string, note?: (text: string) => void, remedy: string, untilDone?: boolean }} options
 *   `remedy`: what to do when it fails and its output does not tell a better one; `untilDone`: see Program
 * @returns {Promise<void>}
 */
export async function run(command, args, { env, cwd, note, remedy, untilDone }) {
  if (interrupted.aborted) throw new Interrupted('Interrupted.');
  const program = new Program(
    command,
    args,
    { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
    { untilDone },
  );
  let output = '';
  const take = (chunk) => {
    output += chunk;
    note?.(lastLine(output));
  };
  for (const stream of program.output) stream.setEncoding('utf8').on('data', take);
  const code = await program.ended;
  if (interrupted.aborted) {
    throw new Interrupted('Interrupted. What is done stays done: the same command goes on from there.');
  }
  if (code !== 0) {
    const tail = output.trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
    throw new StepError(
      `\`${[command, ...args].join(' ')}\` failed (exit status ${code}):\n${tail}\n\n${remedyIn(output) ?? remedy}`,
    );
  }
}

/** Control sequences of the program would garble the clock's line. */
function lastLine(output) {
  const line = output.trimEnd().split('\n').at(-1) ?? '';
  return line.replace(/[^\x20-\x7e]+/g, ' ').trim();
}
