/** Whom a client asked for, as its packets say: the name in TLS or QUIC, else the host of its request. */
import type { FlowStore } from './flow-store.js';

/** Additional fields that may hold it, the best first. */
export const SERVER_NAME_FIELDS = ['TLS_SERVER', 'QUIC_SERVER', 'HTTP_HOST'] as const;

/** Null: nobody told. */
export function serverNameOf(store: FlowStore, slot: number): string | null {
  const fields = store.additional.get(slot);
  for (const field of SERVER_NAME_FIELDS) {
    const name = fields[field];
    if (typeof name === 'string') return name;
  }
  return null;
}
