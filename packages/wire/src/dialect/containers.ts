/** Topic `container`: what an agent of ours has learnt of containers (docs/wire.md §13). */
import type { Container, ContainersEvent } from '@packetless/model';
import type { RejectReason } from '../reject.js';
import { readContainer } from './container.js';
import { MAX_EVENTS_PER_MESSAGE, MAX_IDENTITY } from './limits.js';
import { isObject, type JsonObject, readText, readTimestamp } from './value.js';

export const OWN_CONTAINERS_KEY = 'containers';

export type ContainersResult =
  | { readonly event: ContainersEvent; readonly refused: number }
  | { readonly reject: RejectReason; readonly count: number };

/** `receivedAt`: epoch milliseconds, for a message without a time. */
export function decodeContainers(record: JsonObject, receivedAt: number): ContainersResult {
  const values = record[OWN_CONTAINERS_KEY];
  if (!Array.isArray(values)) return { reject: 'missing field', count: 1 };
  if (values.length > MAX_EVENTS_PER_MESSAGE) return { reject: 'too many events', count: values.length };
  const containers: Container[] = [];
  for (const value of values) {
    const container = isObject(value) ? readContainer(value) : null;
    // What they are told apart by.
    if (container !== null && container.id !== '') containers.push(container);
  }
  return {
    event: {
      type: 'containers',
      time: readTimestamp(record.time) ?? receivedAt,
      agent: readText(record.agent, MAX_IDENTITY),
      containers,
    },
    refused: values.length - containers.length,
  };
}
