/** A bare word of a filter: looked for in names, users, executables, addresses and ports. */
import { findsPattern, matchesPattern, type Network, type Pattern, parseNetwork } from '@packetless/model';
import { readStoredAddress, storedAddressText } from './flow-key.js';
import type { FlowStore } from './flow-store.js';
import type { Identity } from './identity.js';
import { type BindPredicate, onIdentity } from './predicate.js';
import { PORTS, type SideIndex } from './record-layout.js';

const SIDES: readonly SideIndex[] = [0, 1];

export function wordPredicate(pattern: Pattern): BindPredicate {
  const named = onIdentity((identity) => textsOf(identity).some((text) => findsPattern(pattern, text)));
  const located = addressPredicate(pattern);
  return (table) => {
    const hasName = named(table);
    const { store } = table;
    return (slot) => hasName(slot) || (located !== null && SIDES.some((side) => located(store, slot, side)));
  };
}

function textsOf({ process, container }: Identity): string[] {
  const texts: string[] = [];
  const add = (text: string | null | undefined) => {
    if (text != null) texts.push(text.toLowerCase());
  };
  for (const task of [process, process?.parent]) {
    add(task?.name);
    add(task?.exe);
    add(task?.user);
  }
  add(container?.name);
  add(container?.id);
  add(container?.pod);
  add(container?.namespace);
  return texts;
}

type EndPredicate = (store: FlowStore, slot: number, side: SideIndex) => boolean;

/** Null for words that no address or port can contain, which are most: addresses need not be written out for them. */
function addressPredicate(pattern: Pattern): EndPredicate | null {
  const text = pattern.join('*');
  const network = parseNetwork(text);
  // "fd00::" is an address, but whoever writes it as a word is likelier to mean what begins so.
  if (network !== null && !text.endsWith('::'))
    return (store, slot, side) => isInside(network, store, slot, side);
  if (/^\d{1,5}$/.test(text)) {
    return (store, slot, side) =>
      portOf(store, slot, side) === Number(text) || hasAddress(pattern, store, slot, side);
  }
  const socket = /^\[?([0-9a-f.:]+?)\]?:(\d{1,5})$/.exec(text);
  const host = socket === null ? null : parseNetwork(socket[1]!);
  if (socket !== null && host !== null) {
    return (store, slot, side) =>
      portOf(store, slot, side) === Number(socket[2]) && isInside(host, store, slot, side);
  }
  if (!/^[0-9a-f.:*]+$/.test(text)) return null;
  return (store, slot, side) => hasAddress(pattern, store, slot, side);
}

const address = new Uint8Array(16);

function isInside(network: Network, store: FlowStore, slot: number, side: SideIndex): boolean {
  readStoredAddress(store, slot, side, address);
  return network.contains(address, 0);
}

/** A fragment counts from the beginning of an address: "10.1" is not in 192.168.10.1. */
function hasAddress(pattern: Pattern, store: FlowStore, slot: number, side: SideIndex): boolean {
  const text = storedAddressText(store, slot, side);
  return pattern.length === 1 ? text.startsWith(pattern[0]!) : matchesPattern(pattern, text);
}

function portOf(store: FlowStore, slot: number, side: SideIndex): number {
  const ports = store.word(slot, PORTS);
  return side === 0 ? ports >>> 16 : ports & 0xffff;
}
