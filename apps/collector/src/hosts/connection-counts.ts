/** How many living flows each listening socket has: whose server side is at its place, protocol, port and address. */
import { formatAddress, isIPv4 } from '@packetless/model';
import { readStoredAddress } from '../flows/flow-key.js';
import type { FlowStore } from '../flows/flow-store.js';
import {
  COOKIE,
  ENDED,
  FLAGS,
  IDENTITY,
  IPV6,
  KIND,
  LIVE,
  LOCATION,
  PORTS,
  SERVER,
} from '../flows/record-layout.js';
import type { Listener, ListeningSockets } from './listening-sockets.js';

/** Counting looks at every flow, so it is done once in so long, whoever asks. */
const FRESH_MS = 1000;

/** How well a socket fits a flow, the greater the better. */
const NOT_AT_ALL = 0;
/** `::` takes IPv4 as well, unless somebody else does (net.ipv6.bindv6only, ipv6(7)). */
const BOTH_FAMILIES = 1;
const ALL_ADDRESSES = 2;
const THIS_ADDRESS = 3;
/** One of several that share address and port (SO_REUSEPORT, socket(7)) is in the process that the flow is in. */
const THIS_PROCESS = 4;
const THIS_SOCKET = 8;

export class ConnectionCounts {
  #counts: ReadonlyMap<Listener, number> = new Map();
  #countedAt = Number.NEGATIVE_INFINITY;
  #revision = -1;

  constructor(
    private readonly flows: FlowStore,
    private readonly sockets: ListeningSockets,
  ) {}

  /** Sockets without a flow are not in it. */
  read(now: number): ReadonlyMap<Listener, number> {
    const fresh = now >= this.#countedAt && now - this.#countedAt < FRESH_MS;
    if (!fresh || this.#revision !== this.sockets.revision) {
      this.#counts = count(this.flows, this.sockets);
      this.#countedAt = now;
      this.#revision = this.sockets.revision;
    }
    return this.#counts;
  }
}

interface Candidate {
  readonly listener: Listener;
  readonly ipv4: boolean;
  readonly unspecified: boolean;
}

/** By protocol and port, then by interned location; `NO_PLACE` for lists that do not say where they are. */
type Candidates = Map<number, Map<number, Candidate[]>>;
const NO_PLACE = 0;
/** Sockets of one place with the same protocol and port that are told apart; the others have no flows. */
const MAX_ALIKE = 256;

const address = new Uint8Array(16);

function count(flows: FlowStore, sockets: ListeningSockets): Map<Listener, number> {
  const counts = new Map<Listener, number>();
  const candidates = candidatesOf(flows, sockets);
  if (candidates.size === 0) return counts;
  for (let slot = 0; slot < flows.end; slot++) {
    if ((flows.word(slot, FLAGS) & (LIVE | ENDED)) !== LIVE) continue;
    const places = candidates.get(portKey(flows.word(slot, KIND) & 0xff, flows.word(slot, PORTS) & 0xffff));
    if (places === undefined) continue;
    const listener = bestOf(flows, slot, places);
    if (listener !== null) counts.set(listener, (counts.get(listener) ?? 0) + 1);
  }
  return counts;
}

function candidatesOf(flows: FlowStore, sockets: ListeningSockets): Candidates {
  const candidates: Candidates = new Map();
  for (const { listeners } of sockets.lists()) {
    for (const listener of listeners) {
      const place = listener.location === null ? NO_PLACE : flows.locations.find(listener.location);
      // No flow has an end there.
      if (place === 0 && listener.location !== null) continue;
      const ipv4 = isIPv4(listener.bytes);
      const host = ipv4 ? listener.bytes.subarray(12) : listener.bytes;
      const candidate = { listener, ipv4, unspecified: host.every((byte) => byte === 0) };
      const places = getOrMake(candidates, portKey(listener.protocol, listener.port), () => new Map());
      const alike = getOrMake(places, place, () => []);
      if (alike.length < MAX_ALIKE) alike.push(candidate);
    }
  }
  return candidates;
}

function getOrMake<Value>(map: Map<number, Value>, key: number, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

function portKey(protocol: number, port: number): number {
  return protocol * 65_536 + port;
}

function bestOf(flows: FlowStore, slot: number, places: ReadonlyMap<number, Candidate[]>): Listener | null {
  const location = flows.word(slot, LOCATION + SERVER);
  readStoredAddress(flows, slot, SERVER, address);
  let best: Listener | null = null;
  let bestFit = NOT_AT_ALL;
  for (const place of location === NO_PLACE ? [NO_PLACE] : [location, NO_PLACE]) {
    for (const candidate of places.get(place) ?? []) {
      const fit = fitOf(flows, slot, candidate);
      if (fit <= bestFit) continue;
      best = candidate.listener;
      bestFit = fit;
    }
  }
  return best;
}

/** For the flow whose server address is in `address`. */
function fitOf(flows: FlowStore, slot: number, candidate: Candidate): number {
  const { listener } = candidate;
  const fit = addressFit(flows, slot, candidate);
  if (fit === NOT_AT_ALL) return NOT_AT_ALL;
  if (listener.cookie !== 0 && listener.cookie === flows.word(slot, COOKIE + SERVER))
    return fit + THIS_SOCKET;
  const process = flows.identities.get(flows.word(slot, IDENTITY + SERVER))?.process;
  const same = process != null && listener.process !== null && process.pid === listener.process.pid;
  return same ? fit + THIS_PROCESS : fit;
}

function addressFit(flows: FlowStore, slot: number, { listener, ipv4, unspecified }: Candidate): number {
  if (!unspecified)
    return listener.bytes.every((byte, at) => byte === address[at]) ? THIS_ADDRESS : NOT_AT_ALL;
  const flowIsIPv4 = !flows.flag(slot, IPV6);
  if (ipv4 && !flowIsIPv4) return NOT_AT_ALL;
  // Without a place, all addresses are those that its host says it has.
  if (listener.location === null && !listener.list.addresses.has(formatAddress(address))) return NOT_AT_ALL;
  return ipv4 === flowIsIPv4 ? ALL_ADDRESSES : BOTH_FAMILIES;
}
