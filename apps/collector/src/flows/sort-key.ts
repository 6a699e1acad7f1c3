/** What flows are sorted by: a number or text for each flow, null where it is not known. */
import type { FlowSortField } from '@packetless/live';
import { PACKET_SOCKET, protocolName } from '@packetless/model';
import { bytesReceived, bytesSent, bytesTotal } from './counters.js';
import { readStoredAddress } from './flow-key.js';
import type { FlowStore } from './flow-store.js';
import { allRetransmits, greatestDeliveryRate, greatestWindow, longestRoundTrip } from './health.js';
import { storedState } from './merge.js';
import {
  ADDRESS,
  CLIENT,
  FIRST_SEEN,
  IDENTITY,
  IPV6,
  KIND,
  LAST_SEEN,
  LATENCY,
  PORTS,
  SERVER,
  type SideIndex,
  STATES,
} from './record-layout.js';

export type SortKey = number | string | null;

export function sortKeyOf(field: FlowSortField): (store: FlowStore, slot: number) => SortKey {
  switch (field) {
    case 'firstSeen':
      return (store, slot) => store.number(slot, FIRST_SEEN);
    case 'lastSeen':
      return (store, slot) => store.number(slot, LAST_SEEN);
    case 'duration':
      return (store, slot) => store.number(slot, LAST_SEEN) - store.number(slot, FIRST_SEEN);
    case 'client':
      return (store, slot) => addressKey(store, slot, CLIENT);
    case 'server':
      return (store, slot) => addressKey(store, slot, SERVER);
    case 'process':
      return (store, slot) => processText(store, slot, 'name');
    case 'user':
      return (store, slot) => processText(store, slot, 'user');
    case 'protocol':
      return (store, slot) => protocolName(store.word(slot, KIND) & 0xff);
    case 'state':
      return (store, slot) => STATES[storedState(store, slot)]!;
    case 'bytes':
      return numeric(bytesTotal);
    case 'sent':
      return numeric(bytesSent);
    case 'received':
      return numeric(bytesReceived);
    case 'rtt':
      return numeric(longestRoundTrip);
    case 'retransmits':
      return numeric(allRetransmits);
    case 'rate':
      return numeric(greatestDeliveryRate);
    case 'window':
      return numeric(greatestWindow);
    case 'latency':
      return numeric((store, slot) => store.real(slot, LATENCY));
  }
}

function numeric(
  read: (store: FlowStore, slot: number) => number,
): (store: FlowStore, slot: number) => SortKey {
  return (store, slot) => {
    const value = read(store, slot);
    return Number.isNaN(value) ? null : value;
  };
}

/** The client's, since it is who acts; the server's where only that is known. */
function processText(store: FlowStore, slot: number, member: 'name' | 'user'): SortKey {
  for (const side of [CLIENT, SERVER]) {
    const text = store.identities.get(store.word(slot, IDENTITY + side))?.process?.[member];
    if (text != null) return text;
  }
  return null;
}

const address = new Uint8Array(16);

/** IPv4 before IPv6, by address, then port. */
function addressKey(store: FlowStore, slot: number, side: SideIndex): SortKey {
  const ports = store.word(slot, PORTS);
  const port = side === CLIENT ? ports >>> 16 : ports & 0xffff;
  if ((store.word(slot, KIND) & 0xff) === PACKET_SOCKET) return 0;
  if (!store.flag(slot, IPV6)) return store.word(slot, ADDRESS + side) * 65536 + port;
  readStoredAddress(store, slot, side, address);
  let text = '';
  for (const byte of address) text += String.fromCharCode(byte);
  return text + String.fromCharCode(port);
}

/** Numbers before text; what is not known comes last, in either direction. */
export function compareKeys(a: SortKey, b: SortKey, direction: 1 | -1): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (typeof a === 'number' && typeof b === 'number') return (a - b) * direction;
  if (typeof a === typeof b) return a < b ? -direction : a > b ? direction : 0;
  return typeof a === 'number' ? -direction : direction;
}
