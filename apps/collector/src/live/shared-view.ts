/** One view, computed once for all clients that look at the same thing. */
import type { Subscription } from '@packetless/live';
import type { LiveClient } from './live-client.js';
import type { Revision } from './row-json.js';
import { SharedText } from './shared-text.js';
import type { ViewSource, Window } from './view-source.js';

/** A client's place in a view, under the client's own name for it. */
export interface Subscriber {
  readonly client: LiveClient;
  readonly view: string;
  /** Updates left out since the last one that was sent. */
  skipped: number;
  /** False until it has a snapshot to which deltas can be applied. */
  inSync: boolean;
}

/** How a window was, to find what has changed since: ids in order and their revisions. */
interface Shape {
  readonly total: number;
  readonly ids: readonly string[];
  readonly revisions: ReadonlyMap<string, Revision>;
}

export class SharedView {
  readonly subscribers = new Set<Subscriber>();
  readonly #kind: Subscription['kind'];
  readonly #source: ViewSource;
  #sequence = 0;
  #version: string | null = null;
  #window: Window = { total: 0, rows: [] };
  #shape: Shape = shapeOf(this.#window);

  constructor(
    readonly key: string,
    kind: Subscription['kind'],
    source: ViewSource,
  ) {
    this.#kind = kind;
    this.#source = source;
  }

  /**
   * Brings every subscriber up to date: those in sync by a delta when something changed, the others by a
   * snapshot as soon as they have room. Returns how many updates were skipped.
   */
  refresh(now: number): number {
    const delta = this.#advance(now);
    const snapshot = new SharedText(() => this.#snapshotTail(now));
    let skipped = 0;
    for (const subscriber of this.subscribers) {
      const { client, view } = subscriber;
      if (subscriber.inSync && delta === null) continue;
      if (!client.hasRoom) {
        subscriber.inSync = false;
        if (delta === null) continue;
        subscriber.skipped++;
        skipped++;
      } else if (subscriber.inSync) {
        client.sendShared(delta!, `{"type":"delta","view":${JSON.stringify(view)},`);
      } else {
        const head = `{"type":"snapshot","view":${JSON.stringify(view)},"skipped":${subscriber.skipped},`;
        client.sendShared(snapshot, head);
        subscriber.inSync = true;
        subscriber.skipped = 0;
      }
    }
    return skipped;
  }

  /** Reads the window anew if it may have changed; null when it has not. */
  #advance(now: number): SharedText | null {
    const version = this.#source.version(now);
    if (version === this.#version) return null;
    this.#version = version;
    const before = this.#shape;
    this.#window = this.#source.read(now);
    this.#shape = shapeOf(this.#window);
    const { rows, total } = this.#window;
    const changed = rows.filter(({ id, revision }) => before.revisions.get(id) !== revision);
    const sameOrder = equal(before.ids, this.#shape.ids);
    if (this.#sequence > 0 && changed.length === 0 && sameOrder && before.total === total) return null;
    this.#sequence++;
    return new SharedText(() => {
      const order = sameOrder ? 'null' : JSON.stringify(this.#shape.ids);
      return `${this.#envelope(now)},"order":${order},${this.#content(changed)}}`;
    });
  }

  #snapshotTail(now: number): string {
    return `${this.#envelope(now)},${this.#content(this.#window.rows)}}`;
  }

  #envelope(now: number): string {
    return `"sequence":${this.#sequence},"time":${now},"total":${this.#window.total}`;
  }

  #content(rows: Window['rows']): string {
    return `"content":{"kind":"${this.#kind}","rows":[${rows.map((row) => row.json()).join(',')}]}`;
  }
}

function shapeOf({ total, rows }: Window): Shape {
  return {
    total,
    ids: rows.map(({ id }) => id),
    revisions: new Map(rows.map(({ id, revision }) => [id, revision])),
  };
}

function equal(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
