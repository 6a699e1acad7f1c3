/** One run through the rows: traffic with an agent beside it, then the grades. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { ListeningEvent } from '@packetless/model';
import { AgentError, AgentUnderTest } from './agent-under-test.js';
import type { ExpectedEnd } from './expected.js';
import type { Fact } from './fact.js';
import { gradeEnd, isComplete } from './grade.js';
import { gradeListener } from './listeners.js';
import { strayNames } from './names.js';
import { HOSTS } from './network.js';
import { NotHere } from './not-here.js';
import { Observed } from './observed.js';
import type { OlderRow, Outcome, PlainRow, Row } from './row.js';
import { Stage, type World } from './stage.js';
import { couldNotPlay, notHere, type RowReport, reportOf, strayReport } from './verdict.js';

const LIMIT_MS = 30_000;
/** Events come every second at the latest; a loaded machine may take longer to print them. */
const QUIET_MS = 4000;
const LOOK_EVERY_MS = 50;

export interface Course {
  readonly rows: readonly Row[];
  readonly world: World;
  /** What the agent is given besides. */
  readonly agent: readonly string[];
  readonly signal: AbortSignal;
  /** A row is played, so many are left. */
  readonly onPlayed: (row: Row, left: number) => void;
}

/** What a row's traffic came to, or why it came to nothing. */
type Played =
  | { readonly row: Row; readonly outcome: Outcome }
  | { readonly row: Row; readonly error: unknown };

export interface Result {
  readonly rows: readonly RowReport[];
  /** What the agent says that it lost, of whatever happened on this host; null: nothing. */
  readonly lost: string | null;
}

/** A row that is older than the agent, and what is to be done when the agent is there. */
interface Begun {
  readonly row: OlderRow;
  readonly stage: Stage;
  readonly later: ReturnType<OlderRow['begin']>;
}

/** Rejects with `AgentError` when there is nothing to be graded. */
export function runCourse(course: Course): Promise<Result> {
  return new Run(course).run();
}

class Run {
  readonly #places: readonly number[];
  readonly #observed: Observed;
  readonly #lists: ListeningEvent[] = [];
  readonly #facts: Fact[] = [];
  readonly #played = new Map<Row, Played>();
  readonly #stages: Stage[] = [];
  #lastEventAt = 0;

  constructor(private readonly course: Course) {
    const { network } = course.world;
    this.#places = HOSTS.map((host) => statSync(network.file(host)).ino);
    this.#observed = new Observed(this.#places);
  }

  async run(): Promise<Result> {
    try {
      const begun = await this.#beginOlder();
      return await this.#runAgent(begun);
    } finally {
      await Promise.all(this.#stages.map((stage) => stage.end()));
    }
  }

  async #beginOlder(): Promise<readonly Begun[]> {
    const begun: Begun[] = [];
    for (const row of this.course.rows.filter(isOlder)) {
      this.course.signal.throwIfAborted();
      const stage = this.#stage(row);
      const later = row.begin(stage);
      // Whoever plays the row learns of it.
      await later.catch(() => {});
      begun.push({ row, stage, later });
    }
    return begun;
  }

  async #runAgent(begun: readonly Begun[]): Promise<Result> {
    const { signal } = this.course;
    const agent = this.#openAgent();
    const interrupt = (): void => void agent.stop();
    signal.addEventListener('abort', interrupt);
    try {
      await this.#playAll(begun, await agent.start());
      await this.#settle();
      if (!agent.isRunning) throw new AgentError(`the agent ended meanwhile: ${agent.said()}`);
    } finally {
      signal.removeEventListener('abort', interrupt);
      await agent.stop();
    }
    return { rows: this.#reports(), lost: agent.lost() };
  }

  /** `start`: since when the agent is there, epoch milliseconds. */
  async #playAll(begun: readonly Begun[], start: number): Promise<void> {
    const plain = this.course.rows.filter(isPlain);
    const beside = [
      ...begun.map(({ row, stage, later }) => this.#play(row, stage, async () => (await later)(start))),
      ...plain.filter(({ waits }) => waits).map((row) => this.#playPlain(row)),
    ];
    for (const row of plain.filter(({ waits }) => !waits)) {
      if (this.course.signal.aborted) break;
      await this.#playPlain(row);
    }
    await Promise.all(beside);
    this.course.signal.throwIfAborted();
  }

  #openAgent(): AgentUnderTest {
    const { agent, world } = this.course;
    return new AgentUnderTest(agent, join(world.folder, 'recording'), this.#places, {
      conversation: (event) => {
        if (this.#observed.add(event)) this.#lastEventAt = Date.now();
      },
      listening: (event) => {
        this.#lists.push(event);
      },
    });
  }

  #stage(row: Row): Stage {
    const stage = new Stage(
      this.course.world,
      this.course.signal,
      row.limitMs ?? LIMIT_MS,
      () => this.#lists,
    );
    this.#stages.push(stage);
    return stage;
  }

  #playPlain(row: PlainRow): Promise<void> {
    const stage = this.#stage(row);
    return this.#play(row, stage, () => row.play(stage));
  }

  async #play(row: Row, stage: Stage, play: () => Promise<Outcome>): Promise<void> {
    try {
      this.#played.set(row, { row, outcome: await play() });
    } catch (error) {
      this.#played.set(row, { row, error });
    }
    await stage.end();
    this.#facts.push(...stage.facts());
    this.course.onPlayed(row, this.course.rows.length - this.#played.size);
  }

  /** Until everything was told, or nothing more is. */
  async #settle(): Promise<void> {
    let left = this.#ends();
    this.#lastEventAt = Date.now();
    while (left.length > 0 && Date.now() - this.#lastEventAt < QUIET_MS) {
      left = left.filter((end) => !isComplete(end, this.#observed));
      if (left.length > 0) await pause(LOOK_EVERY_MS, undefined, { signal: this.course.signal });
    }
  }

  #reports(): readonly RowReport[] {
    const reports = this.course.rows.map((row) => this.#report(row));
    const graded = new Set(this.#ends().flatMap(({ fact }) => this.#observed.of(fact)));
    return [...reports, strayReport(strayNames(this.#observed, this.#facts, graded))];
  }

  #ends(): readonly ExpectedEnd[] {
    return [...this.#played.values()].flatMap((played) => ('outcome' in played ? played.outcome.ends : []));
  }

  #report(row: Row): RowReport {
    const played = this.#played.get(row);
    if (played === undefined) return couldNotPlay(row, 'it was not played');
    if ('error' in played) {
      const { error } = played;
      if (error instanceof NotHere) return notHere(row, error.message);
      return couldNotPlay(
        row,
        `its traffic failed: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
    const { ends, listeners = [] } = played.outcome;
    const grades = ends.map((end) => ({
      grade: gradeEnd(end, this.#observed),
      counted: end.counted,
      who: who(end),
    }));
    const others = listeners.flatMap((listener) => gradeListener(listener, this.#lists));
    if (ends.length === 0) others.push('it had no conversations');
    return reportOf(row, grades, others);
  }
}

/** For people: which of the ends a reason is about. */
function who({ fact, side }: ExpectedEnd): string {
  return `${side} ${fact.pid}`;
}

function isOlder(row: Row): row is OlderRow {
  return 'begin' in row;
}

function isPlain(row: Row): row is PlainRow {
  return 'play' in row;
}
