/** The one port that page, REST, metrics and WebSocket share. */
import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { PACKED_ENCODING } from '@packetless/live';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import { WebSocketServer } from 'ws';
import type { LiveHub } from '../live/live-hub.js';
import type { World } from '../live/view-source.js';
import type { Logger } from '../log.js';
import { errorCode, StartError } from '../start-error.js';
import { hostInUrl, type WebAddress } from '../web-address.js';
import { Access } from './access.js';
import { createApi } from './api.js';
import { HttpError, sendError, toHttpError } from './errors.js';
import { createMetrics } from './metrics.js';
import { createUi } from './ui.js';

const LIVE_PATH = '/api/v1/live';
/** What a client asks for fits into a few hundred bytes. */
const MAX_CLIENT_MESSAGE_BYTES = 65_536;
const MAX_CONNECTIONS = 1000;

/** A client that takes nothing of its answer for so long is gone; those of the WebSocket are asked instead. */
const IDLE_MS = 30_000;

const SERVER_LIMITS = {
  maxHeaderSize: 16_384,
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  keepAliveTimeout: 10_000,
  connectionsCheckingInterval: 5_000,
};

export interface WebServerOptions {
  readonly address: WebAddress;
  readonly uiDirectory: string;
  readonly world: World;
  readonly hub: LiveHub;
  readonly log: Logger;
}

export class WebServer {
  readonly #options: WebServerOptions;
  readonly #access: Access;
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    // Deflating the same update for every client costs ten times what sending it does.
    perMessageDeflate: false,
    maxPayload: MAX_CLIENT_MESSAGE_BYTES,
    clientTracking: false,
  });

  constructor(options: WebServerOptions) {
    this.#options = options;
    this.#access = new Access(options.address.host);
    this.#server = createServer(SERVER_LIMITS, createApp(options, this.#access));
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.setTimeout(IDLE_MS);
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  /** Listens; rejects with StartError when it cannot. */
  async start(): Promise<WebAddress> {
    const { host, port } = this.#options.address;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error) => reject(new StartError(cannotListen(host, port, error))));
      this.#server.listen({ host, port }, resolve);
    });
    this.#server.on('error', (error) => this.#options.log.error({ error }, 'web server'));
    return { host, port: (this.#server.address() as AddressInfo).port };
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { hub, log } = this.#options;
    socket.on('error', (error) => log.debug({ error }, 'connection failed'));
    const [path, query] = (request.url ?? '').split('?');
    const encoding = new URLSearchParams(query).get('encoding');
    if (!this.#access.allowsHost(request)) refuseUpgrade(socket, 403, UNEXPECTED_HOST);
    else if (path !== LIVE_PATH) refuseUpgrade(socket, 404, `WebSockets are served at ${LIVE_PATH}.`);
    else if (!this.#access.allowsOrigin(request)) {
      refuseUpgrade(socket, 403, OTHER_SITE);
    } else if (encoding !== null && encoding !== PACKED_ENCODING) {
      refuseUpgrade(
        socket,
        400,
        `The only encoding there is is ${PACKED_ENCODING}; without one, messages are text.`,
      );
    } else if (hub.isFull) refuseUpgrade(socket, 503, 'Too many live clients; close one and try again.');
    else {
      const packed = encoding === PACKED_ENCODING;
      this.#sockets.handleUpgrade(request, socket, head, (client) => hub.add(client, packed));
    }
  }
}

const OTHER_SITE = 'Pages of other sites may not read this collector.';
const UNEXPECTED_HOST =
  'This collector is bound to loopback: address it as localhost, 127.0.0.1 or [::1]. ' +
  'To serve it under other names, bind it to another address with -w.';

function createApp({ world, hub, uiDirectory, log }: WebServerOptions, access: Access): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.use(protect(access));
  app.use('/api/v1', createApi(world));
  app.use('/api', () => {
    throw new HttpError(
      404,
      'not_found',
      'There is nothing here; see /api/v1/openapi.json for what there is.',
    );
  });
  app.use('/metrics', createMetrics(world, hub));
  app.use(createUi(uiDirectory));
  app.use(answerError(log));
  return app;
}

function protect(access: Access): RequestHandler {
  return (request, response, next) => {
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Referrer-Policy', 'no-referrer');
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
    if (!access.allowsHost(request)) throw new HttpError(403, 'unexpected_host', UNEXPECTED_HOST);
    const reads = request.method === 'GET' || request.method === 'HEAD';
    if (!access.allowsSite(request) || !(reads || access.allowsOrigin(request))) {
      throw new HttpError(403, 'other_site', OTHER_SITE);
    }
    response.setHeader('Content-Security-Policy', contentSecurityPolicy(request.headers.host!));
    next();
  };
}

/** Only what this collector serves, and its own WebSocket (older browsers do not count that as 'self'). */
function contentSecurityPolicy(host: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "manifest-src 'self'",
    `connect-src 'self' ws://${host} wss://${host}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function answerError(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    let told = toHttpError(error);
    if (told === null) {
      log.error({ error, path: request.path }, 'a request failed');
      told = new HttpError(500, 'internal_error', 'The collector failed; its log says why.');
    }
    if (request.path.startsWith('/api')) sendError(response, told);
    else response.status(told.status).type('text').send(`${told.message}\n`);
  };
}

function refuseUpgrade(socket: Duplex, status: number, message: string): void {
  const body = `${message}\n`;
  // The HTTP server no longer looks after this connection, and the peer need not ever end its half of it.
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

function cannotListen(host: string, port: number, error: Error): string {
  const where = `${hostInUrl(host)}:${port}`;
  switch (errorCode(error)) {
    case 'EADDRINUSE':
      return `Another program already uses ${where}. End it, or serve the page elsewhere with -w [ADDR:]PORT.`;
    case 'EACCES':
      return `This user may not listen on ${where}. Choose a port of 1024 or above with -w [ADDR:]PORT.`;
    case 'EADDRNOTAVAIL':
      return `${host} is not an address of this host. Choose another with -w [ADDR:]PORT.`;
    default:
      return `Cannot serve the page on ${where}: ${error.message}.`;
  }
}
