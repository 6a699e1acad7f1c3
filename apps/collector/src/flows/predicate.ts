/** What compiled filters are made of. */
import type { FilterIdentity } from '@packetless/model';
import type { FlowTable } from './flow-table.js';
import { readIdentity } from './identity.js';
import { IDENTITY } from './record-layout.js';

/** Whether the flow at a place is wanted. */
export type FlowPredicate = (slot: number) => boolean;
/** Makes the predicate for one table, for one run: flows and names must not change while it is used. */
export type BindPredicate = (table: FlowTable) => FlowPredicate;

/** Holds when it holds for either side. */
export function onIdentity(holds: (identity: FilterIdentity) => boolean): BindPredicate {
  return ({ store }) => {
    const known = remember((reference) => {
      const identity = store.identities.get(reference);
      return identity !== null && holds(readIdentity(identity));
    });
    return (slot) => known(store.word(slot, IDENTITY)) || known(store.word(slot, IDENTITY + 1));
  };
}

/** Asks once for each small number. */
export function remember(ask: (reference: number) => boolean): (reference: number) => boolean {
  const answers: (boolean | undefined)[] = [];
  return (reference) => {
    const known = answers[reference];
    if (known !== undefined) return known;
    const answer = ask(reference);
    answers[reference] = answer;
    return answer;
  };
}
