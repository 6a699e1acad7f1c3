/** The native surface (addon/addon.cc), whole. Arguments are checked before they get here. */
import { AddonMissingError, type BatchSource, loadAddon as loadNative } from '@packetless/native';
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

export interface AddonSession extends BatchSource {
  readonly tier: string;
  /** As they are at the moment. */
  programs(): readonly ProgramReport[];
  /** Capabilities that it goes on needing. */
  readonly capabilities: readonly string[];
  /** The kernel's names of its reasons to reset a connection, by number. */
  readonly resetReasons: readonly string[];
  account(): KernelAccount;
  tellTranslations(): void;
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
    return loadNative<Addon>({
      url: import.meta.url,
      path: '../build/introspection.node',
      packageName: '@packetless/introspection',
      sharedLibrary: 'libbpf',
      debianPackage: 'libbpf1',
    });
  } catch (error) {
    throw error instanceof AddonMissingError ? new IntrospectionError('ADDON', error.message) : error;
  }
}
