/** A runtime that speaks gRPC and answers as a test wants it to. */
import { fileURLToPath } from 'node:url';
import {
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServerWritableStream,
  status,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const PROTO = fileURLToPath(new URL('../../proto/', import.meta.url));
const NOT_FOUND = { code: status.NOT_FOUND, details: 'no such container' };

export type Unary = (request: { [name: string]: unknown }, namespace: string | null) => object | null;
type Stream = ServerWritableStream<object, object>;

/** `file` in `proto`, and the service of it that is offered. */
export const CRI = ['cri.proto', 'runtime.v1.RuntimeService'] as const;
export const VERSION = ['containerd/version.proto', 'containerd.services.version.v1.Version'] as const;
export const CONTAINERS = [
  'containerd/containers.proto',
  'containerd.services.containers.v1.Containers',
] as const;
export const NAMESPACES = [
  'containerd/namespaces.proto',
  'containerd.services.namespaces.v1.Namespaces',
] as const;
export const EVENTS = ['containerd/events.proto', 'containerd.services.events.v1.Events'] as const;

export class GrpcDouble {
  readonly #server = new Server();
  readonly streams = new Set<Stream>();
  /** Methods that were called. */
  readonly called: string[] = [];

  constructor(readonly socket: string) {}

  /** Null answers that there is no such thing; an `undefined` never answers. `package` renames the service's. */
  offer(
    [file, name]: readonly [string, string],
    methods: { readonly [method: string]: Unary | (() => undefined) },
    rename: (path: string) => string = (path) => path,
  ): this {
    const service = loadSync(`${PROTO}${file}`, { keepCase: true })[name] as object;
    const renamed: { [method: string]: never } = {};
    for (const [method, definition] of Object.entries(service)) {
      if (method in methods) renamed[method] = { ...definition, path: rename(definition.path) } as never;
    }
    const handlers: { [method: string]: handleUnaryCall<object, object> } = {};
    for (const method of Object.keys(methods)) {
      handlers[method] = (call, callback) => {
        this.called.push(method);
        const namespace = call.metadata.get('containerd-namespace')[0];
        const answer = methods[method]!(
          call.request as { [name: string]: unknown },
          namespace === undefined ? null : String(namespace),
        );
        if (answer === null) callback(NOT_FOUND);
        else if (answer !== undefined) callback(null, answer);
      };
    }
    this.#server.addService(renamed, handlers);
    return this;
  }

  offerEvents([file, name]: readonly [string, string], method: string): this {
    const service = loadSync(`${PROTO}${file}`, { keepCase: true })[name] as { [method: string]: object };
    this.#server.addService(
      { [method]: service[method] as never },
      {
        [method]: (stream: Stream) => {
          this.streams.add(stream);
          stream.on('close', () => this.streams.delete(stream));
          stream.on('cancelled', () => this.streams.delete(stream));
        },
      },
    );
    return this;
  }

  tell(event: object): void {
    for (const stream of this.streams) stream.write(event);
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve, reject) => {
      this.#server.bindAsync(`unix:${this.socket}`, ServerCredentials.createInsecure(), (error) =>
        error === null ? resolve() : reject(error),
      );
    });
    return this;
  }

  /** Dies: connections break, the socket is gone. */
  stop(): void {
    this.#server.forceShutdown();
  }
}
