import type { ConversationEvent } from '@packetless/model';
import { inertJson } from './inert.js';

/** NDJSON: the event itself, as packages/model declares it. */
export function jsonLine(event: ConversationEvent): string {
  return inertJson(JSON.stringify(event));
}
