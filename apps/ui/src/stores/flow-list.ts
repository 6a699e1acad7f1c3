/** The list of flows that is shown: a window of the server's, which can be held while the world goes on. */
import type { LiveClient, RowOf, ViewError, ViewHandle, ViewUpdate } from '@packetless/live';
import { DEFAULT_SORT, type FlowSearch } from '../domain/flow-search.js';
import { FIRST_WINDOW, type RowWindow } from '../domain/row-window.js';
import { Store } from './store.js';

type FlowRow = RowOf<'flows'>;

export interface FlowListState {
  /** The rows from place `offset` on; null before the first answer. */
  readonly rows: readonly FlowRow[] | null;
  readonly offset: number;
  /** Flows that match, of which `rows` is a part. */
  readonly total: number;
  /** What the rows answer. */
  readonly search: FlowSearch;
  /** Another search was asked for and is not answered yet. */
  readonly waiting: boolean;
  readonly error: ViewError<'flows'> | null;
  readonly paused: boolean;
  /** Changes of rows that came while paused. */
  readonly held: number;
  /** Updates the server left out because this page was too slow. */
  readonly skipped: number;
}

const EMPTY: FlowListState = {
  rows: null,
  offset: 0,
  total: 0,
  search: { interface: null, filter: '', sort: DEFAULT_SORT },
  waiting: true,
  error: null,
  paused: false,
  held: 0,
  skipped: 0,
};

export class FlowList extends Store<FlowListState> {
  readonly #client: LiveClient;
  #search: FlowSearch = EMPTY.search;
  #window: RowWindow = FIRST_WINDOW;
  #handle: ViewHandle<'flows'> | null = null;
  /** The search that each subscription stands for, since the answer names only the subscription. */
  readonly #searches = new WeakMap<object, FlowSearch>();
  #latest: ViewUpdate<'flows'> | null = null;

  constructor(client: LiveClient) {
    super(EMPTY);
    this.#client = client;
  }

  open(search: FlowSearch): void {
    if (this.#handle !== null && sameSearch(search, this.#search)) return;
    this.#search = search;
    this.#window = FIRST_WINDOW;
    this.update({ waiting: true, error: null, paused: false, held: 0 });
    this.#ask();
  }

  /** Asks for other places of the same list. While paused there is nothing else to be seen. */
  show(window: RowWindow): void {
    if (this.get().paused || this.#handle === null) return;
    if (window.offset === this.#window.offset && window.limit === this.#window.limit) return;
    this.#window = window;
    this.#ask();
  }

  get window(): RowWindow {
    return this.#window;
  }

  setPaused(paused: boolean): void {
    if (paused === this.get().paused) return;
    this.update({ paused, held: 0 });
    if (!paused && this.#latest !== null) this.#present(this.#latest);
  }

  close(): void {
    this.#handle?.close();
    this.#handle = null;
  }

  #ask(): void {
    const { interface: name, filter, sort } = this.#search;
    const subscription = {
      kind: 'flows' as const,
      query: {
        ...(name === null ? {} : { interface: name }),
        ...(filter === '' ? {} : { filter }),
        sort,
        ...this.#window,
      },
    };
    this.#searches.set(subscription, this.#search);
    if (this.#handle !== null) this.#handle.change(subscription);
    else {
      this.#handle = this.#client.subscribe<'flows'>(subscription, (news) => {
        if (news.type === 'error') this.update({ error: news, waiting: false });
        else this.#receive(news);
      });
    }
  }

  #receive(update: ViewUpdate<'flows'>): void {
    this.#latest = update;
    if (this.get().paused) this.update({ held: this.get().held + update.changed });
    else this.#present(update);
  }

  #present(update: ViewUpdate<'flows'>): void {
    this.update({
      rows: update.rows,
      offset: update.subscription.query.offset ?? 0,
      total: update.total,
      search: this.#searches.get(update.subscription) ?? this.#search,
      waiting: false,
      error: null,
      skipped: update.skipped,
    });
  }
}

function sameSearch(a: FlowSearch, b: FlowSearch): boolean {
  return a.interface === b.interface && a.filter === b.filter && a.sort === b.sort;
}
