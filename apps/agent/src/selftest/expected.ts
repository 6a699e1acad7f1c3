/** What an agent must tell of one end of a conversation, from what its application knows. */
import { constants } from 'node:os';
import type { Failure, FlowEventName, Side, TcpState } from '@packetless/model';
import type { Fact } from './fact.js';

export interface ExpectedEnd {
  readonly fact: Fact;
  /** With which event it begins; null: it is older than the agent. */
  readonly opening: FlowEventName | null;
  /** With which it ends; null: it began and ended with the same event, or goes on. */
  readonly closing: FlowEventName | null;
  readonly side: Side;
  /** Who held the socket before. Events may name them, but not the last one. */
  readonly earlier: readonly Fact[];
  /** The thread is known too. */
  readonly thread: boolean;
  /** Path of the script that the executable interprets. */
  readonly script: string | null;
  /** A time to connect is in the opening event, at least so many milliseconds; null: there is none to tell. */
  readonly latency: number | null;
  /** The reasons that fit; empty: an ordinary end. */
  readonly failures: readonly Failure[];
  readonly reason: RegExp | null;
  /** The counters are those of the whole conversation. */
  readonly counted: boolean;
  /** At least so many events tell its counters while it lives. */
  readonly updates: number;
  /** States that these must show. */
  readonly states: readonly TcpState[];
  /** It must be told of, with its owner, no later than this (epoch milliseconds); null: when it begins. */
  readonly by: number | null;
}

/** A socket that waits for whoever comes. */
export interface ExpectedListener {
  readonly protocol: number;
  readonly address: string;
  readonly port: number;
  /** Any conversation of its process: who that is. */
  readonly owner: Fact;
  /** It must be listed no later than this, epoch milliseconds. */
  readonly by: number;
  /** Between which times it began to listen; null: before the agent, so that nobody can say. */
  readonly since: { readonly from: number; readonly to: number } | null;
}

type Particulars = Partial<Omit<ExpectedEnd, 'fact' | 'opening'>>;

const ORDINARY = {
  closing: 'CLOSE',
  earlier: [],
  thread: true,
  script: null,
  latency: null,
  failures: [],
  reason: null,
  counted: true,
  updates: 0,
  states: [],
  by: null,
} as const;

/** The end that opened a TCP connection. */
export function connected(fact: Fact, particulars: Particulars = {}): ExpectedEnd {
  return { ...ORDINARY, fact, opening: 'CONNECT', side: 'client', latency: 0, ...particulars };
}

/** The end that was connected to. */
export function accepted(fact: Fact, particulars: Particulars = {}): ExpectedEnd {
  return { ...ORDINARY, fact, opening: 'ACCEPT', side: 'server', latency: 0, ...particulars };
}

/** A connection that could not be made. */
export function failed(fact: Fact, particulars: Particulars = {}): ExpectedEnd {
  return {
    ...ORDINARY,
    fact,
    opening: 'CONNECT_FAILED',
    closing: null,
    side: 'client',
    failures: failuresOf(fact.error),
    ...particulars,
  };
}

/** The end that sent the first datagram. */
export function asking(fact: Fact, particulars: Particulars = {}): ExpectedEnd {
  return { ...ORDINARY, fact, opening: 'SEND', side: 'client', ...particulars };
}

/** The end that the first datagram came to. */
export function asked(fact: Fact, particulars: Particulars = {}): ExpectedEnd {
  return { ...ORDINARY, fact, opening: 'RECV', side: 'server', ...particulars };
}

/** Both ends of each connection: what the clients say, and what the servers say. */
export function connections(
  clients: readonly Fact[],
  servers: readonly Fact[],
  particulars: Particulars = {},
): readonly ExpectedEnd[] {
  return [
    ...clients.map((fact) => connected(fact, particulars)),
    ...servers.map((fact) => accepted(fact, particulars)),
  ];
}

/** Both ends of each conversation without connections. */
export function datagrams(
  clients: readonly Fact[],
  servers: readonly Fact[],
  particulars: Particulars = {},
): readonly ExpectedEnd[] {
  return [
    ...clients.map((fact) => asking(fact, particulars)),
    ...servers.map((fact) => asked(fact, particulars)),
  ];
}

const { errno } = constants;
const FAILURES: ReadonlyMap<number, readonly Failure[]> = new Map([
  [0, ['aborted']],
  [errno.ECONNREFUSED, ['refused']],
  [errno.ETIMEDOUT, ['timed out']],
  [errno.EHOSTUNREACH, ['host unreachable', 'no route']],
  [errno.ENETUNREACH, ['network unreachable', 'no route']],
  [errno.ECONNRESET, ['reset']],
  [errno.EPIPE, ['reset']],
  // A look-up of a route that forbids, like one that finds none, fails before the first packet, and its error is seen
  // only where functions can be traced.
  [errno.EACCES, ['denied', 'no route']],
  [errno.EPERM, ['denied']],
  [errno.EADDRNOTAVAIL, ['address unavailable']],
]);

/** What may be said of the error that the application was given. */
export function failuresOf(error: number): readonly Failure[] {
  return FAILURES.get(error) ?? ['other'];
}
