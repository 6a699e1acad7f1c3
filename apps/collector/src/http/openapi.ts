/** The description of `/api/v1` that machines read, made of the same schemas that the answers are typed by. */
import {
  agentSchema,
  agentsSchema,
  containerGroupSchema,
  containerSchema,
  containersRequestSchema,
  containersSchema,
  countersRequestSchema,
  countersSchema,
  errorSchema,
  flowEndpointSchema,
  flowSchema,
  flowsRequestSchema,
  flowsSchema,
  healthSchema,
  hostInterfaceSchema,
  interfaceChangeSchema,
  interfaceSchema,
  interfacesSchema,
  ledgerSchema,
  listenerSchema,
  listeningRequestSchema,
  listeningSchema,
  namespacesSchema,
  podsSchema,
  processSchema,
  tcpHealthSchema,
  workloadsSchema,
} from '@packetless/live';
import { z } from 'zod';
import { VERSION } from '../version.js';

type JsonObject = { [key: string]: unknown };

/** Schemas that have a name in the document, wherever they occur. */
const NAMED = {
  Health: healthSchema,
  Interfaces: interfacesSchema,
  Interface: interfaceSchema,
  InterfaceChange: interfaceChangeSchema,
  Flows: flowsSchema,
  Flow: flowSchema,
  FlowEndpoint: flowEndpointSchema,
  Process: processSchema,
  Container: containerSchema,
  TcpHealth: tcpHealthSchema,
  Agents: agentsSchema,
  Agent: agentSchema,
  Ledger: ledgerSchema,
  ListeningSockets: listeningSchema,
  ListeningSocket: listenerSchema,
  Counters: countersSchema,
  HostInterface: hostInterfaceSchema,
  Containers: containersSchema,
  Pods: podsSchema,
  Namespaces: namespacesSchema,
  Workloads: workloadsSchema,
  ContainerGroup: containerGroupSchema,
  Error: errorSchema,
  Json: flowSchema.shape.additional.valueType,
} as const;
type SchemaName = keyof typeof NAMED;

let document: JsonObject | null = null;

/** OpenAPI 3.1. */
export function openApiDocument(): JsonObject {
  document ??= {
    openapi: '3.1.0',
    info: {
      title: 'Packetless collector',
      version: VERSION,
      description: 'Who talks to whom, with what, and is it well. Live updates: WebSocket /api/v1/live.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/api/v1' }],
    paths: {
      '/health': get('Is all well, and what is wrong', 'Health'),
      '/interfaces': get('Interfaces and their ledgers', 'Interfaces'),
      '/interfaces/{name}': {
        ...get('One interface', 'Interface', [NAME_PARAMETER], [404]),
        ...changeInterface(),
      },
      '/agents': get('Agents and their ledgers', 'Agents'),
      '/flows': get(
        'Flows that match, sorted, a window of them',
        'Flows',
        queryParameters(flowsRequestSchema),
        [400],
      ),
      '/flows/{id}': get('One flow', 'Flow', [ID_PARAMETER], [404]),
      '/listening': get(
        'What hosts listen on, sorted, a window of it',
        'ListeningSockets',
        queryParameters(listeningRequestSchema),
        [400],
      ),
      '/counters': get(
        'Network interfaces of hosts, their totals and rates, a window of them',
        'Counters',
        queryParameters(countersRequestSchema),
        [400],
      ),
      '/containers': groupsOf('Containers', 'Containers'),
      '/pods': groupsOf('Pods', 'Pods'),
      '/namespaces': groupsOf('Namespaces of Kubernetes', 'Namespaces'),
      '/workloads': groupsOf('What keeps pods running', 'Workloads'),
    },
    components: { schemas: componentSchemas() },
  };
  return document;
}

function groupsOf(what: string, answer: SchemaName): object {
  const summary = `${what} and what their flows amount to, sorted, a window of them`;
  return get(summary, answer, queryParameters(containersRequestSchema), [400]);
}

function changeInterface(): object {
  return {
    patch: {
      summary: 'Changes settings of an interface; they hold over a restart',
      parameters: [NAME_PARAMETER],
      requestBody: { required: true, ...content('What is to be another way from now on', 'InterfaceChange') },
      responses: {
        '200': content('The interface as it is then', 'Interface'),
        ...refusals([400, 403, 404, 413, 415, 500]),
      },
    },
  };
}

function refusals(statuses: readonly number[]): object {
  return Object.fromEntries(statuses.map((status) => [status, content('Refused; it says why', 'Error')]));
}

const NAME_PARAMETER = {
  name: 'name',
  in: 'path',
  required: true,
  description: 'As it was given with -i, percent-encoded',
  schema: { type: 'string' },
};
const ID_PARAMETER = { name: 'id', in: 'path', required: true, schema: { type: 'string' } };

function get(summary: string, answer: SchemaName, parameters: object[] = [], refused: number[] = []): object {
  return {
    get: {
      summary,
      parameters,
      responses: {
        '200': content('What was asked for', answer),
        ...refusals(refused),
      },
    },
  };
}

function content(description: string, name: SchemaName): object {
  return {
    description,
    content: { 'application/json': { schema: { $ref: referenceTo(name) } } },
  };
}

function queryParameters(request: z.ZodType): object[] {
  const { properties } = z.toJSONSchema(request, { io: 'input' });
  return Object.entries(properties ?? {}).map(([name, schema]) => ({
    name,
    in: 'query',
    required: false,
    schema,
  }));
}

function componentSchemas(): { [name: string]: object } {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(NAMED)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { io: 'output', uri: referenceTo });
  return Object.fromEntries(
    Object.entries(schemas).map(([name, { $schema, $id, ...schema }]) => [name, schema]),
  );
}

function referenceTo(name: string): string {
  return `#/components/schemas/${name}`;
}
