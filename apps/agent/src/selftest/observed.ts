/** The agent's events about the self-test's own traffic, found again by what the applications know. */
import type { ConversationEvent, EventEndpoint } from '@packetless/model';
import type { Fact } from './fact.js';

export class Observed {
  readonly #namespaces: ReadonlySet<number>;
  readonly #bySocket = new Map<string, ConversationEvent[]>();
  /** From sources that do not know the kernel's cookies. */
  readonly #byAddresses = new Map<string, ConversationEvent[]>();

  /** `namespaces`: inodes of the network namespaces whose conversations count. */
  constructor(namespaces: Iterable<number>) {
    this.#namespaces = new Set(namespaces);
  }

  /** False for a conversation of somebody else's. */
  add(event: ConversationEvent): boolean {
    const netns = namespaceOf(event);
    if (netns === null || !this.#namespaces.has(netns)) return false;
    if (event.socket !== null) append(this.#bySocket, `${netns} ${event.socket}`, event);
    else append(this.#byAddresses, addressesOfEvent(netns, event), event);
    return true;
  }

  /** What was told of this application's end, in order. */
  of(fact: Fact): readonly ConversationEvent[] {
    // A shell cannot ask for its socket's cookie.
    if (fact.cookie === 0) return this.#withAddresses(fact);
    const bySocket = this.#bySocket.get(`${fact.netns} ${fact.cookie}`) ?? [];
    // A socket without connections has a conversation with each of its peers.
    const own =
      fact.remote === '' || !hasManyPeers(fact.protocol)
        ? bySocket
        : bySocket.filter((event) => hasRemote(event, fact));
    const byAddresses = this.#byAddresses.get(addressesOfFact(fact)) ?? [];
    return byAddresses.length === 0 ? own : [...own, ...byAddresses];
  }

  #withAddresses(fact: Fact): readonly ConversationEvent[] {
    const key = addressesOfFact(fact);
    return [...this.all()].filter((event) => addressesOfEvent(fact.netns, event) === key);
  }

  *all(): Iterable<ConversationEvent> {
    for (const events of this.#bySocket.values()) yield* events;
    for (const events of this.#byAddresses.values()) yield* events;
  }
}

/** The reporting host's own end. */
export function localEnd(event: ConversationEvent): EventEndpoint {
  return event.side === 'server' ? event.server : event.client;
}

export function remoteEnd(event: ConversationEvent): EventEndpoint {
  return event.side === 'server' ? event.client : event.server;
}

/** For people. */
export function labelOf(event: ConversationEvent): string {
  return event.name ?? event.type;
}

/** `location` is the host's boot and the inode of the namespace; docs/wire.md §13. */
export function namespaceOf({ location }: ConversationEvent): number | null {
  return location === null ? null : Number(location.slice(location.indexOf('/') + 1));
}

const TCP = 6;
const UDP = 17;
const SCTP = 132;

export function hasPorts(protocol: number): boolean {
  return protocol === TCP || protocol === UDP || protocol === SCTP;
}

function hasManyPeers(protocol: number): boolean {
  return protocol !== TCP;
}

function hasRemote(event: ConversationEvent, fact: Fact): boolean {
  const { address, port } = remoteEnd(event);
  return address === fact.remote && (!hasPorts(fact.protocol) || port === fact.remotePort);
}

function addressesOfEvent(netns: number, event: ConversationEvent): string {
  const [local, remote] = [localEnd(event), remoteEnd(event)];
  return `${netns} ${event.protocol} ${local.address} ${local.port} ${remote.address} ${remote.port}`;
}

function addressesOfFact(fact: Fact): string {
  const { netns, protocol, local, localPort, remote, remotePort } = fact;
  const [near, far] = hasPorts(protocol) ? [localPort, remotePort] : [0, 0];
  return `${netns} ${protocol} ${local} ${near} ${remote} ${far}`;
}

function append<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}
