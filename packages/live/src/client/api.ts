/** A small typed client of `/api/v1` over HTTP. Answers are checked against their schemas. */
import type { Flow } from '@packetless/model';
import type { z } from 'zod';
import {
  type Containers,
  type containersQuerySchema,
  containersSchema,
  type Namespaces,
  namespacesSchema,
  type Pods,
  podsSchema,
  type Workloads,
  workloadsSchema,
} from '../container-groups.js';
import {
  type Agents,
  agentsSchema,
  type Counters,
  type countersQuerySchema,
  countersSchema,
  errorSchema,
  type Flows,
  type flowQuerySchema,
  flowSchema,
  flowsSchema,
  type Health,
  healthSchema,
  type InterfaceChange,
  type InterfaceInfo,
  type Interfaces,
  interfaceSchema,
  interfacesSchema,
  type Listening,
  type listeningQuerySchema,
  listeningSchema,
} from '../rest.js';

/** An answer that is not the one asked for. `code` is the collector's own, or one of the two below. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    /** HTTP status; 0 when there was no answer. */
    readonly status: number,
    /** `no_answer`: the collector could not be reached. `bad_answer`: it said something else than agreed. */
    readonly code: string,
    message: string,
    /** Which part of the request is at fault, where the collector said so. */
    readonly path: string | null = null,
  ) {
    super(message);
  }
}

export interface Api {
  health(): Promise<Health>;
  interfaces(): Promise<Interfaces>;
  /** Sets what is given; the answer is the interface as it is then. */
  changeInterface(name: string, change: InterfaceChange): Promise<InterfaceInfo>;
  agents(): Promise<Agents>;
  flows(query?: z.input<typeof flowQuerySchema>): Promise<Flows>;
  flow(id: string): Promise<Flow>;
  /** What hosts listen on. */
  listening(query?: z.input<typeof listeningQuerySchema>): Promise<Listening>;
  /** Network interfaces of hosts. */
  counters(query?: z.input<typeof countersQuerySchema>): Promise<Counters>;
  /** What containers do, and pods, namespaces and workloads. */
  containers(query?: z.input<typeof containersQuerySchema>): Promise<Containers>;
  pods(query?: z.input<typeof containersQuerySchema>): Promise<Pods>;
  namespaces(query?: z.input<typeof containersQuerySchema>): Promise<Namespaces>;
  workloads(query?: z.input<typeof containersQuerySchema>): Promise<Workloads>;
}

/**
 *     const api = createApi('http://127.0.0.1:3000');
 *     const { total, flows } = await api.flows({ filter: 'process:curl', limit: 10 });
 *
 * Every call rejects with `ApiError`.
 */
export function createApi(baseUrl: string, options: { readonly fetch?: typeof fetch } = {}): Api {
  const root = `${baseUrl.replace(/\/+$/, '')}/api/v1/`;
  const request = options.fetch ?? fetch;

  function get<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> {
    return ask(path, { headers: { accept: 'application/json' } }, schema);
  }

  function patch<Schema extends z.ZodType>(path: string, change: object, schema: Schema) {
    const headers = { accept: 'application/json', 'content-type': 'application/json' };
    return ask(path, { method: 'PATCH', headers, body: JSON.stringify(change) }, schema);
  }

  async function ask<Schema extends z.ZodType>(
    path: string,
    init: RequestInit,
    schema: Schema,
  ): Promise<z.output<Schema>> {
    const answer = await request(root + path, init).catch((error: unknown) => {
      throw new ApiError(0, 'no_answer', `No answer from ${root}: ${String(error)}`);
    });
    const body: unknown = await answer.json().catch(() => null);
    if (!answer.ok) throw refusal(answer.status, path, body);
    const parsed = schema.safeParse(body);
    if (!parsed.success) {
      throw new ApiError(answer.status, 'bad_answer', `${root}${path} answered in another form than agreed.`);
    }
    return parsed.data;
  }

  return {
    health: () => get('health', healthSchema),
    interfaces: () => get('interfaces', interfacesSchema),
    changeInterface: (name, change) =>
      patch(`interfaces/${encodeURIComponent(name)}`, change, interfaceSchema),
    agents: () => get('agents', agentsSchema),
    flows: (query = {}) => get(`flows${search(query)}`, flowsSchema),
    flow: (id) => get(`flows/${encodeURIComponent(id)}`, flowSchema),
    listening: (query = {}) => get(`listening${search(query)}`, listeningSchema),
    counters: (query = {}) => get(`counters${search(query)}`, countersSchema),
    containers: (query = {}) => get(`containers${search(query)}`, containersSchema),
    pods: (query = {}) => get(`pods${search(query)}`, podsSchema),
    namespaces: (query = {}) => get(`namespaces${search(query)}`, namespacesSchema),
    workloads: (query = {}) => get(`workloads${search(query)}`, workloadsSchema),
  };
}

function search(query: { readonly [key: string]: string | number | undefined }): string {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(key, String(value));
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

function refusal(status: number, path: string, body: unknown): ApiError {
  const parsed = errorSchema.safeParse(body);
  if (!parsed.success)
    return new ApiError(status, 'bad_answer', `${path} was refused with status ${status}.`);
  const { code, message, path: at } = parsed.data.error;
  return new ApiError(status, code, message, at ?? null);
}
