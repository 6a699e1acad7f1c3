/** The live connection: one WebSocket, many views, back by itself after every break. */
import type {
  ClientMessage,
  ServerMessage,
  Subscription,
  SubscriptionRequest,
  UpdateMessage,
} from '../messages.js';
import { packedUrl } from '../packing.js';
import { BACK_OFF, type BackOffOptions, backOff } from './backoff.js';
import { readServerMessage } from './envelope.js';
import type { RowOf, ViewKind } from './row-id.js';
import { ViewRows } from './rows.js';
import { type LiveSocket, type LiveSocketConstructor, OPEN } from './socket.js';
import { canUnpack, Unpacker } from './unpack.js';

/** `connecting`: for the first time. `reconnecting`: it was live before. `closed`: by our own wish. */
export type ConnectionState = 'connecting' | 'live' | 'reconnecting' | 'closed';

export interface ConnectionStatus {
  readonly state: ConnectionState;
  /** The collector's version, once it said hello. */
  readonly version: string | null;
  /** The collector's clock minus this one's, milliseconds, as of the last message. */
  readonly clockOffsetMs: number;
  /** Messages that could not be read. */
  readonly unreadable: number;
}

export type SubscriptionOf<Kind extends ViewKind> = Extract<SubscriptionRequest, { kind: Kind }>;

export interface ViewUpdate<Kind extends ViewKind> {
  readonly type: 'rows';
  /** What these rows answer: the latest subscription that has got its snapshot. */
  readonly subscription: SubscriptionOf<Kind>;
  readonly rows: readonly RowOf<Kind>[];
  /** Rows that match, of which `rows` is a window. */
  readonly total: number;
  /** The collector's clock, epoch milliseconds. */
  readonly time: number;
  /** True for the first rows of a subscription and after a reconnect. */
  readonly snapshot: boolean;
  /** Rows new or changed since the last update. */
  readonly changed: number;
  /** Updates that the server has left out of this view because this client was too slow, in all. */
  readonly skipped: number;
}

export interface ViewError<Kind extends ViewKind> {
  readonly type: 'error';
  readonly subscription: SubscriptionOf<Kind>;
  readonly code: string;
  readonly message: string;
  /** For an error in a filter: where it is, counted in characters from 0. */
  readonly position: number | null;
}

export type ViewListener<Kind extends ViewKind> = (news: ViewUpdate<Kind> | ViewError<Kind>) => void;

export interface ViewHandle<Kind extends ViewKind> {
  /** Asks for something else under the same listener; the old rows are no longer reported. */
  change(subscription: SubscriptionOf<Kind>): void;
  close(): void;
}

export interface LiveClientOptions {
  /** `ws://host:port/api/v1/live`. */
  readonly url: string;
  /** Absent: the platform's own (browsers; Node from 22 on). */
  readonly WebSocket?: LiveSocketConstructor;
  readonly backOff?: BackOffOptions;
  readonly onStatus?: (status: ConnectionStatus) => void;
}

interface View {
  /** Anew with every change, so that what still arrives for the old one is recognised. */
  name: string;
  subscription: SubscriptionRequest;
  /** Asked for; what still arrives before the snapshot cannot be used. */
  awaitsSnapshot: boolean;
  receive(message: UpdateMessage): 'applied' | 'gap';
  fail(error: { code: string; message: string; position: number | null }): void;
}

/**
 *     const client = new LiveClient({ url: 'ws://127.0.0.1:3000/api/v1/live' });
 *     const view = client.subscribe({ kind: 'flows', query: { filter: 'port:443' } }, (news) => {
 *       if (news.type === 'rows') show(news.rows, news.total);
 *     });
 *     view.change({ kind: 'flows', query: { filter: 'failed' } });
 *     client.close();
 */
export class LiveClient {
  readonly #options: LiveClientOptions;
  readonly #WebSocket: LiveSocketConstructor;
  readonly #url: string;
  readonly #views = new Map<string, View>();
  #socket: LiveSocket | null = null;
  #unpacker: Unpacker | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #attempt = 0;
  #names = 0;
  #status: ConnectionStatus = { state: 'connecting', version: null, clockOffsetMs: 0, unreadable: 0 };

  constructor(options: LiveClientOptions) {
    const WebSocket =
      options.WebSocket ?? (globalThis as { WebSocket?: LiveSocketConstructor }).WebSocket ?? null;
    if (WebSocket === null) {
      throw new TypeError(
        'This platform has no WebSocket of its own: pass one, e.g. that of the ws package.',
      );
    }
    this.#options = options;
    this.#WebSocket = WebSocket;
    this.#url = canUnpack() ? packedUrl(options.url) : options.url;
    this.#connect();
  }

  get status(): ConnectionStatus {
    return this.#status;
  }

  subscribe<Kind extends ViewKind>(
    subscription: SubscriptionOf<Kind>,
    listener: ViewListener<Kind>,
  ): ViewHandle<Kind> {
    let rows = new ViewRows<Kind>(subscription.kind as Kind);
    let skipped = 0;
    const view: View = {
      name: this.#nextName(),
      subscription,
      awaitsSnapshot: true,
      receive: (message) => {
        const applied = rows.apply(message);
        if (applied.outcome === 'gap') return 'gap';
        if (message.type === 'snapshot') skipped += message.skipped;
        listener({
          type: 'rows',
          subscription: view.subscription as SubscriptionOf<Kind>,
          rows: rows.list(),
          total: message.total,
          time: message.time,
          snapshot: message.type === 'snapshot',
          changed: applied.changed,
          skipped,
        });
        return 'applied';
      },
      fail: (error) =>
        listener({ type: 'error', subscription: view.subscription as SubscriptionOf<Kind>, ...error }),
    };
    this.#open(view);
    return {
      change: (next) => {
        if (!this.#views.has(view.name)) return;
        this.#drop(view);
        rows = new ViewRows<Kind>(next.kind as Kind);
        view.subscription = next;
        view.name = this.#nextName();
        this.#open(view);
      },
      close: () => this.#drop(view),
    };
  }

  /** Ends the connection and all views; nothing is reported afterwards. */
  close(): void {
    this.#views.clear();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#abandonSocket();
    this.#setStatus({ state: 'closed' });
  }

  #nextName(): string {
    this.#names += 1;
    return `view-${this.#names}`;
  }

  #open(view: View): void {
    this.#views.set(view.name, view);
    this.#ask(view);
  }

  #ask(view: View): void {
    view.awaitsSnapshot = true;
    this.#send({
      type: 'subscribe',
      view: view.name,
      // The server fills in what a request leaves to it.
      subscription: view.subscription as Subscription,
    });
  }

  #drop(view: View): void {
    if (!this.#views.delete(view.name)) return;
    this.#send({ type: 'unsubscribe', view: view.name });
  }

  /** What is said while there is no connection is said again by `#onOpen`. */
  #send(message: ClientMessage): void {
    if (this.#socket !== null && this.#socket.readyState === OPEN) this.#socket.send(JSON.stringify(message));
  }

  #connect(): void {
    this.#timer = null;
    const socket = new this.#WebSocket(this.#url);
    const unpacker = new Unpacker((text) => this.#onMessage(text));
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    this.#unpacker = unpacker;
    socket.onopen = () => this.#onOpen();
    socket.onmessage = (event: { data: unknown }) => unpacker.take(event.data);
    // An error is always followed by a close, which is where it is dealt with.
    socket.onerror = () => {};
    socket.onclose = () => this.#onClose();
  }

  #onOpen(): void {
    this.#setStatus({ state: 'live' });
    for (const view of this.#views.values()) this.#ask(view);
  }

  #onClose(): void {
    this.#socket = null;
    this.#unpacker?.close();
    if (this.#status.state === 'live') this.#setStatus({ state: 'reconnecting' });
    const wait = backOff(this.#attempt, this.#options.backOff ?? BACK_OFF, Math.random);
    this.#attempt += 1;
    this.#timer = setTimeout(() => this.#connect(), wait);
  }

  #onMessage(data: unknown): void {
    const message = readServerMessage(data);
    if (message === null) {
      this.#setStatus({ unreadable: this.#status.unreadable + 1 });
      return;
    }
    // Only a server that talks is a server that is back: one that accepts and hangs up is not asked ever faster.
    this.#attempt = 0;
    this.#take(message);
  }

  #take(message: ServerMessage): void {
    switch (message.type) {
      case 'hello':
        this.#setStatus({ version: message.version, clockOffsetMs: message.time - Date.now() });
        return;
      case 'error':
        if (message.view !== null) this.#views.get(message.view)?.fail(errorOf(message));
        return;
      case 'snapshot':
      case 'delta': {
        const view = this.#views.get(message.view);
        if (view === undefined || (view.awaitsSnapshot && message.type === 'delta')) return;
        view.awaitsSnapshot = false;
        if (view.receive(message) === 'gap') this.#ask(view);
      }
    }
  }

  #abandonSocket(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#unpacker?.close();
    if (socket === null) return;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }

  #setStatus(change: Partial<ConnectionStatus>): void {
    this.#status = { ...this.#status, ...change };
    this.#options.onStatus?.(this.#status);
  }
}

function errorOf(message: Extract<ServerMessage, { type: 'error' }>) {
  return { code: message.code, message: message.message, position: message.position };
}
