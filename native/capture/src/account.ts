/** The capture's account of itself: nothing is lost uncounted. */
import type { AddonAccount } from './addon.js';
import { DECODE_PROBLEM } from './layout.generated.js';

/** Why a packet is in no flow. */
export type PacketProblem =
  | 'not IP'
  | 'link header cut off'
  | 'IP header cut off'
  | 'transport header cut off'
  | 'malformed link header'
  | 'malformed IP header'
  | 'malformed transport header'
  | 'nested too deep'
  | 'unknown link';

const PROBLEMS: readonly (readonly [number: number, problem: PacketProblem])[] = [
  [DECODE_PROBLEM.NOT_IP, 'not IP'],
  [DECODE_PROBLEM.CUT_LINK, 'link header cut off'],
  [DECODE_PROBLEM.CUT_NETWORK, 'IP header cut off'],
  [DECODE_PROBLEM.CUT_TRANSPORT, 'transport header cut off'],
  [DECODE_PROBLEM.MALFORMED_LINK, 'malformed link header'],
  [DECODE_PROBLEM.MALFORMED_NETWORK, 'malformed IP header'],
  [DECODE_PROBLEM.MALFORMED_TRANSPORT, 'malformed transport header'],
  [DECODE_PROBLEM.TOO_DEEP, 'nested too deep'],
  [DECODE_PROBLEM.UNKNOWN_LINK, 'unknown link'],
];

export interface CaptureAccount {
  /** Packets that were read: decoded + repeated + the sum of `undecoded`. */
  readonly received: number;
  /** Packets that are in a flow. */
  readonly decoded: number;
  /** Packets that another interface had shown before, where all are read at once. */
  readonly repeated: number;
  readonly undecoded: { readonly [problem in PacketProblem]: number };
  /** Packets that were never read: no room in the kernel's buffer, or in the interface's own. */
  readonly droppedByKernel: number;
  readonly droppedByInterface: number;
  /** begun = living + closed + idle + reused + evicted, and at the end those that the capture's end has ended. */
  readonly flows: {
    readonly begun: number;
    readonly living: number;
    readonly closed: number;
    readonly idle: number;
    readonly reused: number;
    /** Ended because the table was full. */
    readonly evicted: number;
  };
  /** Packets in flows of port 0, since the first fragment with their ports was not seen. */
  readonly fragmentsWithoutPorts: number;
  /**
   * Names that were told, that had been told a little while ago, that were none, and beginnings of connections that were
   * not read to their end, where there may have been a name: they came faster than they can be read, more at the same time
   * than are kept until their rest comes, or longer than is kept; or their rest did not come, or was cut off.
   */
  readonly names: {
    readonly told: number;
    readonly repeated: number;
    readonly malformed: number;
    readonly unread: number;
  };
  /**
   * Flows in which an application was recognised, those whose first packets told nothing, and those that were not looked at
   * because too many others were at the same time. All 0 when nobody wants to know.
   */
  readonly applications: {
    readonly flows: number;
    readonly recognized: number;
    readonly unknown: number;
    readonly crowdedOut: number;
  };
  /** Tellings of flows and names: made, and those for which there was no room because nobody took them. */
  readonly tellings: { readonly made: number; readonly lost: number; readonly rejected: number };
  /** How often the interface went away, and why it is away now; null while it is there. */
  readonly interruptions: number;
  readonly interrupted: string | null;
}

/** `rejected`: records that made no sense; `quicNames`: told of QUIC, which the addon does not read. */
export function captureAccount(account: AddonAccount, rejected: number, quicNames: number): CaptureAccount {
  const undecoded = Object.fromEntries(
    PROBLEMS.map(([number, problem]) => [problem, account.problems[number] ?? 0]),
  ) as { [problem in PacketProblem]: number };
  return {
    received: account.received,
    decoded: account.decoded,
    repeated: account.repeated,
    undecoded,
    droppedByKernel: account.droppedByKernel,
    droppedByInterface: account.droppedByInterface,
    flows: {
      begun: account.flowsBegun,
      living: account.flowsLiving,
      closed: account.flowsClosed,
      idle: account.flowsIdle,
      reused: account.flowsReused,
      evicted: account.flowsEvicted,
    },
    fragmentsWithoutPorts: account.fragmentsWithoutPorts,
    names: {
      told: account.namesTold + quicNames,
      repeated: account.namesRepeated,
      malformed: account.namesMalformed,
      unread: account.namesUnread,
    },
    applications: {
      flows: account.applicationFlows,
      recognized: account.applicationsRecognized,
      unknown: account.applicationsUnknown,
      crowdedOut: account.applicationsCrowdedOut,
    },
    tellings: { made: account.records, lost: account.recordsLost, rejected },
    interruptions: account.interruptions,
    interrupted: account.interrupted,
  };
}
