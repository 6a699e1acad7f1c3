/** What each source can know. Whatever it says must be true; what it cannot know it must leave open. */
import type { IntrospectionOptions, OwnerEvidence } from '../src/index.js';

export interface Knowledge {
  readonly title: string;
  /** How it is asked for. */
  readonly options: Pick<IntrospectionOptions, 'source' | 'tier'>;
  /** How it knows the owner of what begins while it watches: of who connects, and of who accepts. */
  readonly evidence: OwnerEvidence;
  readonly evidenceOfAccepted: readonly OwnerEvidence[];
  /** How it knows the owner of what was there before. */
  readonly evidenceOfOld: OwnerEvidence;
  /** It names the owner also of what lives only a moment. */
  readonly namesShortLived: boolean;
  /** What makes a server's accept() visible to it: options of `peer serve`. */
  readonly servers: readonly string[];
  /** It tells both initial sequence numbers, and how long connecting took. */
  readonly seesHandshake: boolean;
  readonly countsDatagrams: boolean;
  /** It tells of datagrams that a socket without connect() sends. */
  readonly seesUnconnected: boolean;
  /** It lists every socket without a peer as waiting, and not only those that were bound. */
  readonly listsAnyUnconnected: boolean;
  /** It tells of a connection that its own process aborts (SO_LINGER with a time of 0) after only a moment. */
  readonly seesAbortAtOnce: boolean;
  /** It says why a connection broke. */
  readonly knowsErrors: boolean;
}

export const KNOWLEDGE: readonly Knowledge[] = [
  {
    title: 'ebpf',
    options: { source: 'ebpf' },
    servers: [],
    evidence: 'kernel',
    // `kernel` where functions can be traced.
    evidenceOfAccepted: ['io', 'kernel'],
    evidenceOfOld: 'snapshot',
    namesShortLived: true,
    seesHandshake: true,
    countsDatagrams: true,
    seesUnconnected: true,
    listsAnyUnconnected: false,
    seesAbortAtOnce: true,
    knowsErrors: true,
  },
  {
    title: 'ebpf, tier B',
    options: { source: 'ebpf', tier: 'B' },
    // Where functions cannot be traced, the programs see accept() when the server asks who comes.
    servers: ['--ask'],
    evidence: 'kernel',
    evidenceOfAccepted: ['io', 'kernel'],
    evidenceOfOld: 'snapshot',
    namesShortLived: true,
    seesHandshake: true,
    countsDatagrams: true,
    seesUnconnected: true,
    listsAnyUnconnected: false,
    seesAbortAtOnce: true,
    knowsErrors: true,
  },
  {
    title: 'netlink',
    options: { source: 'netlink' },
    servers: [],
    evidence: 'proc',
    evidenceOfAccepted: ['proc'],
    evidenceOfOld: 'proc',
    namesShortLived: false,
    seesHandshake: false,
    countsDatagrams: false,
    seesUnconnected: false,
    listsAnyUnconnected: true,
    seesAbortAtOnce: false,
    knowsErrors: false,
  },
];
