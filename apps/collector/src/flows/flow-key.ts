/** A conversation's two ends and protocol, as numbers to hash and compare. */
import {
  type EndAddress,
  formatAddress,
  isLoopback,
  type Observation,
  PACKET_SOCKET,
  parseAddressInto,
} from '@packetless/model';
import type { FlowStore } from './flow-store.js';
import { ADDRESS, IPV6, KIND, PORTS, type SideIndex } from './record-layout.js';
import { foldCookie } from './socket-cookie.js';

const MAX_PORT = 65535;

export class FlowKey {
  /** Both addresses, client's 16 bytes first. */
  readonly bytes = new Uint8Array(32);
  readonly #view = new DataView(this.bytes.buffer);
  /** The same as eight big-endian words. */
  readonly words = new Uint32Array(8);
  clientPort = 0;
  serverPort = 0;
  protocol = 0;
  ipv6 = false;
  hash = 0;

  /** @param seed makes places unpredictable, so that nobody can aim all flows at one */
  constructor(readonly seed: number) {}

  /** Takes the observation's ends; false when an address, a port or the protocol is none. */
  read(observation: Observation): boolean {
    const { client, server, protocol } = observation;
    if (!this.readEnds(client, server, protocol)) return false;
    if (protocol === PACKET_SOCKET) {
      this.#readPlace(observation);
      this.#finish();
    }
    return true;
  }

  /** Takes ends of a protocol whose conversations are told apart by them; false when one is none. */
  readEnds(client: EndAddress, server: EndAddress, protocol: number): boolean {
    if (
      !parseAddressInto(client.address, this.bytes, 0) ||
      !parseAddressInto(server.address, this.bytes, 16)
    ) {
      return false;
    }
    if (!isWhole(client.port, MAX_PORT) || !isWhole(server.port, MAX_PORT) || !isWhole(protocol, 255))
      return false;
    for (let index = 0; index < 8; index++) this.words[index] = this.#view.getUint32(index * 4);
    this.clientPort = client.port;
    this.serverPort = server.port;
    this.protocol = protocol;
    this.#finish();
    return true;
  }

  #finish(): void {
    this.ipv6 = !(isMapped(this.words, 0) && isMapped(this.words, 4));
    this.hash = this.#hash();
  }

  /**
   * What a process does below IP has no addresses, so that all such conversations of all hosts would be alike: which
   * socket it is, and where, stands for them. They are shown as the addresses 0.0.0.0 that they came with.
   */
  #readPlace({ socket, location, witness }: Observation): void {
    this.words.fill(0);
    this.words[2] = MAPPED_PREFIX;
    this.words[3] = foldCookie(socket);
    this.words[6] = MAPPED_PREFIX;
    this.words[7] = hashText(location ?? witness.id, this.seed);
  }

  /** Takes the ends of a flow in the table. */
  readStored(store: FlowStore, slot: number): void {
    this.ipv6 = store.flag(slot, IPV6);
    for (let index = 0; index < 8; index++) this.words[index] = storedWord(store, slot, this.ipv6, index);
    const ports = store.word(slot, PORTS);
    this.clientPort = ports >>> 16;
    this.serverPort = ports & 0xffff;
    this.protocol = store.word(slot, KIND) & 0xff;
    this.hash = this.#hash();
  }

  /** Both ends are loopback addresses. */
  get loopback(): boolean {
    return isLoopback(this.bytes, 0) && isLoopback(this.bytes, 16);
  }

  /** Whether the stored flow has the same ends: 1 the same way round, -1 the other way round, 0 not. */
  compare(store: FlowStore, slot: number): -1 | 0 | 1 {
    if ((store.word(slot, KIND) & 0xff) !== this.protocol || store.flag(slot, IPV6) !== this.ipv6) return 0;
    const ports = store.word(slot, PORTS);
    if (ports === ((this.clientPort << 16) | this.serverPort) >>> 0 && this.#sameAddresses(store, slot, 0))
      return 1;
    if (ports === ((this.serverPort << 16) | this.clientPort) >>> 0 && this.#sameAddresses(store, slot, 4))
      return -1;
    return 0;
  }

  #sameAddresses(store: FlowStore, slot: number, rotation: 0 | 4): boolean {
    const { words } = this;
    if (!this.ipv6) {
      return (
        store.word(slot, ADDRESS) === words[3 + rotation] &&
        store.word(slot, ADDRESS + 1) === words[7 - rotation]
      );
    }
    const pair = store.word(slot, ADDRESS);
    for (let index = 0; index < 8; index++) {
      if (store.pairs.word(pair, index) !== words[index ^ rotation]) return false;
    }
    return true;
  }

  /** The same for both directions. */
  #hash(): number {
    const client = mix(this.#hashAddress(0), this.clientPort);
    const server = mix(this.#hashAddress(4), this.serverPort);
    // Sum and difference must not meet unmixed: in (a + b) ^ (a ^ b) only the carries are left.
    return finish(mix(mix((client + server) | 0, this.protocol), client ^ server));
  }

  /** The first three words of all IPv4 addresses are the same. */
  #hashAddress(at: number): number {
    const { words } = this;
    let hash = this.seed;
    if (this.ipv6) hash = mix(mix(mix(hash, words[at]!), words[at + 1]!), words[at + 2]!);
    return mix(hash, words[at + 3]!);
  }
}

function hashText(text: string, seed: number): number {
  let hash = seed;
  for (let index = 0; index < text.length; index++) hash = mix(hash, text.charCodeAt(index));
  return finish(hash);
}

function isWhole(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= max;
}

function mix(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}

function finish(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

const MAPPED_PREFIX = 0xffff;

function isMapped(words: Uint32Array, at: number): boolean {
  return words[at + 2] === MAPPED_PREFIX && words[at] === 0 && words[at + 1] === 0;
}

/** One of the eight words of both addresses of a stored flow. */
function storedWord(store: FlowStore, slot: number, ipv6: boolean, index: number): number {
  if (ipv6) return store.pairs.word(store.word(slot, ADDRESS), index);
  const place = index & 3;
  if (place === 3) return store.word(slot, ADDRESS + (index >> 2));
  return place === 2 ? MAPPED_PREFIX : 0;
}

/** Writes the 16 bytes of a side's address of a stored flow. */
export function readStoredAddress(store: FlowStore, slot: number, side: SideIndex, into: Uint8Array): void {
  if ((store.word(slot, KIND) & 0xff) === PACKET_SOCKET) {
    into.set(NO_ADDRESS);
    return;
  }
  const ipv6 = store.flag(slot, IPV6);
  for (let place = 0; place < 4; place++) {
    const word = storedWord(store, slot, ipv6, side * 4 + place);
    into[place * 4] = word >>> 24;
    into[place * 4 + 1] = (word >>> 16) & 0xff;
    into[place * 4 + 2] = (word >>> 8) & 0xff;
    into[place * 4 + 3] = word & 0xff;
  }
}

/** 0.0.0.0, mapped to IPv6. */
const NO_ADDRESS = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0);
const scratch = new Uint8Array(16);

export function storedAddressText(store: FlowStore, slot: number, side: SideIndex): string {
  readStoredAddress(store, slot, side, scratch);
  return formatAddress(scratch);
}
