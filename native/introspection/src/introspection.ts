/** Opening the kernel's view of who talks to whom. */
import { Batches } from '@packetless/native';
import { loadAddon } from './addon.js';
import { decodeBatch, type ResetReasons } from './decode.js';
import { IntrospectionError } from './introspection-error.js';
import type { KernelAccount, KernelRecord } from './records.js';

/** What became of one part of a source: a kernel program, a netlink group. */
export interface ProgramReport {
  readonly name: string;
  readonly purpose: string;
  /** `not here`: this kernel, or this host, has nothing to attach it to. */
  readonly state: 'attached' | 'not here' | 'failed';
  readonly error: string | null;
}

/**
 * `ebpf`: the kernel's own events. `netlink`: what sock_diag and /proc show, looked at again and again.
 * `libebpfflow`: ntop's library, where it is installed.
 */
export const SOURCE_KINDS = ['ebpf', 'netlink', 'libebpfflow'] as const;
export type SourceKind = (typeof SOURCE_KINDS)[number];

export interface IntrospectionOptions {
  /** Default: `ebpf`. */
  readonly source?: SourceKind;
  /** Use this tier's kernel programs and no better ones; default: the best there are. */
  readonly tier?: 'A' | 'B';
  /** Whether the source `ebpf` asks netlink for what eBPF does not tell, such as counters of network interfaces; default true. */
  readonly netlink?: boolean;
  /** Path of ntop's library; default: where the dynamic linker finds it. */
  readonly library?: string;
  /** How often all sockets and network interfaces are looked at, milliseconds; default 5000. */
  readonly sweepIntervalMs?: number;
  /** Directory in the cgroup2 tree whose sockets' datagrams are seen; default: its root. */
  readonly cgroup?: string;
  /** Size of the kernel's ring of records, rounded up to a power of two; default 4 MiB. */
  readonly ringBytes?: number;
  /** How often changed counters of conversations over UDP, ICMP … are told; default 1000. */
  readonly datagramIntervalMs?: number;
  onRecords(records: readonly KernelRecord[]): void;
}

export interface Introspection {
  readonly source: SourceKind;
  /** How much works here: "A+" all there is, "A" or "B" all of that tier, with a "-" some of it is missing (see `programs`). */
  readonly tier: string;
  /** As they are at the moment: one may fail later. */
  readonly programs: readonly ProgramReport[];
  /** Names of the capabilities that it goes on needing, see `dropPrivileges`. */
  readonly capabilities: readonly string[];
  account(): KernelAccount;
  /** Has all translations of addresses that there are told once more, soon. */
  tellTranslations(): void;
  /** Stops the thread, detaches, delivers nothing more. */
  close(): void;
}

/** Of the kernel's ring of records, where nothing else is asked for. */
export const RING_BYTES = 4 * 1024 * 1024;
const SMALLEST_RING_BYTES = 4096;
const LARGEST_RING_BYTES = 1 << 30;
const DEFAULT_DATAGRAM_INTERVAL_MS = 1000;
const DEFAULT_SWEEP_INTERVAL_MS = 5000;
const SHORTEST_INTERVAL_MS = 10;
const LONGEST_INTERVAL_MS = 3_600_000;

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
    source: options.source ?? 'ebpf',
    tier: options.tier ?? '',
    library: options.library ?? '',
    netlink: options.netlink ?? true,
    cgroup: options.cgroup ?? '',
    ringBytes: ringSize(options.ringBytes ?? RING_BYTES),
    datagramIntervalMs: inRange(
      'datagramIntervalMs',
      options.datagramIntervalMs ?? DEFAULT_DATAGRAM_INTERVAL_MS,
      SHORTEST_INTERVAL_MS,
      LONGEST_INTERVAL_MS,
    ),
    sweepIntervalMs: inRange(
      'sweepIntervalMs',
      options.sweepIntervalMs ?? DEFAULT_SWEEP_INTERVAL_MS,
      SHORTEST_INTERVAL_MS,
      LONGEST_INTERVAL_MS,
    ),
  };
  let rejected = 0;
  let resetReasons: ResetReasons = [];
  const batches = new Batches((batch) => {
    rejected += decodeBatch(batch, resetReasons, (records) => options.onRecords(records));
  });
  const session = loadAddon().open(settings, () => batches.waiting());
  if ('code' in session) throw new IntrospectionError(session.code, session.message);
  resetReasons = session.resetReasons.map(readableReason);
  batches.open(session);

  return {
    source: settings.source,
    tier: session.tier,
    get programs() {
      return session.programs();
    },
    capabilities: session.capabilities,
    account() {
      const account = session.account();
      return {
        ...account,
        delivered: account.delivered - rejected,
        dropped: { ...account.dropped, undecodable: rejected },
      };
    },
    tellTranslations: () => session.tellTranslations(),
    close: () => session.close(),
  };
}

/** `SK_RST_REASON_TCP_ABORT_ON_CLOSE` → `tcp abort on close`; undefined for a number that says nothing. */
function readableReason(name: string): string | undefined {
  const reason = name
    .replace(/^SK_RST_REASON_/, '')
    .replaceAll('_', ' ')
    .toLowerCase();
  return reason === '' || reason === 'not specified' || reason === 'error' ? undefined : reason;
}

function ringSize(bytes: number): number {
  const asked = inRange('ringBytes', bytes, SMALLEST_RING_BYTES, LARGEST_RING_BYTES);
  return 2 ** Math.ceil(Math.log2(asked));
}

function inRange(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new RangeError(`${name} must be a whole number from ${least} to ${most}, not ${value}`);
}
