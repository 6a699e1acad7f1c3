/** Where kernel records, or whole events, come from. */
import type { KernelAccount, KernelRecord } from '@packetless/introspection';
import type { Event, MissingPart } from '@packetless/model';

export interface Source {
  /** What the status event calls it: `ebpf`, `netlink` … */
  readonly kind: string;
  /** How much of it works on this host; docs/architecture.md "Tiers". Empty for what has no tiers. */
  readonly tier: string;
  /** What this host does not let it see, at the moment. */
  readonly lost: readonly MissingPart[];
  /** Names of the capabilities that it, and the look-up of what it tells, go on needing. */
  readonly capabilities: readonly string[];
  account(): KernelAccount;
  /** Has all translations of addresses that are in force told once more, for whoever has heard nothing yet. */
  tellTranslations(): void;
  /** Detaches; nothing is delivered afterwards. */
  close(): void;
}

/** Takes what a source tells. */
export interface SourceListener {
  /** Batches in the kernel's order, owners before what they own. */
  records(records: readonly KernelRecord[]): void;
  /** Events as an agent made them before: a recording. */
  events(events: readonly Event[]): void;
  /** Resolves when there is room for more: a source that can wait then loses nothing. At once after the source was closed. */
  room(): Promise<void>;
  /** There will be nothing more, e.g. a recording is over. */
  ended(): void;
}

/** Starts a source. Throws `IntrospectionError` or `SourceError` when it cannot work here. */
export type OpenSource = (listener: SourceListener) => Source;

/** A source cannot be used; the message says why and what to do. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
}
