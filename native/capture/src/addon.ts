/** The native surface (addon/addon.cc), whole. Arguments are checked before they get here. */
import { createRequire } from 'node:module';
import { CaptureError, type CaptureErrorCode } from './capture-error.js';

export interface AddonOptions {
  /** One of the two is empty. */
  readonly interface: string;
  readonly file: string;
  readonly filter: string;
  readonly promiscuous: boolean;
  readonly snaplen: number;
  readonly bufferBytes: number;
  readonly insideTunnels: boolean;
  readonly names: boolean;
  readonly maxFlows: number;
  readonly tcpIdleSeconds: number;
  readonly otherIdleSeconds: number;
  readonly closedIdleSeconds: number;
  readonly intervalMs: number;
}

/** Counters of addon/capture.h. */
export interface AddonAccount {
  readonly received: number;
  readonly decoded: number;
  /** By enum decode_problem. */
  readonly problems: readonly number[];
  readonly droppedByKernel: number;
  readonly droppedByInterface: number;
  readonly flowsBegun: number;
  readonly flowsLiving: number;
  readonly flowsClosed: number;
  readonly flowsIdle: number;
  readonly flowsReused: number;
  readonly flowsEvicted: number;
  readonly fragmentsWithoutPorts: number;
  readonly namesTold: number;
  readonly namesRepeated: number;
  readonly namesMalformed: number;
  readonly namesUnread: number;
  readonly records: number;
  readonly recordsLost: number;
  readonly interruptions: number;
  readonly interrupted: string | null;
}

export interface AddonSession {
  account(): AddonAccount;
  /**
   * Copies the next batch, a batch_header and records after it, to `memory`, and gives its size in bytes. 0: there is
   * none. Negative: it stays where it is, since it needs so many bytes.
   */
  take(memory: Uint8Array): number;
  /** Null while packets are read; then why no more can be, empty when there are no more. */
  ended(): string | null;
  /** Stops the thread. What it had made can still be taken. */
  close(): void;
}

export interface AddonFailure {
  readonly code: Exclude<CaptureErrorCode, 'ADDON'>;
  readonly message: string;
}

export interface Addon {
  /** `onWaiting` is called in this process's main thread when there is something to take after there was nothing, and at the end. */
  open(options: AddonOptions, onWaiting: () => void): AddonSession | AddonFailure;
}

/** Throws CaptureError ADDON when it was not built or does not run here. */
export function loadAddon(): Addon {
  try {
    return createRequire(import.meta.url)('../build/capture.node');
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new CaptureError(
      'ADDON',
      `The native part of @packetless/capture cannot be loaded: ${reason}. ` +
        'Build it with "pnpm --filter @packetless/capture build"; it needs Linux and the library libpcap ' +
        '(Debian: apt-get install libpcap0.8).',
    );
  }
}
