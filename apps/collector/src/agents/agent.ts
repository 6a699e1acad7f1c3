/** One agent as the collector knows it: who it is, how it does, what it lost. */
import type { AgentInfo } from '@packetless/live';
import type { LedgerSnapshot, MissingPart, StatusEvent, Witness } from '@packetless/model';
import { boundedLedgers } from './loss-accounts.js';

/** An agent nothing was heard of for so long is offline; status comes every few seconds. */
export const ONLINE_MS = 15_000;

/** Bounds what a hostile agent can occupy, here and on the page. */
const MAX_TEXT = 256;
const MAX_SOURCE_IDS = 64;
const MAX_LOST = 32;

export class Agent {
  /** What its observations are attributed to. */
  witness: Witness;
  address: string | null;
  lastSeen: number;
  events = 0;
  missed = 0;
  restarts = 0;
  /** Addresses under which it is found. */
  addresses = 0;
  readonly #sourceIds = new Set<number>();
  #status: StatusEvent | null = null;
  #clockSkewMs: number | null = null;
  #cpuPercent: number | null = null;

  constructor(
    readonly id: string,
    name: string,
    address: string | null,
    /** The interface that its events come in by. */
    public interfaceName: string,
    readonly firstSeen: number,
  ) {
    this.witness = { kind: 'agent', id, name: clip(name) };
    this.address = address === null ? null : clip(address);
    this.lastSeen = firstSeen;
  }

  isOnline(now: number): boolean {
    return now - this.lastSeen < ONLINE_MS;
  }

  /** Whether it gives an account of itself every few seconds, so that silence means something. */
  get reports(): boolean {
    return this.#status !== null;
  }

  /** Milliseconds its clock is ahead of ours; null before its first status. */
  get clockSkewMs(): number | null {
    return this.#clockSkewMs;
  }

  get ledgers(): readonly LedgerSnapshot[] {
    return this.#status?.ledgers ?? [];
  }

  /** A new number for its messages means that it started again: agents draw it at random. */
  useSourceId(sourceId: number): void {
    if (this.#sourceIds.has(sourceId)) return;
    if (this.#sourceIds.size > 0) this.restarts++;
    if (this.#sourceIds.size >= MAX_SOURCE_IDS) this.#sourceIds.clear();
    this.#sourceIds.add(sourceId);
  }

  /** Takes in the agent's account of itself. */
  report(status: StatusEvent, now: number): void {
    if (status.name !== null && status.name !== '') this.#rename(clip(status.name));
    if (status.address !== null) this.address = clip(status.address);
    this.#clockSkewMs = status.time - now;
    this.#cpuPercent = cpuPercent(this.#status, status) ?? this.#cpuPercent;
    this.#status = bounded(status);
  }

  /** It is no longer listed, though flows or numberings may still refer to it. */
  forget(): void {
    this.#status = null;
    this.#sourceIds.clear();
  }

  info(now: number): AgentInfo {
    const status = this.#status;
    return {
      id: this.id,
      name: this.witness.name,
      interface: this.interfaceName,
      address: this.address,
      version: status?.version ?? null,
      system: status?.system ?? null,
      kernel: status?.kernel ?? null,
      source: status?.source ?? null,
      tier: status?.tier ?? null,
      lost: [...(status?.lost ?? [])],
      firstSeen: this.firstSeen,
      lastSeen: this.lastSeen,
      online: this.isOnline(now),
      clockSkewMs: this.#clockSkewMs,
      cpuPercent: this.#cpuPercent,
      memoryBytes: status?.memoryBytes ?? null,
      events: this.events,
      missed: this.missed,
      restarts: this.restarts,
      ledgers: [...this.ledgers],
    };
  }

  #rename(name: string): void {
    if (name !== this.witness.name) this.witness = { ...this.witness, name };
  }
}

/** A start costs more than what follows: two accounts right after it say nothing of the agent's cost. */
const MIN_CPU_SPAN_MS = 1000;

/** Of one core, between two accounts; null when they cannot be compared (the first one, a restart). */
function cpuPercent(before: StatusEvent | null, after: StatusEvent): number | null {
  if (before?.cpuSeconds == null || after.cpuSeconds === null) return null;
  const elapsedMs = after.time - before.time;
  const usedSeconds = after.cpuSeconds - before.cpuSeconds;
  if (elapsedMs < MIN_CPU_SPAN_MS || usedSeconds < 0) return null;
  const percent = (usedSeconds * 100_000) / elapsedMs;
  return Number.isFinite(percent) ? percent : null;
}

function bounded(status: StatusEvent): StatusEvent {
  return {
    ...status,
    version: clipped(status.version),
    system: clipped(status.system),
    kernel: clipped(status.kernel),
    source: clipped(status.source),
    tier: clipped(status.tier),
    lost: boundedLost(status.lost),
    ledgers: boundedLedgers(status.ledgers),
  };
}

function boundedLost(lost: readonly MissingPart[]): MissingPart[] {
  return lost.slice(0, MAX_LOST).map(({ what, why }) => ({ what: clip(what), why: clip(why) }));
}

function clipped(text: string | null): string | null {
  return text === null ? null : clip(text);
}

function clip(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 1)}…`;
}
