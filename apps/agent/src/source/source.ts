/** Where kernel records come from. */
import type { KernelAccount, KernelRecord } from '@packetless/introspection';

export interface Source {
  /** What the status event calls it. */
  readonly kind: string;
  /** How much of it works on this host; docs/architecture.md "Tiers". */
  readonly tier: string;
  account(): KernelAccount;
  /** Detaches; no record is delivered afterwards. */
  close(): void;
}

/** Starts a source. `onRecords` gets batches in the kernel's order, owners before what they own. */
export type OpenSource = (onRecords: (records: readonly KernelRecord[]) => void) => Source;
