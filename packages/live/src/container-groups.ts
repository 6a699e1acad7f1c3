/** Schemas of what containers do: each container by itself, and all of a pod, a namespace or a workload together. */
import { z } from 'zod';
import { interfaceAndFilter, queryWindow, requestWindow, sortSchema, tellerSchema } from './rest.js';

export const CONTAINER_GROUP_KINDS = ['containers', 'pods', 'namespaces', 'workloads'] as const;
export type ContainerGroupKind = (typeof CONTAINER_GROUP_KINDS)[number];

const text = z.string().nullable();
const amount = z.number().nullable();
/** The median of its flows as client, and as server; null where none was measured. */
const medians = z.object({ asClient: amount, asServer: amount });

/** A container, pod, namespace or workload, with what its flows amount to: those that the collector holds now. */
export const containerGroupSchema = z.object({
  id: z.string(),
  /** Of the container, pod, namespace or workload (kind and name); null where it is not known (yet). */
  name: text,
  /** Of a container only. */
  containerId: text,
  /** A container that only holds its pod's namespaces open. */
  isSandbox: z.boolean(),
  /** What all its containers have in common. */
  pod: text,
  podUid: text,
  namespace: text,
  workload: text,
  labels: z.record(z.string(), z.string()),
  /** Of all its containers, the first few. */
  images: z.array(z.string()),
  runtimes: z.array(z.string()),
  /** Agents that tell of it. */
  hosts: z.array(tellerSchema),
  containers: z.number().int(),
  pods: z.number().int(),
  /** `total`: each once, also where both ends are in it. `living`: of these, those that have not ended. */
  flows: z.object({
    total: z.number().int(),
    living: z.number().int(),
    asClient: z.number().int(),
    asServer: z.number().int(),
  }),
  /** Flows that could not connect, or broke. */
  failed: z.number().int(),
  /** What it sent and received; `total` has what stays inside of it once. Null where nobody counted. */
  bytes: z.object({ sent: amount, received: amount, total: amount }),
  /** Segments that it sent again. */
  retransmits: amount,
  rttMs: medians,
  rttVarMs: medians,
  /** The latest of its flows. */
  lastSeen: amount,
});
export type ContainerGroup = z.infer<typeof containerGroupSchema>;

/** Fields a list of them can be sorted by; `-` before one sorts descending. */
export const CONTAINER_SORT_FIELDS = [
  'name',
  'pod',
  'namespace',
  'workload',
  'image',
  'runtime',
  'host',
  'containers',
  'flows',
  'client',
  'server',
  'bytes',
  'sent',
  'received',
  'rtt',
  'retransmits',
  'failed',
  'lastSeen',
] as const;
export type ContainerSortField = (typeof CONTAINER_SORT_FIELDS)[number];

const fields = { ...interfaceAndFilter, sort: sortSchema(CONTAINER_SORT_FIELDS).default('name') };

/** `GET containers`, `pods`, `namespaces` and `workloads` as query parameters, so numbers arrive as text. */
export const containersRequestSchema = z.strictObject({ ...fields, ...requestWindow });

/** The same over the WebSocket, where numbers are numbers. */
export const containersQuerySchema = z.strictObject({ ...fields, ...queryWindow });
export type ContainersQuery = z.infer<typeof containersQuerySchema>;

const total = z.number().int();
const groups = z.array(containerGroupSchema);
export const containersSchema = z.object({ total, containers: groups });
export const podsSchema = z.object({ total, pods: groups });
export const namespacesSchema = z.object({ total, namespaces: groups });
export const workloadsSchema = z.object({ total, workloads: groups });
export type Containers = z.infer<typeof containersSchema>;
export type Pods = z.infer<typeof podsSchema>;
export type Namespaces = z.infer<typeof namespacesSchema>;
export type Workloads = z.infer<typeof workloadsSchema>;
