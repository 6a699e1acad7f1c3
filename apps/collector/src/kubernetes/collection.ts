/** All objects of one kind, kept up to date: listed in pages, then watched from there (Kubernetes API concepts). */
import { setTimeout as delay } from 'node:timers/promises';
import { type BackOffOptions, backOff } from '@packetless/live';
import { type ApiServer, Refused } from './api-server.js';
import { linesOf, textOf } from './lines.js';
import { isObject, type Metadata } from './objects.js';

export interface CollectionOptions<Item extends Metadata> {
  readonly api: ApiServer;
  /** For people: `pods`. */
  readonly name: string;
  /** `/api/v1/pods` */
  readonly path: string;
  /** Only names, labels and owners are wanted. */
  readonly metadataOnly: boolean;
  readonly read: (value: unknown) => Item | null;
  /** The most that are kept. */
  readonly capacity: number;
  /** It came, changed or went. */
  readonly onChange: (item: Item) => void;
  readonly timing: CollectionTiming;
}

export interface CollectionTiming {
  readonly backOff: BackOffOptions;
  /** A watch is ended by the server after so long, and begun anew. */
  readonly watchSeconds: number;
  /** So long it may take until an answer begins, and until a page of a list is there. */
  readonly answerMs: number;
  readonly pageMs: number;
}

export const COLLECTION_TIMING: CollectionTiming = {
  backOff: { firstMs: 1000, longestMs: 60_000 },
  watchSeconds: 300,
  answerMs: 15_000,
  pageMs: 120_000,
};

const PAGE_SIZE = 250;
const MAX_PAGE_BYTES = 64 << 20;
const LIST_IDLE_MS = 30_000;
/** The server ends a watch in its time; one that does not is dead. */
const WATCH_GRACE_MS = 30_000;
/** So often a watch may break before the list is asked for again. */
const MAX_BREAKS = 3;

const JSON_TYPE = 'application/json';
const METADATA_TYPE = `${JSON_TYPE};as=PartialObjectMetadata;g=meta.k8s.io;v=v1`;
const METADATA_LIST_TYPE = `${JSON_TYPE};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1`;
const GONE = 410;

/** What was known is too old to go on from. */
class Outdated extends Error {
  override readonly name = 'Outdated';
}

export class Collection<Item extends Metadata> {
  readonly #options: CollectionOptions<Item>;
  readonly #ending = new AbortController();
  #items = new Map<string, Item>();
  #version: string | null = null;
  #problem: string | null = null;
  #failures = 0;
  #breaks = 0;
  #leftOut = 0;
  #lists = 0;
  #running: Promise<void> | null = null;

  constructor(options: CollectionOptions<Item>) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async close(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  get(uid: string): Item | null {
    return this.#items.get(uid) ?? null;
  }

  all(): Iterable<Item> {
    return this.#items.values();
  }

  get size(): number {
    return this.#items.size;
  }

  /** How often everything was asked for. */
  get lists(): number {
    return this.#lists;
  }

  /** Why it is not up to date, or not whole; null when it is. */
  get problem(): string | null {
    if (this.#problem !== null) return this.#problem;
    const { name, capacity } = this.#options;
    if (this.#leftOut === 0) return null;
    return `${this.#leftOut} ${name} are left out: ${capacity} are kept at most.`;
  }

  async #run(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      try {
        if (this.#version === null) await this.#list();
        await this.#watch();
      } catch (error) {
        if (this.#ending.signal.aborted) return;
        await this.#recover(error);
      }
    }
  }

  async #recover(error: unknown): Promise<void> {
    const outdated = error instanceof Outdated || (error instanceof Refused && error.status === GONE);
    if (outdated || ++this.#breaks >= MAX_BREAKS) {
      this.#version = null;
      this.#breaks = 0;
    }
    // One that is too old is everyday life, unless nothing works between two of them.
    if (outdated && this.#failures++ === 0) return;
    if (!outdated) this.#problem = this.#explain(error);
    const wait = backOff(
      outdated ? this.#failures : this.#failures++,
      this.#options.timing.backOff,
      Math.random,
    );
    await delay(wait, undefined, { signal: this.#ending.signal }).catch(() => undefined);
  }

  #explain(error: unknown): string {
    const { name } = this.#options;
    if (!(error instanceof Refused)) {
      return `Kubernetes' API server cannot be asked: ${error instanceof Error ? error.message : error}.`;
    }
    switch (error.status) {
      case 401:
        return "Kubernetes' API server does not accept the token: see --kubernetes-token-file.";
      case 403:
        return (
          `Kubernetes' API server does not allow to list and watch ${name}: ` +
          'the service account needs the ClusterRole of deploy/kubernetes.'
        );
      default:
        return `Kubernetes' API server refuses ${name} with status ${error.status}: ${error.message}.`;
    }
  }

  async #list(): Promise<void> {
    const { path, metadataOnly, read, capacity } = this.#options;
    const items = new Map<string, Item>();
    let leftOut = 0;
    let next: string | null = null;
    let version: string | null = null;
    this.#lists++;
    do {
      const query: string = next === null ? '' : `&continue=${encodeURIComponent(next)}`;
      const page = await this.#page(
        `${path}?limit=${PAGE_SIZE}${query}`,
        metadataOnly ? METADATA_LIST_TYPE : JSON_TYPE,
      );
      for (const value of page.items) {
        const item = read(value);
        if (item === null) continue;
        if (items.size < capacity) items.set(item.uid, item);
        else leftOut++;
      }
      // All pages are of one moment, that of the first.
      version ??= page.version;
      next = page.next;
    } while (next !== null);
    const before = this.#items;
    this.#items = items;
    this.#leftOut = leftOut;
    this.#version = version;
    this.#wellAgain();
    for (const item of before.values()) if (!items.has(item.uid)) this.#options.onChange(item);
    for (const item of items.values()) {
      const known = before.get(item.uid);
      if (known === undefined || known.resourceVersion !== item.resourceVersion) this.#options.onChange(item);
    }
  }

  async #page(
    path: string,
    accept: string,
  ): Promise<{ items: readonly unknown[]; version: string; next: string | null }> {
    const { api, timing } = this.#options;
    const late = AbortSignal.timeout(timing.pageMs);
    const signal = AbortSignal.any([this.#ending.signal, late]);
    const answer = await api.get(path, accept, LIST_IDLE_MS, signal);
    const text = await textOf(answer, MAX_PAGE_BYTES).catch((error: unknown) => {
      throw late.aborted ? new Error('its answer takes too long') : error;
    });
    const body = parse(text);
    const metadata = isObject(body) && isObject(body.metadata) ? body.metadata : {};
    const { resourceVersion, continue: next } = metadata;
    if (!isObject(body) || !Array.isArray(body.items) || typeof resourceVersion !== 'string') {
      throw new Error('its answer is no list');
    }
    return {
      items: body.items,
      version: resourceVersion,
      next: typeof next === 'string' && next !== '' ? next : null,
    };
  }

  /** Until the server ends the watch, which it does now and then; the next one goes on from there. */
  async #watch(): Promise<void> {
    const { api, path, metadataOnly, timing } = this.#options;
    const query = new URLSearchParams({
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: this.#version!,
      timeoutSeconds: String(timing.watchSeconds),
    });
    const began = performance.now();
    const answer = await api.get(
      `${path}?${query}`,
      metadataOnly ? METADATA_TYPE : JSON_TYPE,
      timing.watchSeconds * 1000 + WATCH_GRACE_MS,
      this.#ending.signal,
    );
    try {
      let events = 0;
      for await (const line of linesOf(answer)) {
        if (line.trim() === '') continue;
        this.#apply(line);
        events++;
        this.#wellAgain();
      }
      // A server that ends every watch at once is not asked at once again.
      if (events === 0 && performance.now() - began < timing.backOff.firstMs)
        throw new Error('it ends every watch at once');
      this.#wellAgain();
    } finally {
      answer.destroy();
    }
  }

  #wellAgain(): void {
    this.#problem = null;
    this.#failures = 0;
    this.#breaks = 0;
  }

  #apply(line: string): void {
    const event = parse(line);
    const object = isObject(event) ? event.object : null;
    if (!isObject(event) || !isObject(object)) throw new Error('it sent a line that is no event');
    const { type } = event;
    if (type === 'ERROR') {
      if (object.code === GONE) throw new Outdated();
      throw new Refused(Number(object.code) || 0, String(object.message ?? 'no reason').slice(0, 200));
    }
    const version = isObject(object.metadata) ? object.metadata.resourceVersion : null;
    if (typeof version !== 'string') throw new Error('it sent an event without a version');
    if (type !== 'BOOKMARK') this.#change(String(type), object);
    this.#version = version;
  }

  #change(type: string, object: unknown): void {
    const { read, capacity, onChange } = this.#options;
    const item = read(object);
    if (item === null) return;
    if (type === 'DELETED') this.#items.delete(item.uid);
    else if (this.#items.has(item.uid) || this.#items.size < capacity) this.#items.set(item.uid, item);
    else {
      this.#leftOut++;
      return;
    }
    onChange(item);
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new Error('it sent what is no JSON');
  }
}
