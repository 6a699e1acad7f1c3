/** What the table is made from: activity, spans of time, and who is shown. */
import type { EventFilter, FilterNode } from '@packetless/model';
import { ActivitySink } from '../activity/activity-sink.js';
import { type Row, rowsOf, type View } from '../activity/groups.js';
import { eventFilter } from '../events/event-filter.js';
import type { Places } from '../identity/places.js';
import { Pace } from './pace.js';

export interface TopModelOptions {
  readonly intervalMs: number;
  /** How much faster time passes in what is shown than on the clock: that of a recording. */
  readonly speed: number;
  /** Always asked for, whatever the user of the table filters besides. */
  readonly filter: FilterNode | null;
  readonly places: Places;
  readonly self: { readonly agent: string; readonly name: string };
  readonly now: () => number;
  /** A span of time is over: there is something new to show. */
  readonly onSpan: () => void;
}

export interface Table {
  readonly rows: readonly Row[];
  readonly total: Row;
}

export class TopModel {
  readonly sink: ActivitySink;
  readonly #pace: Pace;
  #spanSeconds: number;
  #filterNode: FilterNode | null = null;
  #filter: EventFilter | null;

  constructor(private readonly options: TopModelOptions) {
    const { now } = options;
    this.#pace = new Pace(options.intervalMs, now());
    this.#spanSeconds = options.intervalMs / 1000;
    this.#filter = eventFilter(options.filter, options.self);
    this.sink = new ActivitySink({
      now: () => now() * options.speed,
      onLook: () => {
        if (!this.paused) this.#end(this.#pace.look(now()));
      },
    });
  }

  /** While true, time stands still: what happens meanwhile belongs to one long span. */
  paused = false;

  /** The first span begins now: what was there before is no news. */
  begin(): void {
    this.#pace.begin(this.options.now());
    this.sink.conversations.tick(this.options.now() * this.options.speed);
  }

  /** To be called now and then, for where no looks at all sockets are seen. */
  pass(): void {
    if (!this.paused) this.#end(this.#pace.pass(this.options.now()));
  }

  /** Conversations of the last whole span. */
  table(view: View, filter: FilterNode | null): Table {
    const { places } = this.options;
    return rowsOf(this.sink.conversations.values(), this.sink.listeningSockets, this.#spanSeconds, {
      view,
      filter: this.#combined(filter),
      placeOf: (location) => places.of(location),
    });
  }

  #end(spanMs: number | null): void {
    if (spanMs === null) return;
    this.#spanSeconds = (spanMs * this.options.speed) / 1000;
    this.sink.conversations.tick(this.options.now() * this.options.speed);
    this.options.onSpan();
  }

  #combined(filter: FilterNode | null): EventFilter | null {
    if (filter === this.#filterNode) return this.#filter;
    const terms = [this.options.filter, filter].filter((term) => term !== null);
    const [first = null] = terms;
    this.#filterNode = filter;
    this.#filter = eventFilter(
      terms.length > 1 ? { kind: 'and', operands: terms } : first,
      this.options.self,
    );
    return this.#filter;
  }
}
