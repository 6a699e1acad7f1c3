/** A long list that is shown: a window of the server's, which can be held while the world goes on. */
import type {
  ContainerGroupKind,
  ContainerSortField,
  FlowSortField,
  ListeningSortField,
  LiveClient,
  RowOf,
  SubscriptionOf,
  ViewError,
  ViewHandle,
  ViewUpdate,
} from '@packetless/live';
import { FIRST_WINDOW, type RowWindow } from '../domain/row-window.js';
import type { Search, SortRules } from '../domain/search.js';
import { Store } from './store.js';

/** What lists there are, and what each can be sorted by. */
interface SortFields extends Record<ContainerGroupKind, ContainerSortField> {
  readonly flows: FlowSortField;
  readonly listening: ListeningSortField;
}
export type ListKind = keyof SortFields;
export type SortFieldOf<Kind extends ListKind> = SortFields[Kind];

export interface RowListState<Kind extends ListKind> {
  /** The rows from place `offset` on; null before the first answer. */
  readonly rows: readonly RowOf<Kind>[] | null;
  readonly offset: number;
  /** Rows that match, of which `rows` is a part. */
  readonly total: number;
  /** What the rows answer. */
  readonly search: Search<SortFieldOf<Kind>>;
  /** Another search was asked for and is not answered yet. */
  readonly waiting: boolean;
  readonly error: ViewError<Kind> | null;
  readonly paused: boolean;
  /** Changes of rows that came while paused. */
  readonly held: number;
  /** Updates the server left out because this page was too slow. */
  readonly skipped: number;
}

interface Asked<Field extends string> {
  readonly search: Search<Field>;
  readonly offset: number;
}

export class RowList<Kind extends ListKind> extends Store<RowListState<Kind>> {
  readonly #client: LiveClient;
  #search: Search<SortFieldOf<Kind>>;
  #window: RowWindow = FIRST_WINDOW;
  #handle: ViewHandle<Kind> | null = null;
  /** What each subscription stands for, since the answer names only the subscription. */
  readonly #asked = new WeakMap<object, Asked<SortFieldOf<Kind>>>();
  #latest: ViewUpdate<Kind> | null = null;

  constructor(
    client: LiveClient,
    readonly kind: Kind,
    rules: SortRules<SortFieldOf<Kind>>,
  ) {
    const search = { interface: null, filter: '', sort: rules.defaultSort };
    super({
      rows: null,
      offset: 0,
      total: 0,
      search,
      waiting: true,
      error: null,
      paused: false,
      held: 0,
      skipped: 0,
    });
    this.#client = client;
    this.#search = search;
  }

  open(search: Search<SortFieldOf<Kind>>): void {
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
    const query = {
      ...(name === null ? {} : { interface: name }),
      ...(filter === '' ? {} : { filter }),
      sort,
      ...this.#window,
    };
    // TypeScript does not see that kind and query belong together.
    const subscription = { kind: this.kind, query } as unknown as SubscriptionOf<Kind>;
    this.#asked.set(subscription, { search: this.#search, offset: this.#window.offset });
    if (this.#handle !== null) this.#handle.change(subscription);
    else {
      this.#handle = this.#client.subscribe<Kind>(subscription, (news) => {
        if (news.type === 'error') this.update({ error: news, waiting: false });
        else this.#receive(news);
      });
    }
  }

  #receive(update: ViewUpdate<Kind>): void {
    this.#latest = update;
    if (this.get().paused) this.update({ held: this.get().held + update.changed });
    else this.#present(update);
  }

  #present(update: ViewUpdate<Kind>): void {
    const asked = this.#asked.get(update.subscription);
    this.update({
      rows: update.rows,
      offset: asked?.offset ?? 0,
      total: update.total,
      search: asked?.search ?? this.#search,
      waiting: false,
      error: null,
      skipped: update.skipped,
    });
  }
}

function sameSearch(a: Search, b: Search): boolean {
  return a.interface === b.interface && a.filter === b.filter && a.sort === b.sort;
}
