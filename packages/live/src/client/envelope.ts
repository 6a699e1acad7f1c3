/**
 * Reading server messages at the cost a page can afford: the envelope is checked in full, of the rows only that each
 * is an object with its id. What a row holds was checked by the collector that wrote it, and is shown as text only.
 */
import { z } from 'zod';
import type { ServerMessage, Subscription } from '../messages.js';
import { rowIds } from './row-id.js';

/** Every kind of view: the compiler tells which one is missing. */
const KINDS: { readonly [Kind in Subscription['kind']]: Kind } = {
  flows: 'flows',
  flow: 'flow',
  interfaces: 'interfaces',
  agents: 'agents',
  listening: 'listening',
  counters: 'counters',
  containers: 'containers',
  pods: 'pods',
  namespaces: 'namespaces',
  workloads: 'workloads',
  health: 'health',
};

const rows = z.array(z.unknown());
const content = z.object({ kind: z.enum(KINDS), rows });
const update = {
  view: z.string(),
  sequence: z.number(),
  time: z.number(),
  total: z.number(),
  content,
};

const envelopeSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('hello'), version: z.string(), time: z.number(), intervalMs: z.number() }),
  z.object({ type: z.literal('snapshot'), ...update, skipped: z.number() }),
  z.object({ type: z.literal('delta'), ...update, order: z.array(z.string()).nullable() }),
  z.object({
    type: z.literal('error'),
    view: z.string().nullable(),
    code: z.string(),
    message: z.string(),
    position: z.number().nullable(),
  }),
]);

/** Null for anything that is not a server message. */
export function readServerMessage(text: unknown): ServerMessage | null {
  if (typeof text !== 'string') return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const parsed = envelopeSchema.safeParse(value);
  if (!parsed.success) return null;
  const message = parsed.data;
  if ('content' in message && rowIds(message.content.kind, message.content.rows) === null) return null;
  return message as ServerMessage;
}
