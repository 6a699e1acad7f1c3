/** The WebSocket side: clients open views, and while something changes, every client is told, at its own pace. */
import { setImmediate } from 'node:timers/promises';
import { type ClientMessage, clientMessageSchema } from '@packetless/live';
import { FilterError } from '@packetless/model';
import type { RawData, WebSocket } from 'ws';
import { UnknownInterface } from '../interfaces/select.js';
import type { Logger } from '../log.js';
import { VERSION } from '../version.js';
import { type ClientLimits, LiveClient } from './live-client.js';
import { SharedView, type Subscriber } from './shared-view.js';
import { openView, type World } from './view-source.js';

export interface LiveLimits extends ClientLimits {
  /** How often changes are told. */
  readonly intervalMs: number;
  readonly maxClients: number;
  /** A client that has not answered the ping before the next one is gone. */
  readonly pingMs: number;
}

export const LIVE_LIMITS: LiveLimits = {
  intervalMs: 250,
  maxClients: 200,
  pingMs: 20_000,
  budgetBytes: 1_048_576,
  maxViews: 32,
  requestBurst: 64,
  requestsPerSecond: 10,
};

/** Work at a stretch, after which events and requests get their turn. */
const STRETCH_MS = 15;
/** Views may take this share of the time at most; with more to do, changes are told less often. */
const MAX_LOAD = 0.25;
const ROW_CACHE_TURN_MS = 5000;
const CLOSE_GOING_AWAY = 1001;

export class LiveHub {
  readonly #clients = new Map<LiveClient, Map<string, Subscriber & { readonly shared: SharedView }>>();
  readonly #views = new Map<string, SharedView>();
  readonly #pinger: NodeJS.Timeout;
  #timer: NodeJS.Timeout;
  #closed = false;
  #skipped = 0;
  #turnedAt = Date.now();

  constructor(
    private readonly world: World,
    private readonly log: Logger,
    private readonly limits: LiveLimits = LIVE_LIMITS,
  ) {
    this.#timer = setTimeout(() => void this.#tick(), limits.intervalMs);
    this.#pinger = setInterval(() => {
      for (const client of this.#clients.keys()) client.checkAlive();
    }, limits.pingMs);
  }

  get clients(): number {
    return this.#clients.size;
  }

  get isFull(): boolean {
    return this.#clients.size >= this.limits.maxClients;
  }

  /** Updates left out because clients were too slow. */
  get skipped(): number {
    return this.#skipped;
  }

  /** Takes over a connection that has just been opened; `packed`: its client takes packed messages. */
  add(socket: WebSocket, packed: boolean): void {
    const client = new LiveClient(socket, this.limits, packed);
    this.#clients.set(client, new Map());
    socket.on('pong', () => {
      client.alive = true;
    });
    socket.on('message', (data, isBinary) => this.#receive(client, data, isBinary));
    // ws closes the connection itself; without a listener the error would end the process.
    socket.on('error', (error) => this.log.debug({ error }, 'live client failed'));
    socket.on('close', () => this.#remove(client));
    client.send({ type: 'hello', version: VERSION, time: Date.now(), intervalMs: this.limits.intervalMs });
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearInterval(this.#pinger);
    for (const { socket } of this.#clients.keys()) socket.close(CLOSE_GOING_AWAY, 'the collector ends');
  }

  /** Ends what did not close in time. */
  terminate(): void {
    for (const { socket } of this.#clients.keys()) socket.terminate();
  }

  #receive(client: LiveClient, data: RawData, isBinary: boolean): void {
    client.alive = true;
    const now = Date.now();
    if (!client.takeRequest(now)) {
      refuse(client, null, 'too_many_requests', 'Too many requests at once; wait a second and ask again.');
      return;
    }
    const message = isBinary ? null : readJson(String(data));
    const parsed = clientMessageSchema.safeParse(message);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      const place = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
      const reason = message === null ? 'a message must be JSON text' : `${place}${issue?.message ?? ''}`;
      refuse(client, viewNameOf(message), 'bad_message', reason);
      return;
    }
    if (parsed.data.type === 'unsubscribe') this.#unsubscribe(client, parsed.data.view);
    else this.#subscribe(client, parsed.data, now);
  }

  /** A view that cannot be opened leaves the one of that name as it was. */
  #subscribe(
    client: LiveClient,
    { view, subscription }: Extract<ClientMessage, { type: 'subscribe' }>,
    now: number,
  ): void {
    const views = this.#clients.get(client);
    if (views === undefined) return;
    if (!views.has(view) && views.size >= this.limits.maxViews) {
      refuse(client, view, 'too_many_views', `At most ${this.limits.maxViews} views may be open.`);
      return;
    }
    const key = JSON.stringify(subscription);
    let shared = this.#views.get(key);
    try {
      shared ??= new SharedView(key, subscription.kind, openView(subscription, this.world));
    } catch (error) {
      this.#refuseView(client, view, error);
      return;
    }
    this.#unsubscribe(client, view);
    this.#views.set(key, shared);
    const subscriber = { client, view, shared, skipped: 0, inSync: false };
    views.set(view, subscriber);
    shared.subscribers.add(subscriber);
    this.#refresh(shared, now);
  }

  #refuseView(client: LiveClient, view: string, error: unknown): void {
    if (error instanceof FilterError) refuse(client, view, 'bad_filter', error.message, error.position);
    else if (error instanceof UnknownInterface) refuse(client, view, 'unknown_interface', error.message);
    else {
      this.log.error({ error }, 'a view could not be opened');
      refuse(client, view, 'internal_error', 'The collector could not open this view; its log says why.');
    }
  }

  #unsubscribe(client: LiveClient, view: string): void {
    const views = this.#clients.get(client);
    const subscriber = views?.get(view);
    if (views === undefined || subscriber === undefined) return;
    views.delete(view);
    this.#leave(subscriber.shared, subscriber);
  }

  #remove(client: LiveClient): void {
    const views = this.#clients.get(client);
    this.#clients.delete(client);
    for (const subscriber of views?.values() ?? []) this.#leave(subscriber.shared, subscriber);
  }

  #leave(shared: SharedView, subscriber: Subscriber): void {
    shared.subscribers.delete(subscriber);
    if (shared.subscribers.size === 0) this.#views.delete(shared.key);
  }

  async #tick(): Promise<void> {
    let worked = 0;
    let stretch = performance.now();
    for (const shared of [...this.#views.values()]) {
      if (this.#closed) return;
      if (shared.subscribers.size > 0) this.#refresh(shared, Date.now());
      const elapsed = performance.now() - stretch;
      if (elapsed < STRETCH_MS) continue;
      worked += elapsed;
      await setImmediate();
      stretch = performance.now();
    }
    worked += performance.now() - stretch;
    if (this.#closed) return;
    this.#turnRowCache(Date.now());
    const pause = Math.max(this.limits.intervalMs, worked / MAX_LOAD - worked);
    this.#timer = setTimeout(() => void this.#tick(), pause);
  }

  #refresh(shared: SharedView, now: number): void {
    try {
      this.#skipped += shared.refresh(now);
    } catch (error) {
      if (error instanceof FilterError) this.#giveUp(shared, error);
      else this.log.error({ error, view: shared.key }, 'a view could not be computed');
    }
  }

  /** A filter that has turned out to take too long is not tried again. */
  #giveUp(shared: SharedView, error: FilterError): void {
    for (const { client, view } of [...shared.subscribers]) {
      this.#unsubscribe(client, view);
      this.#refuseView(client, view, error);
    }
  }

  #turnRowCache(now: number): void {
    if (now - this.#turnedAt < ROW_CACHE_TURN_MS) return;
    this.#turnedAt = now;
    this.world.rowJson.turn();
  }
}

function refuse(
  client: LiveClient,
  view: string | null,
  code: string,
  message: string,
  position: number | null = null,
): void {
  client.send({ type: 'error', view, code, message, position });
}

/** Null for what is not JSON; so is JSON's own null, which is no message either. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Which view a message that cannot be understood was about. */
function viewNameOf(message: unknown): string | null {
  if (message === null || typeof message !== 'object' || !('view' in message)) return null;
  const { view } = message;
  return typeof view === 'string' && view.length > 0 && view.length <= 64 ? view : null;
}
