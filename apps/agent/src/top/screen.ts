/** A terminal taken over for a while, by plain control sequences (ECMA-48, XTerm Control Sequences). */
import { writeSync } from 'node:fs';
import type { WriteStream } from 'node:tty';

export type TerminalOutput = WriteStream & { readonly fd: number };

const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[2J';
/** Also of use where nothing was entered: a terminal in its usual state stays so. */
const LEAVE = '\u001b[0m\u001b[?7h\u001b[?25h\u001b[?1049l';

export class Screen {
  #shown: readonly string[] = [];
  #entered = false;
  /** The terminal may have been closed or be slow while the process ends, so it is written to directly. */
  readonly #restore = () => this.leave();

  constructor(private readonly output: TerminalOutput) {}

  get width(): number {
    return this.output.columns;
  }

  get height(): number {
    return this.output.rows;
  }

  /** Shows an empty screen; whatever ends the process from now on gives the terminal back first. */
  enter(): void {
    if (this.#entered) return;
    this.#entered = true;
    this.#shown = [];
    process.on('exit', this.#restore);
    process.on('uncaughtExceptionMonitor', this.#restore);
    this.output.write(ENTER);
  }

  /** Shows what was there before. */
  leave(): void {
    if (!this.#entered) return;
    this.#entered = false;
    process.off('exit', this.#restore);
    process.off('uncaughtExceptionMonitor', this.#restore);
    try {
      writeSync(this.output.fd, LEAVE);
    } catch {
      // Nobody is there to see it.
    }
  }

  /** Writes the lines that are others than before. A terminal that is still busy with them is left alone. */
  draw(lines: readonly string[]): void {
    if (!this.#entered || this.output.writableNeedDrain) return;
    let changes = '';
    for (let row = 0; row < Math.max(lines.length, this.#shown.length); row += 1) {
      const line = lines[row] ?? '';
      // Erased first: behind a full line the cursor stands on its last character.
      if (line !== this.#shown[row]) changes += `\u001b[${row + 1};1H\u001b[K${line}\u001b[0m`;
    }
    this.#shown = lines;
    if (changes !== '') this.output.write(changes);
  }

  /** The next `draw` writes every line, on an empty screen. */
  forget(): void {
    if (!this.#entered) return;
    this.#shown = [];
    this.output.write('\u001b[2J');
  }
}
