/** The description of `/api/v1` that machines read, made of the same schemas that the answers are typed by. */
import {
  agentsSchema,
  errorSchema,
  flowSchema,
  flowsRequestSchema,
  flowsSchema,
  healthSchema,
  interfacesSchema,
} from '@packetless/live';
import { z } from 'zod';
import { VERSION } from '../version.js';

type JsonObject = { [key: string]: unknown };

const ANSWERS = {
  Health: healthSchema,
  Interfaces: interfacesSchema,
  Flows: flowsSchema,
  Flow: flowSchema,
  Agents: agentsSchema,
  Error: errorSchema,
} as const;
type AnswerName = keyof typeof ANSWERS;

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
      '/agents': get('Agents and their ledgers', 'Agents'),
      '/flows': get('Flows that match, sorted, a window of them', 'Flows', queryParameters(), [400]),
      '/flows/{id}': get('One flow', 'Flow', [ID_PARAMETER], [404]),
    },
    components: {
      schemas: Object.fromEntries(
        Object.entries(ANSWERS).map(([name, schema]) => [name, jsonSchema(schema, 'output')]),
      ),
    },
  };
  return document;
}

const ID_PARAMETER = { name: 'id', in: 'path', required: true, schema: { type: 'string' } };

function get(
  summary: string,
  answer: AnswerName,
  parameters: object[] = [],
  refusals: number[] = [],
): object {
  return {
    get: {
      summary,
      parameters,
      responses: {
        '200': content('What was asked for', answer),
        ...Object.fromEntries(refusals.map((status) => [status, content('Refused; it says why', 'Error')])),
      },
    },
  };
}

function content(description: string, name: AnswerName): object {
  return {
    description,
    content: { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } },
  };
}

function queryParameters(): object[] {
  const { properties } = jsonSchema(flowsRequestSchema, 'input') as {
    properties: { [name: string]: object };
  };
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', required: false, schema }));
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonObject {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io, reused: 'inline' });
  return rest;
}
