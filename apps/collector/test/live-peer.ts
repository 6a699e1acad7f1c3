/** The page's side of the WebSocket: says what it is told to, keeps every message, checks each by its schema. */
import { inflateRawSync } from 'node:zlib';
import {
  packedUrl,
  type ServerMessage,
  type SubscriptionRequest,
  serverMessageSchema,
} from '@packetless/live';
import { WebSocket } from 'ws';
import { waitFor } from './wait.js';

type Of<Type extends ServerMessage['type']> = Extract<ServerMessage, { type: Type }>;

export class LivePeer {
  readonly messages: ServerMessage[] = [];
  /** How many bytes each message was on the wire. */
  readonly sizes: number[] = [];
  packed = 0;
  closeCode: number | null = null;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data, isBinary) => this.#take(data as Buffer, isBinary));
    socket.on('close', (code) => {
      this.closeCode = code;
    });
    socket.on('error', () => undefined);
  }

  /** Rejects with the HTTP status when the collector refuses. */
  static open(port: number, packed = false): Promise<LivePeer> {
    const url = `ws://127.0.0.1:${port}/api/v1/live`;
    const peer = new LivePeer(new WebSocket(packed ? packedUrl(url) : url));
    return new Promise((resolve, reject) => {
      peer.socket.on('open', () => resolve(peer));
      peer.socket.on('unexpected-response', (_request, { statusCode }) =>
        reject(new Error(String(statusCode))),
      );
    });
  }

  #take(data: Buffer, isBinary: boolean): void {
    this.sizes.push(data.length);
    if (isBinary) this.packed++;
    const text = String(isBinary ? inflateRawSync(data) : data);
    this.messages.push(serverMessageSchema.parse(JSON.parse(text)));
  }

  subscribe(view: string, subscription: SubscriptionRequest): void {
    this.say({ type: 'subscribe', view, subscription });
  }

  say(message: unknown): void {
    this.socket.send(JSON.stringify(message));
  }

  of<Type extends ServerMessage['type']>(type: Type, view?: string): Of<Type>[] {
    return this.messages.filter(
      (message): message is Of<Type> =>
        message.type === type && (view === undefined || ('view' in message && message.view === view)),
    );
  }

  /** The first message of that type, once it has come. */
  first<Type extends ServerMessage['type']>(type: Type, view?: string): Promise<Of<Type>> {
    return waitFor(`a ${type}`, () => this.of(type, view)[0]);
  }
}
