import type { AddressInfo } from 'node:net';
import { deflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { WebSocket, WebSocketServer } from 'ws';
import { type ClientMessage, clientMessageSchema, type ServerMessage } from '../messages.js';
import { type ConnectionState, LiveClient, type ViewError, type ViewUpdate } from './live-client.js';

/** The server's side of the contract, driven by hand: a real WebSocket server that records what it is told. */
class Peer {
  readonly received: ClientMessage[] = [];
  /** Path and query of the last connection. */
  url = '';
  /** Messages go out packed. */
  packs = false;
  #server: WebSocketServer;
  #socket: WebSocket | null = null;

  private constructor(server: WebSocketServer) {
    this.#server = server;
    server.on('connection', (socket, request) => {
      this.#socket = socket;
      this.url = request.url!;
      socket.on('message', (data) => this.received.push(clientMessageSchema.parse(JSON.parse(String(data)))));
    });
  }

  static async listen(port = 0): Promise<Peer> {
    const server = new WebSocketServer({ port, host: '127.0.0.1' });
    await new Promise((resolve) => server.once('listening', resolve));
    return new Peer(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  send(message: ServerMessage): void {
    const text = JSON.stringify(message);
    this.sendText(this.packs ? deflateRawSync(text) : text);
  }

  sendText(text: string | Buffer): void {
    this.#socket!.send(text);
  }

  snapshot(view: string, ids: string[], more: { sequence?: number; skipped?: number } = {}): void {
    this.send({
      type: 'snapshot',
      view,
      sequence: more.sequence ?? 1,
      time: 1000,
      total: ids.length,
      skipped: more.skipped ?? 0,
      content: { kind: 'agents', rows: ids.map((id) => ({ id })) as never },
    });
  }

  delta(view: string, sequence: number, ids: string[], order: string[] | null): void {
    this.send({
      type: 'delta',
      view,
      sequence,
      time: 2000,
      total: ids.length,
      order,
      content: { kind: 'agents', rows: ids.map((id) => ({ id })) as never },
    });
  }

  /** The nth message (from 0) once it has come. */
  async message(index: number): Promise<ClientMessage> {
    await until(() => this.received.length > index);
    return this.received[index]!;
  }

  async stop(): Promise<void> {
    for (const client of this.#server.clients) client.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 5000;
  while (!condition()) {
    if (Date.now() > end) throw new Error('It did not happen within 5 s.');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

type News = ViewUpdate<'agents'> | ViewError<'agents'>;
const idsOf = (news: News | undefined) =>
  news?.type === 'rows' ? news.rows.map((row) => row.id) : news?.type;

describe('live client', () => {
  let peer: Peer;
  let client: LiveClient;
  let states: ConnectionState[];

  const connect = (port: number) =>
    new LiveClient({
      url: `ws://127.0.0.1:${port}/api/v1/live`,
      WebSocket,
      backOff: { firstMs: 10, longestMs: 40 },
      onStatus: (status) => {
        if (states.at(-1) !== status.state) states.push(status.state);
      },
    });

  beforeEach(async () => {
    states = [];
    peer = await Peer.listen();
    client = connect(peer.port);
  });

  afterEach(async () => {
    client.close();
    await peer.stop();
  });

  function watch(): { news: News[]; view: ReturnType<typeof client.subscribe<'agents'>> } {
    const news: News[] = [];
    return { news, view: client.subscribe({ kind: 'agents' }, (item) => news.push(item)) };
  }

  test('subscribes as soon as it is connected, and reports snapshot and deltas', async () => {
    const { news } = watch();
    const asked = await peer.message(0);
    expect(asked).toMatchObject({ type: 'subscribe', subscription: { kind: 'agents' } });
    peer.snapshot(asked.view, ['a', 'b'], { skipped: 3 });
    peer.delta(asked.view, 2, ['c'], ['c', 'a']);
    await until(() => news.length === 2);
    expect(news.map(idsOf)).toEqual([
      ['a', 'b'],
      ['c', 'a'],
    ]);
    expect(news[0]).toMatchObject({ snapshot: true, skipped: 3, total: 2, time: 1000 });
    expect(news[1]).toMatchObject({ snapshot: false, skipped: 3, changed: 1 });
  });

  test('learns version and clock from the hello', async () => {
    watch();
    await peer.message(0);
    peer.send({ type: 'hello', version: '1.2.3', time: Date.now() + 60_000, intervalMs: 100 });
    await until(() => client.status.version === '1.2.3');
    expect(client.status.clockOffsetMs).toBeGreaterThan(59_000);
  });

  test('a changed view ignores what still arrives for the old one', async () => {
    const { news, view } = watch();
    const first = await peer.message(0);
    view.change({ kind: 'agents' });
    const [dropped, second] = [await peer.message(1), await peer.message(2)];
    expect(dropped).toEqual({ type: 'unsubscribe', view: first.view });
    expect(second.view).not.toBe(first.view);
    peer.snapshot(first.view, ['old']);
    peer.snapshot(second.view, ['new']);
    await until(() => news.length === 1);
    expect(idsOf(news[0])).toEqual(['new']);
  });

  test('asks again, once, when an update is missing', async () => {
    const { news } = watch();
    const asked = await peer.message(0);
    peer.snapshot(asked.view, ['a']);
    peer.delta(asked.view, 5, ['b'], ['b']);
    peer.delta(asked.view, 6, ['c'], ['c']);
    expect(await peer.message(1)).toEqual(asked);
    peer.snapshot(asked.view, ['d'], { sequence: 7 });
    await until(() => news.length === 2);
    expect(news.map(idsOf)).toEqual([['a'], ['d']]);
    expect(peer.received).toHaveLength(2);
  });

  test('reports an error of a view to its listener, with the place', async () => {
    const { news } = watch();
    const { view } = await peer.message(0);
    peer.send({ type: 'error', view, code: 'bad_filter', message: 'Unknown field', position: 4 });
    await until(() => news.length === 1);
    expect(news[0]).toMatchObject({ type: 'error', code: 'bad_filter', position: 4 });
  });

  test('takes packed and plain messages in the order in which they were sent', async () => {
    const { news } = watch();
    const { view } = await peer.message(0);
    expect(peer.url).toBe('/api/v1/live?encoding=deflate-raw');
    const many = Array.from({ length: 5000 }, (_, index) => `agent ${index}`);
    for (let sequence = 1; sequence <= 20; sequence++) {
      peer.packs = sequence % 3 === 1;
      if (sequence === 1) peer.snapshot(view, many);
      else peer.delta(view, sequence, ['last'], [`agent ${sequence}`, 'last']);
    }
    await until(() => news.length === 20);
    expect(idsOf(news[0])).toEqual(many);
    expect(news.slice(1).every((item) => item.type === 'rows' && !item.snapshot)).toBe(true);
    expect(peer.received).toHaveLength(1);
  });

  test('a packed message that cannot be unpacked is counted, and the next one is read', async () => {
    const { news } = watch();
    const { view } = await peer.message(0);
    peer.sendText(Buffer.from([0xff, 1, 2, 3]));
    peer.sendText(deflateRawSync('[]').subarray(0, 2));
    peer.packs = true;
    peer.snapshot(view, ['a']);
    await until(() => news.length === 1);
    expect(client.status.unreadable).toBe(2);
  });

  test('counts what it cannot read and goes on', async () => {
    const { news } = watch();
    const { view } = await peer.message(0);
    for (const text of ['{', '[]', '{"type":"delta"}', '{"type":"nonsense"}']) peer.sendText(text);
    peer.snapshot(view, ['a']);
    await until(() => news.length === 1);
    expect(client.status.unreadable).toBe(4);
  });

  test('comes back after a break, subscribes to everything again and keeps the rows until then', async () => {
    const { news } = watch();
    const { view } = await peer.message(0);
    peer.snapshot(view, ['a']);
    await until(() => news.length === 1);
    const { port } = peer;
    await peer.stop();
    await until(() => client.status.state === 'reconnecting');
    peer = await Peer.listen(port);
    expect(await peer.message(0)).toMatchObject({ type: 'subscribe', view });
    peer.snapshot(view, ['b']);
    await until(() => news.length === 2);
    expect(news.map(idsOf)).toEqual([['a'], ['b']]);
    expect(states).toEqual(['live', 'reconnecting', 'live']);
  });

  test('a closed view is told to the server and hears nothing more', async () => {
    const { news, view } = watch();
    const asked = await peer.message(0);
    view.close();
    view.change({ kind: 'agents' });
    expect(await peer.message(1)).toEqual({ type: 'unsubscribe', view: asked.view });
    peer.snapshot(asked.view, ['a']);
    const later = watch();
    peer.snapshot((await peer.message(2)).view, ['b']);
    await until(() => later.news.length === 1);
    expect(news).toEqual([]);
  });

  test('a closed client does not come back', async () => {
    watch();
    await peer.message(0);
    client.close();
    expect(client.status.state).toBe('closed');
  });
});
