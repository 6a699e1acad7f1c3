/** Programs of this machine that run to their end while a test waits. */
import { execFileSync } from 'node:child_process';

/** Where Debian keeps what only root's PATH has. */
const PATH = [process.env.PATH, '/usr/local/sbin', '/usr/sbin', '/sbin'].filter(Boolean).join(':');
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

export interface CommandOptions {
  readonly cwd?: string;
  readonly input?: string;
}

/** Runs a program to its end and gives what it printed. Throws with its last words when it fails. */
export function command(file: string, args: readonly string[], options: CommandOptions = {}): string {
  try {
    return execFileSync(file, args, {
      encoding: 'utf8',
      maxBuffer: MAX_OUTPUT_BYTES,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, PATH, LC_ALL: 'C' },
      ...options,
    });
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    const words = (stderr ?? String(error)).trim().split('\n').slice(-8).join('\n');
    throw new Error(`${file} ${args.slice(0, 4).join(' ')} failed: ${words}`, { cause: error });
  }
}

/** Absolute path of a program of this machine. Throws when it is missing. */
export function whereIs(program: string): string {
  for (const folder of PATH.split(':')) {
    try {
      return command('readlink', ['-e', `${folder}/${program}`]).trim();
    } catch {
      // Not in this folder.
    }
  }
  throw new Error(`${program} is missing on this machine`);
}
