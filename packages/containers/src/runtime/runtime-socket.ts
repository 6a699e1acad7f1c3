/** One socket where a runtime may answer: found, opened, asked, left alone when it fails, found again. */
import type { Milliseconds } from '@packetless/model';
import type { ContainerReference } from '../cgroup/reference.js';
import { adviceOn } from './advice.js';
import { type Answer, NO_ANSWER, NOT_KNOWN, TOO_MANY } from './answer.js';
import { Pace } from './pace.js';
import type { Place } from './places.js';
import type { Notice, OpenRuntime, Runtime } from './runtime.js';
import { RuntimeError, runtimeErrorOf, silent } from './runtime-error.js';
import { Slots } from './slots.js';
import { lookAtSocket, type SocketFile } from './socket-file.js';
import type { RuntimeStatus, SocketState } from './status.js';

/** For one question, opening the socket included if that is needed. */
const TIME_LIMIT: Milliseconds = 4_000;
/** A busy runtime is slow now and then; one that misses so many in a row is taken for another. */
const MAX_SILENCES = 3;
/** A runtime has its own work to do. */
const AT_ONCE = 8;
const MAY_WAIT = 1_024;
/** How long a socket is left alone after a failure, doubled with each that follows within `CALM`. */
const FIRST_PAUSE: Milliseconds = 250;
const LONGEST_PAUSE: Milliseconds = 30_000;
const CALM: Milliseconds = 10_000;
/** A runtime that tells no events is asked for them again after this. */
const WITHOUT_EVENTS: Milliseconds = 60_000;

export interface SocketListener {
  /** A runtime answers that did not before. */
  opened(socket: RuntimeSocket): void;
  heard(notice: Notice): void;
}

export class RuntimeSocket {
  readonly #slots = new Slots(AT_ONCE, MAY_WAIT);
  #file: SocketFile | null = null;
  #state: SocketState = 'absent';
  #problem: string | null = null;
  #runtime: Runtime | null = null;
  #opening: Promise<Runtime> | null = null;
  #watching: AbortController | null = null;
  #pause: Milliseconds = FIRST_PAUSE;
  #failedAt = 0;
  #silences = 0;
  #leftAloneUntil = 0;
  #watchAgainAt = 0;
  #isClosed = false;

  constructor(
    readonly place: Place,
    readonly openRuntime: OpenRuntime,
    readonly listener: SocketListener,
  ) {}

  /** Of the file; null when there is none. Two paths may lead to one socket. */
  get identity(): string | null {
    return this.#file?.identity ?? null;
  }

  /** A runtime of a user's own is asked about that user's containers, and about no others. */
  mayKnow(reference: ContainerReference): boolean {
    if (this.#file === null) return false;
    const { owner } = this.#file;
    if (reference.user !== null) return owner === reference.user;
    return owner === 0 || this.place.isTrusted;
  }

  /** Whether a socket is there, and who answers on it. Cheap while nothing changes. */
  async look(): Promise<void> {
    const file = await lookAtSocket(this.place);
    if (this.#isClosed) return;
    if (file instanceof RuntimeError) {
      this.#file = null;
      this.#drop(file.state, file.message);
      return;
    }
    if (file.identity !== this.#file?.identity) {
      this.#file = file;
      this.#drop('not asked', null);
      this.#pause = FIRST_PAUSE;
      this.#leftAloneUntil = 0;
    }
    if (this.#isLeftAlone()) return;
    if (this.#runtime === null) await this.#open().catch(() => {});
    else if (this.#state === 'silent') await this.#probe(this.#runtime);
    else if (this.#watching === null && Date.now() >= this.#watchAgainAt) void this.#watch(this.#runtime);
  }

  /** `isUrgent`: it was not asked for before, and may be gone soon. */
  async ask(reference: ContainerReference, isUrgent: boolean): Promise<Answer> {
    if (this.#file === null || this.#isLeftAlone()) return NO_ANSWER;
    const turn = this.#slots.take(isUrgent);
    if (turn === null) return TOO_MANY;
    await turn;
    try {
      // It may have failed while others were served.
      return this.#isLeftAlone() || this.#isClosed ? NO_ANSWER : await this.#find(reference);
    } finally {
      this.#slots.release();
    }
  }

  status(): RuntimeStatus {
    const { path: socket, kind } = this.place;
    return {
      socket,
      kind,
      state: this.#state,
      runtime: this.#runtime?.name ?? null,
      version: this.#runtime?.version ?? null,
      problem: this.#problem,
      remedy: adviceOn(this.#state, kind),
    };
  }

  close(): void {
    this.#isClosed = true;
    this.#drop('not asked', null);
  }

  async #find(reference: ContainerReference): Promise<Answer> {
    const runtime = this.#runtime ?? (await this.#open().catch(() => null));
    if (runtime === null) return NO_ANSWER;
    const began = Date.now();
    try {
      const facts = await inTime((signal) => runtime.find(reference, signal));
      this.#answered(runtime);
      return facts === null ? NOT_KNOWN : { outcome: 'found', facts };
    } catch (error) {
      // What was asked at the same time failed of the same.
      if (runtime === this.#runtime && began > this.#failedAt) this.#failed(runtimeErrorOf(error));
      return NO_ANSWER;
    }
  }

  #isLeftAlone(): boolean {
    return Date.now() < this.#leftAloneUntil;
  }

  #open(): Promise<Runtime> {
    this.#opening ??= this.#openAnew().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  async #openAnew(): Promise<Runtime> {
    try {
      const runtime = await inTime((signal) => this.openRuntime(this.place.path, signal));
      if (this.#isClosed) {
        runtime.close();
        throw silent();
      }
      this.#runtime = runtime;
      this.#answered(runtime);
      void this.#watch(runtime);
      this.listener.opened(this);
      return runtime;
    } catch (error) {
      const failure = runtimeErrorOf(error);
      this.#failed(failure);
      if (failure.state === 'not understood') this.#drop(failure.state, failure.message);
      throw failure;
    }
  }

  /** Whether it answers again; its stream of events goes on meanwhile. */
  async #probe(runtime: Runtime): Promise<void> {
    try {
      (await inTime((signal) => this.openRuntime(this.place.path, signal))).close();
      this.#answered(runtime);
    } catch (error) {
      if (runtime === this.#runtime) this.#failed(runtimeErrorOf(error));
    }
  }

  /** Events are heard for as long as the runtime lives; when they end, it is looked at anew. */
  async #watch(runtime: Runtime): Promise<void> {
    const watching = new AbortController();
    const { signal } = watching;
    this.#watching = watching;
    try {
      const pace = new Pace();
      await runtime.watch(async (notice) => {
        await pace.next();
        if (signal.aborted) return;
        this.listener.heard({ ...notice, reference: { ...notice.reference, user: this.#user() } });
      }, signal);
      if (!signal.aborted) this.#failed(new RuntimeError('refused', 'its stream of events ended'));
    } catch (error) {
      if (signal.aborted) return;
      // Names are found without events too, only later.
      this.#watching = null;
      this.#watchAgainAt = Date.now() + WITHOUT_EVENTS;
      this.#failed(runtimeErrorOf(error));
    }
  }

  /** Whose containers it tells of; null: the host's. */
  #user(): number | null {
    const owner = this.#file?.owner ?? 0;
    return owner === 0 ? null : owner;
  }

  #answered(runtime: Runtime): void {
    if (runtime !== this.#runtime) return;
    this.#state = 'answers';
    this.#problem = null;
    if (this.#silences > 0 || Date.now() - this.#failedAt > CALM) this.#pause = FIRST_PAUSE;
    this.#silences = 0;
  }

  #failed(error: RuntimeError): void {
    // One odd answer says nothing of the others.
    if (this.#isClosed || (error.state === 'not understood' && this.#runtime !== null)) return;
    const now = Date.now();
    if (now - this.#failedAt > CALM) this.#pause = FIRST_PAUSE;
    this.#failedAt = now;
    this.#leftAloneUntil = now + this.#pause;
    this.#pause = Math.min(2 * this.#pause, LONGEST_PAUSE);
    if (error.state === 'silent' && this.#runtime !== null && ++this.#silences < MAX_SILENCES) {
      this.#state = error.state;
      this.#problem = error.message;
    } else this.#drop(error.state, error.message);
  }

  #drop(state: SocketState, problem: string | null): void {
    this.#watching?.abort();
    this.#watching = null;
    this.#runtime?.close();
    this.#runtime = null;
    this.#silences = 0;
    this.#state = state;
    this.#problem = problem;
  }
}

async function inTime<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), TIME_LIMIT);
  try {
    return await work(limit.signal);
  } finally {
    clearTimeout(timer);
  }
}
