/** An observation made ready to be compared with stored flows: everything as numbers. */
import type { Observation } from '@packetless/model';
import type { FlowKey } from './flow-key.js';
import type { SideIndex } from './record-layout.js';
import { foldCookie } from './socket-cookie.js';

/** No clock that anybody set is further ahead than another time zone: such a time would stay above all others. */
const MAX_AHEAD_MS = 24 * 3600 * 1000;
const LOOPBACK_INTERFACE = 'lo';

export class Sighting {
  observation!: Observation;
  /** When it happened, epoch milliseconds. */
  time = 0;
  /** Collector's clock, milliseconds modulo 2^32. */
  arrival = 0;
  /** Where the reporting socket is; the witness stands for a place it does not tell. */
  location = '';
  /** 0 unknown. */
  cookie = 0;
  /** The reporting socket's side as the observation names the sides; null unknown. */
  side: SideIndex | null = null;
  hasHandshake = false;
  /** Both initial sequence numbers, folded. */
  handshake = 0;
  hostInternal = false;
  /** Where the addresses have a meaning: with the socket, or where they were translated first. */
  scope = '';
  /** It was called otherwise, behind a translation. */
  behind = false;
  /** Hash of the addresses and ports that it was seen with. */
  seenAs = 0;

  /** `origin`: where it was translated first; undefined: it was not, null: not known where. */
  read(observation: Observation, key: FlowKey, now: number, origin?: string | null): void {
    this.observation = observation;
    this.time = observation.time >= 0 && observation.time <= now + MAX_AHEAD_MS ? observation.time : now;
    this.arrival = now >>> 0;
    this.location = observation.location ?? observation.witness.id;
    this.cookie = foldCookie(observation.socket);
    this.side = observation.side === null ? null : observation.side === 'client' ? 0 : 1;
    this.behind = origin !== undefined;
    this.scope = origin ?? this.location;
    // The network interface is one behind the translation.
    this.hostInternal = (!this.behind && observation.interfaceName === LOOPBACK_INTERFACE) || key.loopback;
    this.#readHandshake(observation.handshake);
  }

  #readHandshake(handshake: string | null): void {
    this.hasHandshake = handshake !== null && handshake.length === 16;
    if (!this.hasHandshake) return;
    const client = Number.parseInt(handshake!.slice(0, 8), 16);
    const server = Number.parseInt(handshake!.slice(8), 16);
    this.hasHandshake = client >= 0 && server >= 0;
    this.handshake = foldSequences(client, server);
  }
}

/** The same for either order: whoever sees the two exchanged calls server what another calls client. */
function foldSequences(one: number, other: number): number {
  return (Math.imul(one ^ other, 0x9e3779b1) ^ Math.imul((one + other) | 0, 0x85ebca6b)) >>> 0;
}
