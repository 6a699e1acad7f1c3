/** A translation of addresses that an agent told of, and where it applies. */
import {
  type ConversationEnds,
  type EndAddress,
  type EpochMilliseconds,
  isLoopbackText,
  type Observation,
  type ProtocolNumber,
  TCP,
} from '@packetless/model';
import { hostOf } from '../location.js';

export interface KnownTranslation {
  readonly protocol: ProtocolNumber;
  readonly before: ConversationEnds;
  readonly after: ConversationEnds;
  /** The network namespace that translates; null: not known. */
  readonly location: string | null;
  /** What keeps it apart from the same elsewhere: the namespace, or who told of it where that is not known. */
  readonly place: string;
  /** By the teller's clock; null: before it looked. */
  began: EpochMilliseconds | null;
  ended: EpochMilliseconds | null;
  /** By the teller's clock. */
  told: EpochMilliseconds;
}

/** How surely a translation is meant where something has the addresses that it makes. */
export const NOT_MEANT = 0;
/** Nobody at that place tells of another one. */
export const ELSEWHERE = 1;
export const SAME_HOST = 2;
export const SAME_PLACE = 3;

/** Hosts' clocks differ a little. */
export const CLOCKS_DIFFER_MS = 2000;

/**
 * @param location where the addresses were seen, null when not known
 * @param confined whether they have a meaning there only
 */
export function nearness(
  { location: place }: KnownTranslation,
  location: string | null,
  confined: boolean,
): number {
  if (place !== null && place === location) return SAME_PLACE;
  if (confined) return NOT_MEANT;
  return place !== null && location !== null && hostOf(place) === hostOf(location) ? SAME_HOST : ELSEWHERE;
}

/**
 * Datagrams are seen by a socket's own namespace on both sides of what that translates: what leaves is seen behind it,
 * what comes back before it. So a client's socket has both addresses, and the first datagram of either seems to have
 * begun it.
 */
export function isOwnDatagrams(protocol: ProtocolNumber, near: number): boolean {
  return protocol !== TCP && near === SAME_PLACE;
}

/** Whether addresses of the observation exist in its own network namespace only. */
export function isConfined({ client, server, interfaceName }: Observation): boolean {
  return interfaceName === 'lo' || isLoopbackText(client.address) || isLoopbackText(server.address);
}

export function areConfined({ client, server }: ConversationEnds): boolean {
  return isLoopbackText(client.address) || isLoopbackText(server.address);
}

/** 1 the same way round, -1 the other way round, 0 others. */
export function compareEnds(a: ConversationEnds, client: EndAddress, server: EndAddress): -1 | 0 | 1 {
  if (isSameEnd(a.client, client) && isSameEnd(a.server, server)) return 1;
  return isSameEnd(a.client, server) && isSameEnd(a.server, client) ? -1 : 0;
}

function isSameEnd(a: EndAddress, b: EndAddress): boolean {
  return a.port === b.port && a.address === b.address;
}

/**
 * Whether it was in force when a conversation began. What only goes on may be told late; then `began` is null.
 * @param near the same host's clock was read
 */
export function wasInForce(
  { ended }: KnownTranslation,
  began: EpochMilliseconds | null,
  near: boolean,
): boolean {
  return ended === null || began === null || began <= ended + (near ? 0 : CLOCKS_DIFFER_MS);
}
