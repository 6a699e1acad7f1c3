/** What the self-test's traffic says of itself: the truth that events are held against. apps/agent/selftest/fact.h */

/** An application's end of one conversation, as it knows it. */
export interface Fact {
  readonly pid: number;
  readonly tid: number;
  readonly uid: number;
  readonly gid: number;
  readonly exe: string;
  /** Its executable's file is gone. */
  readonly deleted: boolean;
  readonly parent: number;
  /** Empty when it may not be read. */
  readonly parentExe: string;
  /** Inode of its network namespace. */
  readonly netns: number;
  /** As events say it: 255 for AF_PACKET. */
  readonly protocol: number;
  /** 0: the application cannot ask for it. */
  readonly cookie: number;
  /** Empty when the socket has none. */
  readonly local: string;
  readonly localPort: number;
  readonly remote: string;
  readonly remotePort: number;
  /** Payload bytes as its own calls counted them; of protocols without ports what follows the IP header. */
  readonly sent: number;
  readonly received: number;
  readonly packetsSent: number;
  readonly packetsReceived: number;
  /** Epoch milliseconds: from the making of the socket, or its acceptance, to its close. */
  readonly begin: number;
  readonly end: number;
  /** How long connect() took; negative for whoever did not connect. */
  readonly connectingMs: number;
  /** errno, 0 for an ordinary end. */
  readonly error: number;
  /** As TCP_INFO counted them; negative: not asked. */
  readonly retransmits: number;
}

/** A line of the traffic's standard output. */
export type Saying =
  | { readonly end: Fact }
  /** This process held the socket before another took it over. */
  | { readonly earlier: Fact }
  | { readonly ready: number }
  | { readonly waiting: true }
  | { readonly impossible: string };
