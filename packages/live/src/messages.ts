/**
 * Messages of the WebSocket `/api/v1/live`, JSON text, one a frame; packed for a client that asks for it (packing.ts).
 * A client subscribes to views; each gets a snapshot, then deltas; the server filters and sorts.
 */
import { z } from 'zod';
import { containerGroupSchema, containersQuerySchema } from './container-groups.js';
import {
  agentSchema,
  countersQuerySchema,
  flowQuerySchema,
  flowSchema,
  healthSchema,
  hostInterfaceSchema,
  interfaceSchema,
  listenerSchema,
  listeningQuerySchema,
} from './rest.js';

/** The client's own name for a view. */
const viewName = z.string().min(1).max(64);

export const subscriptionSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('flows'), query: flowQuerySchema }),
  z.strictObject({ kind: z.literal('flow'), id: z.string().max(64) }),
  z.strictObject({ kind: z.literal('interfaces') }),
  z.strictObject({ kind: z.literal('agents') }),
  z.strictObject({ kind: z.literal('listening'), query: listeningQuerySchema }),
  z.strictObject({ kind: z.literal('counters'), query: countersQuerySchema }),
  z.strictObject({ kind: z.literal('containers'), query: containersQuerySchema }),
  z.strictObject({ kind: z.literal('pods'), query: containersQuerySchema }),
  z.strictObject({ kind: z.literal('namespaces'), query: containersQuerySchema }),
  z.strictObject({ kind: z.literal('workloads'), query: containersQuerySchema }),
  z.strictObject({ kind: z.literal('health') }),
]);
export type Subscription = z.infer<typeof subscriptionSchema>;
/** A subscription before defaults are filled in. */
export type SubscriptionRequest = z.input<typeof subscriptionSchema>;

export const clientMessageSchema = z.discriminatedUnion('type', [
  /** Opens a view, or changes the one of that name: a new snapshot follows. */
  z.strictObject({ type: z.literal('subscribe'), view: viewName, subscription: subscriptionSchema }),
  z.strictObject({ type: z.literal('unsubscribe'), view: viewName }),
]);
export type ClientMessage = z.infer<typeof clientMessageSchema>;

/** A row of any view; each has an `id` (interfaces: their name) that order and deltas speak of. */
export const rowsSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('flows'), rows: z.array(flowSchema) }),
  z.object({ kind: z.literal('flow'), rows: z.array(flowSchema) }),
  z.object({ kind: z.literal('interfaces'), rows: z.array(interfaceSchema) }),
  z.object({ kind: z.literal('agents'), rows: z.array(agentSchema) }),
  z.object({ kind: z.literal('listening'), rows: z.array(listenerSchema) }),
  z.object({ kind: z.literal('counters'), rows: z.array(hostInterfaceSchema) }),
  z.object({ kind: z.literal('containers'), rows: z.array(containerGroupSchema) }),
  z.object({ kind: z.literal('pods'), rows: z.array(containerGroupSchema) }),
  z.object({ kind: z.literal('namespaces'), rows: z.array(containerGroupSchema) }),
  z.object({ kind: z.literal('workloads'), rows: z.array(containerGroupSchema) }),
  z.object({ kind: z.literal('health'), rows: z.array(healthSchema) }),
]);
export type Rows = z.infer<typeof rowsSchema>;

const updateFields = {
  view: viewName,
  /** Counts the updates of this view; a snapshot may jump. */
  sequence: z.number().int(),
  /** The collector's clock, epoch milliseconds. */
  time: z.number(),
  /** Rows that match, of which the view shows a window. */
  total: z.number().int(),
};

export const serverMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('hello'), version: z.string(), time: z.number(), intervalMs: z.number() }),
  /** Everything in the view, in order. `skipped`: updates left out because this client was too slow. */
  z.object({ type: z.literal('snapshot'), ...updateFields, skipped: z.number().int(), content: rowsSchema }),
  /**
   * What changed since the last update: rows new or changed, and, when it changed, the ids of all rows in order.
   * Rows whose id is not in `order` have left the view.
   */
  z.object({
    type: z.literal('delta'),
    ...updateFields,
    content: rowsSchema,
    order: z.array(z.string()).nullable(),
  }),
  z.object({
    type: z.literal('error'),
    view: viewName.nullable(),
    code: z.string(),
    message: z.string(),
    /** For an error in a filter: where it is, counted in characters from 0. */
    position: z.number().int().nullable(),
  }),
]);
export type ServerMessage = z.infer<typeof serverMessageSchema>;
export type UpdateMessage = Extract<ServerMessage, { type: 'snapshot' | 'delta' }>;
