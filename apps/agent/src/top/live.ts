/** The live table: keys in, frames out. */

import type { ReadStream } from 'node:tty';
import type { Paint } from '@packetless/terminal';
import { clock } from '../text/words.js';
import { frameLines, linesAround } from './frame.js';
import { parseKeys } from './keys.js';
import type { Table, TopModel } from './model.js';
import { Screen, type TerminalOutput } from './screen.js';
import { sorted } from './sort.js';
import { initialState, press, type TopState } from './state.js';
import { fittingColumns } from './table.js';

export interface LiveOptions {
  readonly model: TopModel;
  readonly input: ReadStream;
  readonly output: TerminalOutput;
  readonly first: TopState;
  readonly title: string;
  /** What the user should know at this moment; inert. */
  readonly warning: () => string | null;
  /** What this host does not let be seen; inert. */
  readonly missing: readonly string[];
  readonly paint: Paint;
  readonly onQuit: () => void;
}

export { initialState };

const CLOCK_MS = 250;

export class LiveTable {
  readonly #screen: Screen;
  readonly #options: LiveOptions;
  #state: TopState;
  #table: Table;
  #timer: NodeJS.Timeout | null = null;
  readonly #onInput = (text: string) => this.#press(text);
  readonly #onResize = () => {
    this.#screen.forget();
    this.draw();
  };
  readonly #onContinue = () => this.#takeTerminal();

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#state = options.first;
    this.#screen = new Screen(options.output);
    this.#table = options.model.table(this.#state.view, this.#state.filter);
  }

  start(): void {
    const { input, output, model } = this.#options;
    this.#takeTerminal();
    input.setEncoding('utf8').on('data', this.#onInput);
    output.on('resize', this.#onResize);
    process.on('SIGCONT', this.#onContinue);
    this.#timer = setInterval(() => {
      model.pass();
      this.draw();
    }, CLOCK_MS);
  }

  /** Gives the terminal back. */
  stop(): void {
    const { input, output } = this.#options;
    if (this.#timer !== null) clearInterval(this.#timer);
    input.off('data', this.#onInput);
    output.off('resize', this.#onResize);
    process.off('SIGCONT', this.#onContinue);
    this.#leaveTerminal();
    input.pause();
  }

  /** A span of time is over. */
  refresh(): void {
    const { view, filter } = this.#state;
    this.#table = this.#options.model.table(view, filter);
    this.draw();
  }

  draw(): void {
    const { title, warning, missing, paint } = this.#options;
    const { width, height } = this.#screen;
    const rows = sorted(this.#table.rows, this.#state.order);
    const offset = Math.max(0, Math.min(this.#state.offset, rows.length - this.#pageSize));
    this.#screen.draw(
      frameLines({
        state: { ...this.#state, offset },
        rows,
        total: this.#table.total,
        columns: fittingColumns(this.#state.view, width),
        width,
        height,
        title,
        time: clock(Date.now(), false),
        warning: warning(),
        missing,
        paint,
      }),
    );
  }

  get #pageSize(): number {
    return Math.max(1, this.#screen.height - linesAround(this.#options.warning()));
  }

  #press(text: string): void {
    for (const key of parseKeys(text)) {
      const before = this.#state;
      const { state, wish } = press(before, key, {
        columns: fittingColumns(before.view, this.#screen.width).map(({ id }) => id),
        rowCount: this.#table.rows.length,
        pageSize: this.#pageSize,
      });
      this.#state = state;
      this.#options.model.paused = state.paused;
      if (wish === 'quit') {
        this.#options.onQuit();
        return;
      }
      if (wish === 'suspend') this.#suspend();
      if (wish === 'redraw') this.#screen.forget();
      if (state.view !== before.view || state.filter !== before.filter) {
        this.#table = this.#options.model.table(state.view, state.filter);
      }
    }
    this.draw();
  }

  /** The shell takes over until it continues this process. */
  #suspend(): void {
    this.#leaveTerminal();
    process.kill(process.pid, 'SIGSTOP');
  }

  #takeTerminal(): void {
    this.#options.input.setRawMode(true);
    this.#screen.enter();
    this.draw();
  }

  #leaveTerminal(): void {
    this.#options.input.setRawMode(false);
    this.#screen.leave();
  }
}
