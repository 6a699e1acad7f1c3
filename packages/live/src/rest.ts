/** Schemas of `/api/v1`: what the collector answers over HTTP. */
import {
  type Container,
  FAILURES,
  type Flow,
  type FlowEndpoint,
  type Json,
  type LedgerSnapshot,
  type Process,
  TCP_STATES,
  type TcpHealth,
} from '@packetless/model';
import { z } from 'zod';

const identity = {
  pid: z.number().int(),
  uid: z.number().int().nullable(),
  user: z.string().nullable(),
  gid: z.number().int().nullable(),
  group: z.string().nullable(),
  name: z.string(),
  exe: z.string().nullable(),
  cmdline: z.string().nullable(),
};

export const processSchema = z.object({
  ...identity,
  tid: z.number().int().nullable(),
  script: z.string().nullable(),
  exeDeleted: z.boolean().nullable(),
  role: z.string().nullable(),
  parent: z.object(identity).nullable(),
  evidence: z.enum(['kernel', 'io', 'snapshot', 'proc', 'none']),
}) satisfies z.ZodType<Process>;

export const containerSchema = z.object({
  id: z.string(),
  name: z.string().nullable(),
  runtime: z.string().nullable(),
  image: z.string().nullable(),
  pod: z.string().nullable(),
  podUid: z.string().nullable(),
  namespace: z.string().nullable(),
  workload: z.string().nullable(),
  isSandbox: z.boolean(),
  labels: z.record(z.string(), z.string()),
}) satisfies z.ZodType<Container>;

export const tcpHealthSchema = z.object({
  rttMs: z.number().nullable(),
  rttVarMs: z.number().nullable(),
  retransmits: z.number().nullable(),
  outOfOrder: z.number().nullable(),
  lost: z.number().nullable(),
  unacknowledged: z.number().nullable(),
  congestionWindow: z.number().nullable(),
  deliveryRate: z.number().nullable(),
}) satisfies z.ZodType<TcpHealth>;

export const flowEndpointSchema = z.object({
  address: z.string(),
  port: z.number().int().min(0).max(65535),
  local: z.boolean(),
  network: z.string().nullable(),
  service: z.string().nullable(),
  hostname: z.string().nullable(),
  process: processSchema.nullable(),
  container: containerSchema.nullable(),
}) satisfies z.ZodType<FlowEndpoint>;

const endAddressSchema = z.object({ address: z.string(), port: z.number().int().min(0).max(65535) });
const trafficSchema = z.object({ sent: z.number().nullable(), received: z.number().nullable() });

export const flowSchema = z.object({
  id: z.string(),
  communityId: z.string(),
  interface: z.string(),
  protocol: z.string(),
  ipVersion: z.union([z.literal(4), z.literal(6)]),
  client: flowEndpointSchema,
  server: flowEndpointSchema,
  translation: z.object({ client: endAddressSchema, server: endAddressSchema }).nullable(),
  state: z.enum([...TCP_STATES, 'FAILED', 'ACTIVE', 'CLOSED']).nullable(),
  interfaceName: z.string().nullable(),
  firstSeen: z.number(),
  lastSeen: z.number(),
  durationMs: z.number(),
  bytes: trafficSchema,
  packets: trafficSchema,
  tcp: z
    .object({
      connectLatencyMs: z.number().nullable(),
      client: tcpHealthSchema.nullable(),
      server: tcpHealthSchema.nullable(),
      failure: z.enum(FAILURES).nullable(),
      reason: z.string().nullable(),
      reasonSide: z.enum(['client', 'server']).nullable(),
    })
    .nullable(),
  vlan: z.number().int().nullable(),
  serverName: z.string().nullable(),
  application: z.string().nullable(),
  category: z.string().nullable(),
  witnesses: z.array(
    z.object({
      kind: z.enum(['agent', 'packets']),
      name: z.string(),
      side: z.enum(['client', 'server']).nullable(),
      events: z.number().int(),
    }),
  ),
  additional: z.record(z.string(), z.json() as z.ZodType<Json>),
}) satisfies z.ZodType<Flow>;

export const ledgerSchema = z.object({
  hop: z.string(),
  seen: z.number(),
  delivered: z.number(),
  dropped: z.record(z.string(), z.number()),
  inFlight: z.number(),
}) satisfies z.ZodType<LedgerSnapshot>;

/** Fields a list of flows can be sorted by; `-` before one sorts descending. */
export const FLOW_SORT_FIELDS = [
  'firstSeen',
  'lastSeen',
  'duration',
  'client',
  'server',
  'process',
  'user',
  'protocol',
  'state',
  'bytes',
  'sent',
  'received',
  'rtt',
  'retransmits',
  'latency',
  'rate',
  'window',
] as const;
export type FlowSortField = (typeof FLOW_SORT_FIELDS)[number];
export type FlowSort = FlowSortField | `-${FlowSortField}`;

/** Any of the fields, with or without `-` before it. */
export function sortSchema<Field extends string>(
  fields: readonly Field[],
): z.ZodType<Field | `-${Field}`, Field | `-${Field}`> {
  const sorts = [...fields, ...fields.map((field) => `-${field}` as const)];
  return z.enum(sorts) as z.ZodType<Field | `-${Field}`, Field | `-${Field}`>;
}

/** How many flows or sockets one answer holds at most. */
export const MAX_ROWS_PER_ANSWER = 1000;
const MAX_FILTER_LENGTH = 2000;

export const interfaceAndFilter = {
  /** Name of an interface; absent: all. */
  interface: z.string().max(2000).optional(),
  /** The filter language of docs/filter.md. */
  filter: z.string().max(MAX_FILTER_LENGTH).optional(),
};

const flowQueryFields = {
  ...interfaceAndFilter,
  sort: sortSchema(FLOW_SORT_FIELDS).default('-lastSeen'),
};

/** Which part of a list, as query parameters and over the WebSocket. */
export const requestWindow = {
  limit: z.coerce.number().int().min(0).max(MAX_ROWS_PER_ANSWER).default(100),
  offset: z.coerce.number().int().min(0).max(100_000_000).default(0),
};
export const queryWindow = {
  limit: z.number().int().min(0).max(MAX_ROWS_PER_ANSWER).default(100),
  offset: z.number().int().min(0).max(100_000_000).default(0),
};

/** `GET flows` as query parameters, so numbers arrive as text. */
export const flowsRequestSchema = z.strictObject({ ...flowQueryFields, ...requestWindow });

/** The same over the WebSocket, where numbers are numbers. */
export const flowQuerySchema = z.strictObject({ ...flowQueryFields, ...queryWindow });
export type FlowQuery = z.infer<typeof flowQuerySchema>;

export const flowsSchema = z.object({ total: z.number().int(), flows: z.array(flowSchema) });
export type Flows = z.infer<typeof flowsSchema>;

export const interfaceSchema = z.object({
  name: z.string(),
  kind: z.enum(['zmq', 'packets']),
  endpoints: z.array(
    z.object({
      address: z.string(),
      mode: z.enum(['bind', 'connect']),
      /** Peers connected now. */
      peers: z.number().int(),
    }),
  ),
  flows: z.object({ now: z.number().int(), ended: z.number().int(), capacity: z.number().int() }),
  /** Packet interfaces: whether it sees packets of other hosts, as from a mirror port; null for others. */
  mirrored: z.boolean().nullable(),
  /** A ZMQ interface's companions are packet interfaces that its events are delivered to; and the other way round. */
  companions: z.array(z.string()),
  events: z.record(z.string(), z.number()),
  messages: z.number(),
  bytes: z.number(),
  eventsPerSecond: z.number(),
  /** Events that came in by other interfaces and belong here, too. */
  eventsDelivered: z.number(),
  /** Of packet interfaces; null for others. */
  packets: z
    .object({
      received: z.number(),
      /** Never read, because they came faster than they could be taken. */
      dropped: z.number(),
      perSecond: z.number(),
      /** Why no packets come at the moment: the network interface is gone or down. */
      interrupted: z.string().nullable(),
      /** A capture file was read to its end. */
      finished: z.boolean(),
    })
    .nullable(),
  ledgers: z.array(ledgerSchema),
});
export type InterfaceInfo = z.infer<typeof interfaceSchema>;

/** `PATCH interfaces/:name`: what is to be another way from now on. */
export const interfaceChangeSchema = z.strictObject({
  mirrored: z.boolean().optional(),
  /** The only companion from now on; null: none. May be set for either of the two. */
  companion: z.string().min(1).max(2000).nullable().optional(),
});
export type InterfaceChange = z.infer<typeof interfaceChangeSchema>;

export const interfacesSchema = z.object({ total: z.number().int(), interfaces: z.array(interfaceSchema) });
export type Interfaces = z.infer<typeof interfacesSchema>;

/** Who told of something: an agent, by its identity and the name of its host. */
export const tellerSchema = z.object({ id: z.string(), name: z.string() });

const rateSchema = z.number().nullable();

/** A network interface of a host, as its agent counts it. Totals are since it was made. */
export const hostInterfaceSchema = z.object({
  id: z.string(),
  agent: tellerSchema,
  /** The collector's interface that the agent's events come in by. */
  interface: z.string(),
  /** When it was counted, by the agent's clock. */
  time: z.number(),
  location: z.string().nullable(),
  /** Name of the network namespace; null: the host's own. */
  namespace: z.string().nullable(),
  container: containerSchema.nullable(),
  index: z.number().int(),
  name: z.string(),
  /** IANA ifType. */
  ifType: z.number().int(),
  speedBps: z.number().nullable(),
  duplex: z.enum(['half', 'full']).nullable(),
  adminUp: z.boolean(),
  operUp: z.boolean(),
  promiscuous: z.boolean(),
  mtu: z.number().nullable(),
  bytesReceived: z.number(),
  packetsReceived: z.number(),
  errorsReceived: z.number(),
  dropsReceived: z.number().nullable(),
  bytesSent: z.number(),
  packetsSent: z.number(),
  errorsSent: z.number(),
  dropsSent: z.number().nullable(),
  /** A second, between the last two counts; null before there are two. */
  rates: z.object({
    bytesReceived: rateSchema,
    packetsReceived: rateSchema,
    bytesSent: rateSchema,
    packetsSent: rateSchema,
  }),
});
export type HostInterfaceInfo = z.infer<typeof hostInterfaceSchema>;

const MAX_NAME_LENGTH = 2000;

const ofAgent = {
  /** Identity or name of an agent; absent: all. */
  agent: z.string().max(MAX_NAME_LENGTH).optional(),
};

const countersQueryFields = {
  ...ofAgent,
  /** `own`: in the hosts' own network namespaces. `others`: in those of containers and the like. */
  scope: z.enum(['all', 'own', 'others']).default('all'),
};

/** `GET counters`, network interfaces of hosts, as query parameters. */
export const countersRequestSchema = z.strictObject({ ...countersQueryFields, ...requestWindow });

/** The same over the WebSocket. */
export const countersQuerySchema = z.strictObject({ ...countersQueryFields, ...queryWindow });
export type CountersQuery = z.infer<typeof countersQuerySchema>;
export const countersSchema = z.object({ total: z.number().int(), counters: z.array(hostInterfaceSchema) });
export type Counters = z.infer<typeof countersSchema>;

/** A socket that waits for whoever comes. */
export const listenerSchema = z.object({
  id: z.string(),
  agent: tellerSchema,
  /** The collector's interface that the agent's events come in by. */
  interface: z.string(),
  protocol: z.string(),
  ipVersion: z.union([z.literal(4), z.literal(6)]),
  /** `0.0.0.0` or `::` for all addresses. */
  address: z.string(),
  port: z.number().int().min(0).max(65535),
  process: processSchema.nullable(),
  container: containerSchema.nullable(),
  /** Name of the one network interface that it is bound to; null: all of them. */
  interfaceName: z.string().nullable(),
  location: z.string().nullable(),
  /** Whether it is in the host's own network namespace; null when not known. */
  hostNamespace: z.boolean().nullable(),
  /** When it began to listen; null where it is older than its agent. */
  since: z.number().nullable(),
  /** TCP: connections that wait to be accepted, and how many may. */
  backlog: z.number().nullable(),
  backlogLimit: z.number().nullable(),
  /** Living flows to it. */
  connections: z.number().int(),
});
export type ListenerInfo = z.infer<typeof listenerSchema>;

/** Fields a list of listening sockets can be sorted by; `-` before one sorts descending. */
export const LISTENING_SORT_FIELDS = [
  'port',
  'protocol',
  'address',
  'process',
  'user',
  'agent',
  'since',
  'connections',
  'backlog',
] as const;
export type ListeningSortField = (typeof LISTENING_SORT_FIELDS)[number];
export type ListeningSort = ListeningSortField | `-${ListeningSortField}`;

const listeningQueryFields = {
  ...ofAgent,
  ...interfaceAndFilter,
  sort: sortSchema(LISTENING_SORT_FIELDS).default('port'),
};

/** `GET listening` as query parameters, so numbers arrive as text. */
export const listeningRequestSchema = z.strictObject({ ...listeningQueryFields, ...requestWindow });

/** The same over the WebSocket, where numbers are numbers. */
export const listeningQuerySchema = z.strictObject({ ...listeningQueryFields, ...queryWindow });
export type ListeningQuery = z.infer<typeof listeningQuerySchema>;

export const listeningSchema = z.object({ total: z.number().int(), listening: z.array(listenerSchema) });
export type Listening = z.infer<typeof listeningSchema>;

export const agentSchema = z.object({
  id: z.string(),
  name: z.string(),
  interface: z.string(),
  address: z.string().nullable(),
  version: z.string().nullable(),
  system: z.string().nullable(),
  kernel: z.string().nullable(),
  source: z.string().nullable(),
  tier: z.string().nullable(),
  /** What its host does not let it see, each with the reason. */
  lost: z.array(z.object({ what: z.string(), why: z.string() })),
  firstSeen: z.number(),
  lastSeen: z.number(),
  /** Heard of recently. */
  online: z.boolean(),
  /** Agent's clock minus the collector's, as of its last status. */
  clockSkewMs: z.number().nullable(),
  cpuPercent: z.number().nullable(),
  memoryBytes: z.number().nullable(),
  events: z.number(),
  /** Messages that its numbering says were sent and that never came. */
  missed: z.number(),
  restarts: z.number().int(),
  /** Hop by hop, kernel first; empty for agents that give no account. */
  ledgers: z.array(ledgerSchema),
});
export type AgentInfo = z.infer<typeof agentSchema>;
export const agentsSchema = z.object({ total: z.number().int(), agents: z.array(agentSchema) });
export type Agents = z.infer<typeof agentsSchema>;

export const healthSchema = z.object({
  status: z.enum(['ok', 'degraded']),
  /** What is wrong, one sentence each; empty when all is well. */
  problems: z.array(z.string()),
  version: z.string(),
  startedAt: z.number(),
  uptimeMs: z.number(),
  flows: z.number().int(),
  agents: z.number().int(),
  memoryBytes: z.number(),
  ledgers: z.array(ledgerSchema),
});
export type Health = z.infer<typeof healthSchema>;

export const errorSchema = z.object({
  error: z.object({ code: z.string(), message: z.string(), path: z.string().optional() }),
});
export type ErrorAnswer = z.infer<typeof errorSchema>;
