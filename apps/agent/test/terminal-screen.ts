/** A program on a terminal of its own: a pseudo-terminal by script(1), and what it shows by now. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { BIN } from './program.js';

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

export class TerminalProgram {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #exit;
  /** All that was written to the terminal. */
  output = '';

  /** `before`: shell commands that are run first, on the same terminal; `after`: when the program has ended. */
  constructor(
    args: readonly string[],
    private readonly size: { readonly columns: number; readonly rows: number },
    after = '',
    environment: NodeJS.ProcessEnv = {},
  ) {
    const program = [process.execPath, BIN, ...args].map(quoted).join(' ');
    const commands = `stty cols ${size.columns} rows ${size.rows}; echo "pid $$"; ${program}; echo "status $?"; ${after}`;
    this.#child = spawn('script', ['-qefc', commands, '/dev/null'], {
      env: { ...process.env, TERM: 'xterm', NO_COLOR: '1', SHELL: '/bin/bash', ...environment },
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.output += text;
    });
    this.#exit = once(this.#child, 'close');
  }

  type(keys: string): void {
    this.#child.stdin.write(keys);
  }

  async ended(): Promise<void> {
    await this.#exit;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** The screen as it stands: rows of text, from the sequences that the program uses; null before it was taken over. */
  screen(): string[] | null {
    const taken = this.output.lastIndexOf('\u001b[?1049h');
    if (taken < 0 || this.output.includes('\u001b[?1049l')) return null;
    let rows = Array.from({ length: this.size.rows }, () => '');
    let row = 0;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what terminals are driven by
    const tokens = this.output.slice(taken).match(/\u001b\[[0-?]*[ -/]*[@-~]|[^\u001b]+/g) ?? [];
    for (const token of tokens) {
      const position = /\[(\d+);1H$/.exec(token);
      if (position !== null) row = Number(position[1]) - 1;
      else if (token === '\u001b[2J') rows = rows.map(() => '');
      else if (token === '\u001b[K') rows[row] = '';
      else if (!token.startsWith('\u001b')) rows[row] += token;
    }
    return rows;
  }
}
