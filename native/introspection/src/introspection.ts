/** Opening the kernel's view of who talks to whom. */
import { loadAddon } from './addon.js';
import { decodeBatch } from './decode.js';
import { IntrospectionError } from './introspection-error.js';
import type { KernelAccount, KernelRecord } from './records.js';

/** What became of one kernel program. */
export interface ProgramReport {
  readonly name: string;
  readonly purpose: string;
  /** `not here`: this kernel, or this host, has nothing to attach it to. */
  readonly state: 'attached' | 'not here' | 'failed';
  readonly error: string | null;
}

export interface IntrospectionOptions {
  /** Directory in the cgroup2 tree whose sockets' UDP is seen; default: its root. */
  readonly cgroup?: string;
  /** Size of the kernel's ring of records, rounded up to a power of two; default 4 MiB. */
  readonly ringBytes?: number;
  /** How often changed counters of UDP conversations are told; default 1000. */
  readonly udpIntervalMs?: number;
  onRecords(records: readonly KernelRecord[]): void;
}

export interface Introspection {
  /** How much works here: "A" all of it, "A-" with programs missing (see `programs`). */
  readonly tier: string;
  readonly programs: readonly ProgramReport[];
  account(): KernelAccount;
  /** Stops the thread, detaches, delivers nothing more. */
  close(): void;
}

const DEFAULT_RING_BYTES = 4 * 1024 * 1024;
const SMALLEST_RING_BYTES = 4096;
const LARGEST_RING_BYTES = 1 << 30;
const DEFAULT_UDP_INTERVAL_MS = 1000;
const LONGEST_UDP_INTERVAL_MS = 3_600_000;

/**
 * Attaches the kernel programs and delivers what they tell, in batches, about every 50 ms.
 * Existing sockets are known when it returns; their processes are told with the first batch.
 * Throws IntrospectionError, or RangeError for an option out of range.
 *
 *     const introspection = openIntrospection({ onRecords: (records) => console.log(records) });
 *     introspection.close();
 */
export function openIntrospection(options: IntrospectionOptions): Introspection {
  const settings = {
    cgroup: options.cgroup ?? '',
    ringBytes: ringSize(options.ringBytes ?? DEFAULT_RING_BYTES),
    udpIntervalMs: inRange(
      'udpIntervalMs',
      options.udpIntervalMs ?? DEFAULT_UDP_INTERVAL_MS,
      10,
      LONGEST_UDP_INTERVAL_MS,
    ),
  };
  let rejected = 0;
  const session = loadAddon().open(settings, (batch) => {
    const decoded = decodeBatch(batch);
    rejected += decoded.rejected;
    if (decoded.records.length > 0) options.onRecords(decoded.records);
  });
  if ('code' in session) throw new IntrospectionError(session.code, session.message);

  return {
    tier: session.tier,
    programs: session.programs,
    account() {
      const account = session.account();
      return {
        ...account,
        delivered: account.delivered - rejected,
        dropped: { ...account.dropped, undecodable: rejected },
      };
    },
    close: () => session.close(),
  };
}

function ringSize(bytes: number): number {
  const asked = inRange('ringBytes', bytes, SMALLEST_RING_BYTES, LARGEST_RING_BYTES);
  return 2 ** Math.ceil(Math.log2(asked));
}

function inRange(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new RangeError(`${name} must be a whole number from ${least} to ${most}, not ${value}`);
}
