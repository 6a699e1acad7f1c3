/** A bare word of a filter, asked of stored flows. */
import { type FilterEnd, findsPattern, type Pattern, wordTest } from '@packetless/model';
import { applicationOf } from './application.js';
import { readStoredAddress, storedAddressText } from './flow-key.js';
import type { FlowStore } from './flow-store.js';
import type { FlowTable } from './flow-table.js';
import { type BindPredicate, type FlowPredicate, onIdentity } from './predicate.js';
import { PORTS, type SideIndex } from './record-layout.js';
import { serverNameOf } from './server-name.js';
import { EndsBehind } from './translated-flows.js';

const SIDES: readonly SideIndex[] = [0, 1];

export function wordPredicate(pattern: Pattern): BindPredicate {
  const { identity, end } = wordTest(pattern);
  const named = onIdentity(identity);
  return (table) => {
    const hasName = named(table);
    const stored = new StoredEnd(table.store);
    const translated = new EndsBehind(table.store);
    const isCalled = calledBy(table, pattern);
    return (slot) =>
      hasName(slot) ||
      (end !== null &&
        (SIDES.some((side) => end(stored.at(slot, side))) || translated.some(slot, SIDES, end))) ||
      isCalled(slot);
  };
}

/** What its packets tell: the names of both hosts, whom the client asked for, and what talks. */
function calledBy({ store, hostnames }: FlowTable, pattern: Pattern): FlowPredicate {
  const finds = (name: string | null) => name !== null && findsPattern(pattern, name.toLowerCase());
  const hasHostname = (slot: number) =>
    SIDES.some((side) => finds(hostnames.hostnameAt(storedAddressText(store, slot, side))));
  return (slot) =>
    finds(serverNameOf(store, slot)) ||
    finds(applicationOf(store, slot)) ||
    (hostnames.revision > 0 && hasHostname(slot));
}

/** One end of a stored flow; the same object for one after another. */
class StoredEnd implements FilterEnd {
  readonly bytes = new Uint8Array(16);
  readonly offset = 0;
  port = 0;
  #slot = 0;
  #side: SideIndex = 0;

  constructor(private readonly store: FlowStore) {}

  at(slot: number, side: SideIndex): this {
    const ports = this.store.word(slot, PORTS);
    this.port = side === 0 ? ports >>> 16 : ports & 0xffff;
    this.#slot = slot;
    this.#side = side;
    readStoredAddress(this.store, slot, side, this.bytes);
    return this;
  }

  text(): string {
    return storedAddressText(this.store, this.#slot, this.#side);
  }
}
