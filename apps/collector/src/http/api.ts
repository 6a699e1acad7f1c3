/** The REST interface `/api/v1`; its schemas are those of @packetless/live. */
import {
  type Agents as AgentsAnswer,
  CONTAINER_GROUP_KINDS,
  type ContainerGroup,
  type ContainerGroupKind,
  type Counters,
  containersRequestSchema,
  countersRequestSchema,
  flowsRequestSchema,
  type Interfaces,
  interfaceChangeSchema,
  type Listening,
  listeningRequestSchema,
} from '@packetless/live';
import { json, type Request, type Response, Router } from 'express';
import { compileContainersQuery, runContainersQuery } from '../containers/group-query.js';
import { compileQuery, runQuery } from '../flows/query.js';
import { hostInterfaces } from '../hosts/counters-query.js';
import { compileListeningQuery, listenerInfo, runListeningQuery } from '../hosts/listening-query.js';
import { selectInterfaces } from '../interfaces/select.js';
import { findFlow, flowRow, type World } from '../live/view-source.js';
import { HttpError } from './errors.js';
import { openApiDocument } from './openapi.js';

export function createApi(world: World): Router {
  const api = Router({ caseSensitive: true });
  const answers: { [path: string]: (request: Request, response: Response) => void } = {
    '/health': (_request, response) => {
      response.json(world.health.check(Date.now()));
    },
    '/interfaces': (_request, response) => {
      const interfaces = world.interfaces.map((each) => each.info());
      response.json({ total: interfaces.length, interfaces } satisfies Interfaces);
    },
    '/agents': (_request, response) => {
      const now = Date.now();
      const agents = [...world.agents.all()].map((agent) => agent.info(now));
      response.json({ total: agents.length, agents } satisfies AgentsAnswer);
    },
    '/flows': (request, response) => {
      const query = flowsRequestSchema.parse(request.query);
      const interfaces = selectInterfaces(world.interfaces, query.interface);
      const { total, rows } = runQuery(
        interfaces.map(({ table }) => table),
        compileQuery(query),
      );
      const flows = rows.map((row) => flowRow(row, world.rowJson).json());
      response.type('json').send(`{"total":${total},"flows":[${flows.join(',')}]}`);
    },
    '/flows/:id': (request, response) => {
      const row = findFlow(world.interfaces, String(request.params.id));
      if (row === null) {
        throw new HttpError(404, 'not_found', 'There is no such flow; it may have ended or been idle.');
      }
      response.type('json').send(flowRow(row, world.rowJson).json());
    },
    '/listening': (request, response) => {
      const query = listeningRequestSchema.parse(request.query);
      const interfaces = selectInterfaces(world.interfaces, query.interface);
      const compiled = compileListeningQuery(query, world.isLocal);
      const { total, listeners } = runListeningQuery(interfaces, compiled, Date.now());
      response.json({ total, listening: listeners.map(listenerInfo) } satisfies Listening);
    },
    '/counters': (request, response) => {
      const query = countersRequestSchema.parse(request.query);
      response.json(hostInterfaces(world.interfaces, query) satisfies Counters);
    },
    '/openapi.json': (_request, response) => {
      response.json(openApiDocument());
    },
  };
  for (const kind of CONTAINER_GROUP_KINDS) {
    answers[`/${kind}`] = (request, response) => {
      const { total, groups } = containerGroups(world, kind, request);
      response.json({ total, [kind]: groups });
    };
  }
  api.use((_request, response, next) => {
    response.setHeader('Cache-Control', 'no-store');
    next();
  });
  for (const [path, answer] of Object.entries(answers)) {
    api.get(path, answer);
    api.all(path, only('GET, HEAD'));
  }
  addInterface(api, world);
  return api;
}

function only(methods: string) {
  return (_request: Request, response: Response) => {
    response.setHeader('Allow', methods);
    throw new HttpError(405, 'method_not_allowed', `Only ${methods} is understood here.`);
  };
}

/** Names of interfaces have slashes, which people do not always write as %2F. */
const ONE_INTERFACE = '/interfaces/*name';
/** What can be set fits into a few hundred bytes. */
const MAX_CHANGE = '16kb';

function addInterface(api: Router, world: World): void {
  const answerInterface = (request: Request, response: Response) => {
    const name = interfaceName(request);
    const found = world.interfaces.find((each) => each.name === name);
    if (found === undefined) throw unknownInterface(name);
    response.json(found.info());
  };
  api.get(ONE_INTERFACE, answerInterface);
  api.patch(ONE_INTERFACE, json({ limit: MAX_CHANGE }), async (request, response) => {
    const name = interfaceName(request);
    if (!world.interfaces.some((each) => each.name === name)) throw unknownInterface(name);
    if (request.is('json') === false || request.body === undefined) {
      throw new HttpError(415, 'not_json', 'Send the change as JSON, with Content-Type: application/json.');
    }
    const change = interfaceChangeSchema.parse(request.body);
    if (Object.keys(change).length === 0) {
      throw new HttpError(400, 'bad_request', 'Say what to change: mirrored, companion or both.');
    }
    await world.settings.change(name, change);
    answerInterface(request, response);
  });
  api.all(ONE_INTERFACE, only('GET, HEAD, PATCH'));
}

function interfaceName({ params }: Request): string {
  const name: unknown = params.name;
  return Array.isArray(name) ? name.join('/') : String(name);
}

function unknownInterface(name: string): HttpError {
  return new HttpError(404, 'unknown_interface', `There is no interface "${name}".`);
}

function containerGroups(
  world: World,
  kind: ContainerGroupKind,
  request: Request,
): { total: number; groups: ContainerGroup[] } {
  const query = containersRequestSchema.parse(request.query);
  const interfaces = selectInterfaces(world.interfaces, query.interface);
  const compiled = compileContainersQuery(kind, query);
  const { total, groups } = runContainersQuery(world.containers, interfaces, compiled, Date.now());
  return { total, groups: groups.map((group) => group.info()) };
}
