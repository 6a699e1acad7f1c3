/** Which packet interfaces an event is delivered to, besides the interface that it came in by (docs/architecture.md). */

import { hostOf } from '../location.js';

/** What of an event decides it. */
export interface Deliverable {
  /** `IF_NAME` or `INTERFACE_NAME`: the network interface that the conversation uses on the reporting host. */
  readonly interfaceName: string | null;
  /** Whether either end has an address of 127.0.0.0/8 or ::1. */
  readonly loopback: boolean;
  /** Host and network namespace of the reporting socket; null: not told. */
  readonly location: string | null;
}

/** A packet interface, as seen from the ZMQ interface that an event came in by. */
export interface Target {
  readonly name: string;
  /** It sees packets of other hosts, as from the mirror port of a switch. */
  readonly mirrored: boolean;
  /** It is a companion of that ZMQ interface. */
  readonly companion: boolean;
  /** Where it is; null: not known. */
  readonly location: string | null;
}

/** libpcap's name for all interfaces of a network namespace at once. */
const ANY = 'any';

/**
 * A mirrored companion gets all events but those of loopback, which never leave their host and so are in no mirrored
 * traffic. Every other packet interface, companion or not, gets exactly those that bear its name, and `any` those of its
 * host, whichever interface they name.
 */
export function isDeliveredTo(event: Deliverable, target: Target): boolean {
  if (target.companion && target.mirrored) return !event.loopback;
  if (target.name === ANY) return isOfHost(event, target);
  return event.interfaceName === target.name;
}

/** Containers' packets pass by in their host's namespace, but what they say to themselves does not. */
function isOfHost({ location, loopback }: Deliverable, target: Target): boolean {
  if (location === null || target.location === null) return false;
  return loopback ? location === target.location : hostOf(location) === hostOf(target.location);
}
