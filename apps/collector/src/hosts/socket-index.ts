/** Finds the listening socket that a flow belongs to; asked for every flow, so each question takes a few look-ups. */
import { type EndAddress, isIPv4, parseAddressInto } from '@packetless/model';
import { readStoredAddress } from '../flows/flow-key.js';
import type { FlowStore } from '../flows/flow-store.js';
import { ADDRESS, COOKIE, IDENTITY, IPV6, KIND, LOCATION, PORTS, SERVER } from '../flows/record-layout.js';
import type { Listener, ListenerList, ListeningSockets } from './listening-sockets.js';

/** A socket, and how many flows have been found to be its. */
export interface Candidate {
  readonly listener: Listener;
  readonly pid: number;
  /** As flows have it; 0 for unknown. */
  readonly cookie: number;
  flows: number;
}

/** Sockets that only cookie and process tell apart; mostly one. */
class Alike {
  #first: Candidate | null = null;
  /** With the second. */
  #byCookie: Map<number, Candidate> | null = null;
  #byPid: Map<number, Candidate> | null = null;

  add(candidate: Candidate): void {
    if (this.#first === null) {
      this.#first = candidate;
      return;
    }
    this.#byCookie ??= new Map([[this.#first.cookie, this.#first]]);
    this.#byPid ??= new Map([[this.#first.pid, this.#first]]);
    if (!this.#byCookie.has(candidate.cookie)) this.#byCookie.set(candidate.cookie, candidate);
    if (!this.#byPid.has(candidate.pid)) this.#byPid.set(candidate.pid, candidate);
  }

  /** The one for a flow of this socket or this process, else the first. */
  find(cookie: number, pid: number): Candidate | null {
    if (this.#byCookie === null || this.#byPid === null) return this.#first;
    return (
      (cookie === 0 ? undefined : this.#byCookie.get(cookie)) ??
      (pid === 0 ? undefined : this.#byPid.get(pid)) ??
      this.#first
    );
  }
}

/** Sockets of one place with the same protocol and port. */
class Sharing {
  /** On all addresses. */
  readonly ipv4 = new Alike();
  readonly ipv6 = new Alike();
  readonly byAddress = new Map<AddressKey, Alike>();
}

/** IPv4 as a number, IPv6 as its bytes. */
type AddressKey = number | string;

/** How well a socket fits a flow, the greater the better. */
const NOT_AT_ALL = 0;
/** `::` takes IPv4 as well, unless somebody else does (net.ipv6.bindv6only, ipv6(7)). */
const BOTH_FAMILIES = 1;
const ALL_ADDRESSES = 2;
const THIS_ADDRESS = 3;
/** One of several that share address and port (SO_REUSEPORT, socket(7)) is in the process that the flow is in. */
const THIS_PROCESS = 4;
const THIS_SOCKET = 8;

/**
 * Flows and sockets whose agent does not tell locations. Such a socket on all addresses is at those that its host
 * says it has: each such host is a place of its own, with a negative number.
 */
const NO_PLACE = 0;
/** Hosts told apart that say they have the same address, as bridges of containers have everywhere. */
const MAX_SAME_ADDRESS = 8;

const address = Buffer.alloc(16);

export class SocketIndex {
  readonly candidates: Candidate[] = [];
  readonly #sharing = new Map<number, Sharing>();
  readonly #hosts = new Map<AddressKey, number[]>();
  #hostCount = 0;
  #hasUnplaced = false;
  // The flow that is looked at.
  #suffix = 0;
  #address: AddressKey = 0;
  #isIPv4 = true;
  #cookie = 0;
  #pid = 0;
  #best: Candidate | null = null;
  #bestFit = NOT_AT_ALL;

  constructor(
    private readonly flows: FlowStore,
    sockets: ListeningSockets,
  ) {
    for (const list of sockets.lists()) this.#addList(list);
  }

  /** The socket that the flow's server side came from; null when none is known. */
  find(slot: number): Candidate | null {
    const { flows } = this;
    // The server's socket has the addresses behind all translations.
    const translated = flows.translated.get(slot)?.after.server ?? null;
    const port = translated?.port ?? flows.word(slot, PORTS) & 0xffff;
    const suffix = suffixOf(flows.word(slot, KIND) & 0xff, port);
    const location = flows.word(slot, LOCATION + SERVER);
    const here = location === NO_PLACE ? undefined : this.#sharing.get(keyOf(location, suffix));
    if (here === undefined && !this.#hasUnplaced) return null;
    this.#look(slot, suffix, translated);
    if (here !== undefined) this.#consider(here);
    if (this.#hasUnplaced) this.#considerUnplaced();
    return this.#best;
  }

  #look(slot: number, suffix: number, translated: EndAddress | null): void {
    const { flows } = this;
    this.#suffix = suffix;
    this.#cookie = flows.word(slot, COOKIE + SERVER);
    this.#pid = flows.identities.get(flows.word(slot, IDENTITY + SERVER))?.process?.pid ?? 0;
    this.#best = null;
    this.#bestFit = NOT_AT_ALL;
    if (translated !== null && parseAddressInto(translated.address, address, 0)) {
      this.#address = addressKey(address);
    } else if (flows.flag(slot, IPV6)) {
      readStoredAddress(flows, slot, SERVER, address);
      this.#address = addressKey(address);
    } else {
      this.#address = flows.word(slot, ADDRESS + SERVER);
    }
    this.#isIPv4 = typeof this.#address === 'number';
  }

  #considerUnplaced(): void {
    const exact = this.#sharing.get(keyOf(NO_PLACE, this.#suffix));
    if (exact !== undefined) this.#consider(exact);
    const hosts = this.#hosts.get(this.#address);
    if (hosts === undefined) return;
    for (const host of hosts) {
      const sharing = this.#sharing.get(keyOf(host, this.#suffix));
      if (sharing !== undefined) this.#consider(sharing);
    }
  }

  #consider({ ipv4, ipv6, byAddress }: Sharing): void {
    const exact = byAddress.get(this.#address);
    if (exact !== undefined) this.#compare(exact, THIS_ADDRESS);
    if (this.#isIPv4) this.#compare(ipv4, ALL_ADDRESSES);
    this.#compare(ipv6, this.#isIPv4 ? BOTH_FAMILIES : ALL_ADDRESSES);
  }

  #compare(alike: Alike, addressFit: number): void {
    const candidate = alike.find(this.#cookie, this.#pid);
    if (candidate === null) return;
    let fit = addressFit;
    if (candidate.cookie !== 0 && candidate.cookie === this.#cookie) fit += THIS_SOCKET;
    else if (candidate.pid !== 0 && candidate.pid === this.#pid) fit += THIS_PROCESS;
    if (fit <= this.#bestFit) return;
    this.#best = candidate;
    this.#bestFit = fit;
  }

  #addList(list: ListenerList): void {
    let host = NO_PLACE;
    for (const listener of list.listeners) {
      const unspecified = isUnspecified(listener.bytes);
      let place = NO_PLACE;
      if (listener.location !== null) {
        place = this.flows.locations.find(listener.location);
        // No flow has an end there.
        if (place === NO_PLACE) continue;
      } else {
        this.#hasUnplaced = true;
        if (unspecified) place = host ||= this.#addHost(list.addresses);
      }
      this.#addListener(listener, place, unspecified);
    }
  }

  #addListener(listener: Listener, place: number, unspecified: boolean): void {
    const suffix = suffixOf(listener.protocol, listener.port);
    const sharing = getOrMake(this.#sharing, keyOf(place, suffix), () => new Sharing());
    const alike = unspecified
      ? sharing[isIPv4(listener.bytes) ? 'ipv4' : 'ipv6']
      : getOrMake(sharing.byAddress, addressKey(listener.bytes), () => new Alike());
    const candidate = { listener, pid: listener.process?.pid ?? 0, cookie: listener.cookie, flows: 0 };
    alike.add(candidate);
    this.candidates.push(candidate);
  }

  /** The place that stands for the host with these addresses. */
  #addHost(addresses: Iterable<string>): number {
    const place = -++this.#hostCount;
    for (const text of addresses) {
      if (!parseAddressInto(text, address, 0)) continue;
      const hosts = getOrMake(this.#hosts, addressKey(address), () => []);
      if (hosts.length < MAX_SAME_ADDRESS) hosts.push(place);
    }
    return place;
  }
}

function getOrMake<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

/** Protocol and port in 24 bits. */
function suffixOf(protocol: number, port: number): number {
  return (protocol << 16) | port;
}

function keyOf(place: number, suffix: number): number {
  return place * 0x100_0000 + suffix;
}

function isUnspecified(bytes: Uint8Array): boolean {
  for (let index = isIPv4(bytes) ? 12 : 0; index < 16; index++) if (bytes[index] !== 0) return false;
  return true;
}

function addressKey(bytes: Uint8Array): AddressKey {
  if (!isIPv4(bytes)) return Buffer.from(bytes.buffer, bytes.byteOffset, 16).toString('latin1');
  return ((bytes[12]! << 24) | (bytes[13]! << 16) | (bytes[14]! << 8) | bytes[15]!) >>> 0;
}
