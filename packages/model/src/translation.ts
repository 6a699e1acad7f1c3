/** Translation of addresses (NAT): what a host makes of a conversation that passes it. */
import type { EpochMilliseconds, Port, ProtocolNumber } from './units.js';

export interface EndAddress {
  /** As in `EventEndpoint.address`. */
  readonly address: string;
  readonly port: Port;
}

export interface ConversationEnds {
  readonly client: EndAddress;
  readonly server: EndAddress;
}

/** Of a protocol with ports. Both ends are of one address family, before and after. */
export interface Translation {
  readonly protocol: ProtocolNumber;
  /** As it comes in: what the client's socket calls it, unless that was translated before. */
  readonly before: ConversationEnds;
  /** As it goes on: what the server's socket calls it, unless that is translated again. */
  readonly after: ConversationEnds;
  /** When it was made; null: before anybody looked. */
  readonly began: EpochMilliseconds | null;
  /** When it was given up; null: it is in force. */
  readonly ended: EpochMilliseconds | null;
}

export function sameEnds(a: ConversationEnds, b: ConversationEnds): boolean {
  return sameEnd(a.client, b.client) && sameEnd(a.server, b.server);
}

function sameEnd(a: EndAddress, b: EndAddress): boolean {
  return a.port === b.port && a.address === b.address;
}
