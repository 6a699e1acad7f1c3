/** How packets are read, of network interfaces and capture files alike, and the flags that say so. */
import { type FlagTable, type FlagValues, wholeNumber } from './flags.js';

export interface PacketOptions {
  /** Which packets, in the language of pcap-filter(7); null: all. */
  readonly filter: string | null;
  /** Packets between other hosts, too, as mirrored traffic is. */
  readonly promiscuous: boolean;
  /** How much of each packet of an interface is kept, bytes; null: enough for the names that packets bear. */
  readonly snaplen: number | null;
  /** Of packets of an interface that wait in the kernel, bytes. */
  readonly bufferBytes: number;
  /** Conversations inside of tunnels instead of the tunnels' own. */
  readonly insideTunnels: boolean;
  /** Whether nDPI, where it is, is asked which applications talk. */
  readonly applications: boolean;
}

const MIB = 1024 * 1024;

export const PACKET_DEFAULTS: PacketOptions = {
  filter: null,
  promiscuous: true,
  snaplen: null,
  bufferBytes: 64 * MIB,
  insideTunnels: false,
  applications: true,
};

/** Those that files have as well. */
export const FILE_FLAGS = {
  'packet-filter': { type: 'string', short: 'B' },
  'inside-tunnels': { type: 'boolean' },
  'no-applications': { type: 'boolean' },
} as const satisfies FlagTable;

export const PACKET_FLAGS = {
  ...FILE_FLAGS,
  'no-promiscuous': { type: 'boolean' },
  snaplen: { type: 'string' },
  'capture-buffer': { type: 'string' },
} as const satisfies FlagTable;

/** Throws OptionsError. */
export function packetOptionsOf(values: FlagValues<typeof PACKET_FLAGS>): PacketOptions {
  const { snaplen, 'capture-buffer': buffer } = values;
  return {
    filter: values['packet-filter'] ?? PACKET_DEFAULTS.filter,
    promiscuous: !values['no-promiscuous'],
    snaplen: snaplen === undefined ? null : wholeNumber('--snaplen', snaplen, 0, 64, 262_144),
    bufferBytes: MIB * wholeNumber('--capture-buffer', buffer, PACKET_DEFAULTS.bufferBytes / MIB, 1, 1024),
    insideTunnels: values['inside-tunnels'] ?? PACKET_DEFAULTS.insideTunnels,
    applications: !values['no-applications'],
  };
}
