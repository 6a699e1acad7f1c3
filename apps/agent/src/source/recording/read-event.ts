import type { Event } from '@packetless/model';
import { eventSchema } from './schema.js';

/** More than the longest line that an agent writes (sinks/json.ts). */
export const MAX_LINE_BYTES = 1024 * 1024;

export type LineFault = 'line too long' | 'not JSON' | 'not an event';

/** Why a line is no event; `detail` names the member. */
export interface Faulty {
  readonly fault: LineFault;
  readonly detail: string;
}

/** Reads one line; null is one that was too long to be kept. Never throws. */
export function readEvent(line: string | null): Event | Faulty {
  if (line === null) return { fault: 'line too long', detail: `more than ${MAX_LINE_BYTES} bytes` };
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { fault: 'not JSON', detail: 'cut off, or no line of a recording' };
  }
  const { data, error } = eventSchema.safeParse(value);
  if (data !== undefined) return data;
  const [issue] = error.issues;
  const where = issue?.path.join('.') ?? '';
  return { fault: 'not an event', detail: `${where === '' ? '' : `${where}: `}${issue?.message ?? ''}` };
}
