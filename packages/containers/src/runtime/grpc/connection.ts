/** gRPC over a unix socket. The library is loaded when the first such socket is found: most hosts have none. */
import { fileURLToPath } from 'node:url';
import type { Client, ClientReadableStream, Metadata, ServiceError } from '@grpc/grpc-js';
import { MAX_ANSWER_BYTES } from '../../limits.js';
import { RuntimeError, silent } from '../runtime-error.js';
import { memberOf } from '../text.js';

/** Statuses of https://grpc.github.io/grpc/core/md_doc_statuscodes.html that mean something of their own here. */
const CANCELLED = 1;
const DEADLINE_EXCEEDED = 4;
const NOT_FOUND = 5;
const UNIMPLEMENTED = 12;
const UNAVAILABLE = 14;

/** What is asked, and how it is written and read. */
export interface Method {
  readonly path: string;
  readonly requestSerialize: (value: object) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => object;
}

export type Service = { readonly [method: string]: Method };

/** The server does not have that service, or not that method. */
export class Unimplemented extends RuntimeError {
  constructor() {
    super('not understood', 'it does not offer this service');
  }
}

const PROTO = fileURLToPath(new URL('../../../proto/', import.meta.url));

/** A service of one of the files in `proto`. */
export async function loadService(file: string, name: string): Promise<Service> {
  const { loadSync } = await import('@grpc/proto-loader');
  const definitions = loadSync(`${PROTO}${file}`, { keepCase: true });
  return definitions[name] as unknown as Service;
}

export async function connect(socket: string): Promise<Connection> {
  const { Client, Metadata, credentials } = await import('@grpc/grpc-js');
  const client = new Client(`unix:${socket}`, credentials.createInsecure(), {
    'grpc.max_receive_message_length': MAX_ANSWER_BYTES,
    'grpc.enable_retries': 0,
    'grpc.enable_http_proxy': 0,
    'grpc.initial_reconnect_backoff_ms': 250,
    'grpc.max_reconnect_backoff_ms': 2_000,
    // Two agents' questions never mix, and closing one client closes its connection.
    'grpc.use_local_subchannel_pool': 1,
  });
  return new Connection(client, () => new Metadata());
}

export class Connection {
  constructor(
    readonly client: Client,
    readonly newMetadata: () => Metadata,
  ) {}

  /** Null: the server says that there is no such thing. */
  call(
    { path, requestSerialize, responseDeserialize }: Method,
    request: object,
    signal: AbortSignal,
    headers: { readonly [name: string]: string } = {},
  ): Promise<object | null> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(silent());
        return;
      }
      const sent = this.client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        this.#metadata(headers),
        {},
        (error, answer) => {
          signal.removeEventListener('abort', cancel);
          if (error === null) resolve(answer ?? null);
          else if (error.code === NOT_FOUND) resolve(null);
          else reject(grpcErrorOf(error, signal));
        },
      );
      const cancel = () => sent.cancel();
      signal.addEventListener('abort', cancel);
    });
  }

  /** Each message as it comes, until the stream ends or is aborted. Fails when it cannot be had at all. */
  async stream(
    { path, requestSerialize, responseDeserialize }: Method,
    request: object,
    message: (value: object) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    if (signal.aborted) return;
    const stream: ClientReadableStream<object> = this.client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      this.#metadata({}),
      {},
    );
    const cancel = () => stream.cancel();
    signal.addEventListener('abort', cancel);
    try {
      for await (const value of stream) await message(value);
    } catch (error) {
      // However else it ended, it is to be begun again.
      if (memberOf(error, 'code') === UNIMPLEMENTED) throw new Unimplemented();
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  close(): void {
    this.client.close();
  }

  #metadata(headers: { readonly [name: string]: string }): Metadata {
    const metadata = this.newMetadata();
    for (const name in headers) metadata.set(name, headers[name]!);
    return metadata;
  }
}

function grpcErrorOf(error: ServiceError, signal: AbortSignal): RuntimeError {
  if (signal.aborted || error.code === CANCELLED || error.code === DEADLINE_EXCEEDED) return silent();
  if (error.code === UNIMPLEMENTED) return new Unimplemented();
  const details = error.details.slice(0, 200);
  if (error.code !== UNAVAILABLE) return new RuntimeError('not understood', details);
  // The system's error stands in the text only.
  if (/\bE(?:ACCES|PERM)\b/.test(details)) return new RuntimeError('denied', 'permission denied');
  if (/\bENOENT\b/.test(details)) return new RuntimeError('absent', 'no such socket');
  return new RuntimeError('refused', details);
}
