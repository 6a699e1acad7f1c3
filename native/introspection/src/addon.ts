/** The native surface (addon/addon.cc), whole. Arguments are checked before they get here. */
import { createRequire } from 'node:module';
import type { ProgramReport, SourceKind } from './introspection.js';
import { IntrospectionError } from './introspection-error.js';
import type { KernelAccount } from './records.js';

export interface AddonOptions {
  readonly source: SourceKind;
  /** Empty: the best there is. */
  readonly tier: string;
  /** Empty: where the dynamic linker finds it. */
  readonly library: string;
  readonly netlink: boolean;
  readonly sweepIntervalMs: number;
  /** Empty: the root of the cgroup2 tree. */
  readonly cgroup: string;
  /** A power of two, at least a page. */
  readonly ringBytes: number;
  readonly datagramIntervalMs: number;
}

export interface AddonSession {
  readonly tier: string;
  readonly programs: readonly ProgramReport[];
  /** Capabilities that it goes on needing. */
  readonly capabilities: readonly string[];
  /** The kernel's names of its reasons to reset a connection, by number. */
  readonly resetReasons: readonly string[];
  account(): KernelAccount;
  /**
   * Copies the next batch, a batch_header and records after it, to `memory`, and gives its size in bytes. 0: there is
   * none. Negative: it stays where it is, since it needs so many bytes.
   */
  take(memory: Uint8Array): number;
  close(): void;
}

export interface AddonFailure {
  readonly code: 'PERMISSION' | 'UNSUPPORTED';
  readonly message: string;
}

export interface AddonPrivileges {
  readonly kept: readonly string[];
  readonly error: string | null;
}

export interface Addon {
  /** `onWaiting` is called in this process's main thread when there is something to take after there was nothing. */
  open(options: AddonOptions, onWaiting: () => void): AddonSession | AddonFailure;
  /** `keep`: names of capabilities. */
  dropPrivileges(keep: readonly string[]): AddonPrivileges;
  releaseMemory(): void;
}

/** Throws IntrospectionError ADDON when it was not built or does not run here. */
export function loadAddon(): Addon {
  try {
    return createRequire(import.meta.url)('../build/introspection.node');
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new IntrospectionError(
      'ADDON',
      `The native part of @packetless/introspection cannot be loaded: ${reason}. ` +
        'Build it with "pnpm --filter @packetless/introspection build"; it needs Linux and the library libbpf ' +
        '(Debian: apt-get install libbpf1).',
    );
  }
}
