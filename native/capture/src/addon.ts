/** The native surface (addon/addon.cc), whole. Arguments are checked before they get here. */
import { AddonMissingError, type BatchSource, loadAddon as loadNative } from '@packetless/native';
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
  readonly applications: boolean;
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
  readonly repeated: number;
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
  readonly applicationFlows: number;
  readonly applicationsRecognized: number;
  readonly applicationsUnknown: number;
  readonly applicationsCrowdedOut: number;
  readonly records: number;
  readonly recordsLost: number;
  readonly interruptions: number;
  readonly interrupted: string | null;
}

export interface AddonSession extends BatchSource {
  account(): AddonAccount;
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
  /** The library that recognises applications, or why there is none. */
  applications(): { readonly version: string } | { readonly reason: string };
}

/** Throws CaptureError ADDON when it was not built or does not run here. */
export function loadAddon(): Addon {
  try {
    return loadNative<Addon>({
      url: import.meta.url,
      path: '../build/capture.node',
      packageName: '@packetless/capture',
      sharedLibrary: 'libpcap',
      debianPackage: 'libpcap0.8',
    });
  } catch (error) {
    throw error instanceof AddonMissingError ? new CaptureError('ADDON', error.message) : error;
  }
}
