/** What talks in a flow, as nDPI recognised it in its packets. */
import type { FlowStore } from './flow-store.js';

/** Additional fields that hold the application and of what kind it is. */
export const APPLICATION_FIELD = 'APPLICATION';
export const CATEGORY_FIELD = 'CATEGORY';

/** Null: nobody told. */
export function applicationOf(store: FlowStore, slot: number): string | null {
  return textOf(store, slot, APPLICATION_FIELD);
}

export function categoryOf(store: FlowStore, slot: number): string | null {
  return textOf(store, slot, CATEGORY_FIELD);
}

function textOf(store: FlowStore, slot: number, field: string): string | null {
  const value = store.additional.get(slot)[field];
  return typeof value === 'string' ? value : null;
}
