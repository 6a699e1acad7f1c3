/** Long steps, shown to a person: one line each, a running clock on a terminal, the output kept for the failure. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const TAIL_LINES = 40;
const CLOCK_MS = 200;

/** A step could not be done; `message` says what happened and what to do. */
export class StepError extends Error {}

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
      process.stdout.write(`\r\x1b[K${line.slice(0, (process.stdout.columns ?? 80) - 1)}`);
    };
    clock = setInterval(draw, CLOCK_MS);
  } else {
    console.log(`… ${title}`);
  }
  const clear = () => {
    clearInterval(clock);
    if (process.stdout.isTTY) process.stdout.write('\r\x1b[K');
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

/**
 * Runs a program to its end without showing its output, unless it fails.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string, note?: (text: string) => void }} [options]
 * @returns {Promise<string>} its output
 */
export async function run(command, args, options = {}) {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const take = (chunk) => {
    output += chunk;
    const line = output.trimEnd().split('\n').at(-1) ?? '';
    // Control sequences of the program would garble the clock's line.
    options.note?.(line.replace(/[^\x20-\x7e]+/g, ' ').trim());
  };
  child.stdout.setEncoding('utf8').on('data', take);
  child.stderr.setEncoding('utf8').on('data', take);
  let code;
  try {
    [code] = await once(child, 'close');
  } catch (error) {
    throw new StepError(`${command} could not be started: ${error.message}`);
  }
  if (code !== 0) {
    const tail = output.trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
    throw new StepError(`\`${[command, ...args].join(' ')}\` failed (exit status ${code}):\n${tail}`);
  }
  return output;
}
