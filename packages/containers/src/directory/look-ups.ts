/** When a container is looked up, and how often until it is given up. */
import type { Ledger, Milliseconds } from '@packetless/model';
import type { Answer } from '../runtime/answer.js';
import type { ContainerFacts } from '../runtime/facts.js';
import { type Entry, isTold } from './entry.js';

/**
 * Why a container has no name. `no container`: no runtime has confirmed what looked as if it might be one. `too many at once`: there was no room to look it up. `gone first`: it ended before its
 * runtime could tell. `too many containers`, `too many cgroups`: there was no room to keep it.
 */
export type LookUpLoss =
  | 'no container'
  | 'not known to its runtime'
  | 'no runtime answers'
  | 'too many at once'
  | 'gone first'
  | 'too many containers'
  | 'too many cgroups';

/** Pauses between looks. A runtime may make a container's cgroup before it tells of the container. */
const PAUSES: readonly Milliseconds[] = [20, 50, 100, 200, 400, 800];
/** What none could name is not asked for again before this. */
const UNKNOWN_FOR: Milliseconds = 30_000;
const MAX_AT_ONCE = 2_048;

export interface LookUpListener {
  /** `isFirst`: it has not been asked for yet. */
  ask(entry: Entry, isFirst: boolean): Promise<Answer>;
  named(entry: Entry, facts: ContainerFacts): void;
}

export class LookUps {
  readonly #timers = new Map<Entry, NodeJS.Timeout | null>();
  readonly #again = new Set<Entry>();
  #isClosed = false;

  constructor(
    readonly ledger: Ledger<LookUpLoss>,
    readonly listener: LookUpListener,
  ) {}

  /** Begins a look-up, unless one is under way. */
  begin(entry: Entry): void {
    if (this.#isClosed || this.#timers.has(entry)) return;
    this.ledger.see();
    if (this.#timers.size >= MAX_AT_ONCE) {
      this.#giveUp(entry, 'too many at once');
      return;
    }
    // A second time it has had its time to become known.
    const pauses = entry.knowledge === 'none' ? PAUSES : [];
    if (entry.knowledge !== 'named') entry.knowledge = 'waiting';
    this.#timers.set(entry, null);
    void this.#look(entry, pauses);
  }

  /** Its runtime has just told of it, so now it knows it. */
  hasten(entry: Entry): void {
    const timer = this.#timers.get(entry);
    if (timer == null) {
      this.begin(entry);
      return;
    }
    clearTimeout(timer);
    this.#timers.set(entry, null);
    void this.#look(entry, PAUSES);
  }

  /** Something changed. What a look-up that is under way brings may be old, so another follows. */
  renew(entry: Entry): void {
    if (this.#timers.get(entry) === null) this.#again.add(entry);
    else this.hasten(entry);
  }

  /** Once more, after a while, for what nobody could name. To be called when somebody wants to know. */
  wanted(entry: Entry): void {
    if (entry.knowledge === 'none' || (entry.knowledge === 'unknown' && Date.now() >= entry.askAgainAt)) {
      this.begin(entry);
    }
  }

  /** The entry was taken out of the directory. Whether it was being looked up. */
  forget(entry: Entry, reason: LookUpLoss): boolean {
    const timer = this.#timers.get(entry);
    if (timer === undefined) return false;
    if (timer !== null) clearTimeout(timer);
    this.#again.delete(entry);
    this.#giveUp(entry, reason);
    return true;
  }

  close(): void {
    this.#isClosed = true;
    this.#again.clear();
    for (const [entry, timer] of this.#timers) {
      if (timer !== null) clearTimeout(timer);
      this.#giveUp(entry, 'no runtime answers');
    }
  }

  async #look(entry: Entry, pauses: readonly Milliseconds[]): Promise<void> {
    const answer = await this.listener.ask(entry, pauses.length === PAUSES.length);
    if (!this.#timers.has(entry)) return;
    if (answer.outcome === 'found') this.#found(entry, answer.facts);
    else this.#notFound(entry, answer.outcome, pauses);
  }

  #found(entry: Entry, facts: ContainerFacts): void {
    this.#done(entry);
    this.listener.named(entry, facts);
    if (this.#again.delete(entry)) this.begin(entry);
  }

  #done(entry: Entry): void {
    this.#timers.delete(entry);
    this.ledger.deliver();
    entry.knowledge = 'named';
  }

  #notFound(entry: Entry, outcome: NotFound, [pause, ...further]: readonly Milliseconds[]): void {
    if (entry.knowledge !== 'named' && isTold(entry) && (outcome === 'not known' || pause === undefined)) {
      // It was in its runtime's news, and has been removed since.
      this.#done(entry);
      return;
    }
    if (pause === undefined) {
      this.#again.delete(entry);
      this.#giveUp(entry, lossOf(outcome, entry));
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.set(entry, null);
      void this.#look(entry, further);
    }, pause);
    this.#timers.set(entry, timer.unref());
  }

  #giveUp(entry: Entry, reason: LookUpLoss): void {
    this.#timers.delete(entry);
    this.ledger.drop(reason);
    if (entry.knowledge !== 'named') entry.knowledge = 'unknown';
    entry.askAgainAt = Date.now() + UNKNOWN_FOR;
  }
}

type NotFound = Exclude<Answer['outcome'], 'found'>;

function lossOf(outcome: NotFound, entry: Entry): LookUpLoss {
  if (outcome === 'too many') return 'too many at once';
  if (!entry.reference.certain && entry.knowledge !== 'named') return 'no container';
  if (outcome === 'no answer') return 'no runtime answers';
  return entry.cgroups.size === 0 ? 'gone first' : 'not known to its runtime';
}
