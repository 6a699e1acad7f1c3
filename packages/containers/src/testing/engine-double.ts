/** An engine that answers as a test wants it to: what a real one never does can be tried on this one only. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

type Respond = (request: IncomingMessage, response: ServerResponse) => void;

export const VERSION_ANSWER = {
  Version: '20.10.24',
  ApiVersion: '1.41',
  Components: [{ Name: 'Engine', Version: '20.10.24' }],
};

export class EngineDouble {
  readonly #answers = new Map<string, Respond>();
  readonly #connections = new Set<Socket>();
  readonly #streams = new Set<ServerResponse>();
  #server: Server | null = null;
  /** What answers for paths of which nothing was said. */
  otherwise: Respond = (_request, response) => response.writeHead(404).end('{"message":"no such container"}');
  /** Paths that were asked for. */
  readonly asked: string[] = [];

  constructor(readonly socket: string) {
    this.json('/version', VERSION_ANSWER);
    this.on('/events', (_request, response) => {
      this.#streams.add(response);
      response.on('close', () => this.#streams.delete(response));
      response.flushHeaders();
    });
  }

  async start(): Promise<this> {
    const server = createServer((request, response) => {
      const path = request.url!.split('?')[0]!;
      this.asked.push(path);
      const respond = this.#answers.get(path) ?? this.otherwise;
      respond(request, response);
    });
    server.on('connection', (connection) => {
      this.#connections.add(connection);
      connection.on('close', () => this.#connections.delete(connection));
      connection.on('error', () => {});
    });
    await new Promise<void>((resolve) => server.listen(this.socket, resolve));
    this.#server = server;
    return this;
  }

  on(path: string, respond: Respond): void {
    this.#answers.set(path, respond);
  }

  json(path: string, value: unknown): void {
    this.on(path, (_request, response) => response.end(JSON.stringify(value)));
  }

  /** A container, as docker would inspect it. */
  container(id: string, name: string, labels: object = {}): void {
    this.json(`/containers/${id}/json`, inspected(id, name, labels));
  }

  remove(id: string): void {
    this.#answers.delete(`/containers/${id}/json`);
  }

  get watchers(): number {
    return this.#streams.size;
  }

  event(action: string, id: string, attributes: { readonly [key: string]: string } = {}): void {
    const actor = { ID: id, Attributes: attributes };
    this.tell(`${JSON.stringify({ Type: 'container', Action: action, Actor: actor })}\n`);
  }

  tell(text: string | Buffer): void {
    for (const stream of this.#streams) stream.write(text);
  }

  /** Dies: connections break, the socket is gone. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const connection of this.#connections) connection.destroy();
    await closed;
  }
}

export function inspected(id: string, name: string, labels: object = {}): object {
  return { Id: id, Name: `/${name}`, Config: { Image: 'shop:1', Labels: labels } };
}
