/** Opening an interface or a capture file. */
import { Batches } from '@packetless/native';
import { type CaptureAccount, captureAccount } from './account.js';
import { loadAddon } from './addon.js';
import { CaptureError } from './capture-error.js';
import type { ClientHello } from './client-hello.js';
import { decodeBatch } from './decode.js';
import { FLOW_NUMBERS, type PacketFlow } from './flow.js';
import type { PacketName } from './name.js';
import { QuicHellos } from './quic-hellos.js';

/** A name as `ip link` shows it or `any`, or the path of a pcap or pcapng file, also compressed with gzip. */
export type CaptureSource = { readonly interface: string } | { readonly file: string };

export interface CaptureOptions {
  readonly source: CaptureSource;
  /** Which packets, in the language of pcap-filter(7); default: all. */
  readonly filter?: string;
  /** Whether packets between other hosts are wanted from the interface, too; default false. */
  readonly promiscuous?: boolean;
  /** How much of each packet of an interface is kept, bytes; default 256, with `onNames` 2048. */
  readonly snaplen?: number;
  /** Of packets that wait in the kernel; default 64 MiB. */
  readonly bufferBytes?: number;
  /**
   * Whether nDPI is asked which applications talk; default false. They are told among the names, so only with `onNames`, and
   * where `applicationDetection()` is there.
   */
  readonly applications?: boolean;
  /** Flows inside of tunnels (GRE, IP in IP, VXLAN, Geneve, GTP-U, L2TP …) instead of the tunnels' own; default false. */
  readonly insideTunnels?: boolean;
  /** At most so many flows live at the same time; a new one then ends a quiet one. Default 1,048,576. */
  readonly maxFlows?: number;
  /** Silence after which a flow is over, seconds: default 300, 60, and 10 once both sides have closed or one has reset. */
  readonly tcpIdleSeconds?: number;
  readonly otherIdleSeconds?: number;
  readonly closedIdleSeconds?: number;
  /** How often changed flows are told, milliseconds; default 1000. */
  readonly intervalMs?: number;
  onFlows(flows: readonly PacketFlow[]): void;
  /** Names in answers of DNS, in the beginnings of TLS, QUIC and HTTP, and in DHCP; looked for only when somebody wants them. */
  onNames?(names: readonly PacketName[]): void;
  /** Everything in the file was told; `error` when it could not be read to its end. An interface has no end. */
  onEnd?(error: CaptureError | null): void;
}

export interface Capture {
  account(): CaptureAccount;
  /** Stops capturing; nothing more is told. */
  close(): void;
}

const DEFAULT_SNAPLEN = 256;
/** Names are in payloads: a ClientHello with the keys of newer cryptography is longer than a packet of Ethernet's size. */
const SNAPLEN_WITH_NAMES = 2048;
const SMALLEST_SNAPLEN = 64;
/** libpcap's own bound (MAXIMUM_SNAPLEN). */
const LARGEST_SNAPLEN = 262_144;
const DEFAULT_BUFFER_BYTES = 64 * 1024 * 1024;
const SMALLEST_BUFFER_BYTES = 1024 * 1024;
const LARGEST_BUFFER_BYTES = 1024 * 1024 * 1024;
const DEFAULT_FLOWS = 1 << 20;
const MOST_FLOWS = FLOW_NUMBERS - 2;
const MOST_SECONDS = 86_400;
const SHORTEST_INTERVAL_MS = 10;
const LONGEST_INTERVAL_MS = 3_600_000;
/** IFNAMSIZ of the kernel, with its terminating NUL. */
const LONGEST_INTERFACE_NAME = 15;

/**
 * Reads packets in a thread of its own and tells the flows that they make: those that changed, at every interval, and
 * each one at its end. An interface that goes away is waited for; `account().interrupted` says so meanwhile.
 * Throws CaptureError, or RangeError for an option out of range.
 *
 *     const capture = openCapture({ source: { interface: 'lo' }, onFlows: (flows) => console.log(flows) });
 *     capture.close();
 */
export function openCapture(options: CaptureOptions): Capture {
  const settings = {
    interface: interfaceName(options.source),
    file: 'file' in options.source ? withoutNul('file', options.source.file) : '',
    filter: withoutNul('filter', options.filter ?? ''),
    promiscuous: options.promiscuous ?? false,
    insideTunnels: options.insideTunnels ?? false,
    names: options.onNames !== undefined,
    applications: options.onNames !== undefined && (options.applications ?? false),
    snaplen: inRange(
      'snaplen',
      options.snaplen ?? (options.onNames === undefined ? DEFAULT_SNAPLEN : SNAPLEN_WITH_NAMES),
      SMALLEST_SNAPLEN,
      LARGEST_SNAPLEN,
    ),
    bufferBytes: inRange(
      'bufferBytes',
      options.bufferBytes ?? DEFAULT_BUFFER_BYTES,
      SMALLEST_BUFFER_BYTES,
      LARGEST_BUFFER_BYTES,
    ),
    maxFlows: inRange('maxFlows', options.maxFlows ?? DEFAULT_FLOWS, 1, MOST_FLOWS),
    tcpIdleSeconds: inRange('tcpIdleSeconds', options.tcpIdleSeconds ?? 300, 1, MOST_SECONDS),
    otherIdleSeconds: inRange('otherIdleSeconds', options.otherIdleSeconds ?? 60, 1, MOST_SECONDS),
    closedIdleSeconds: inRange('closedIdleSeconds', options.closedIdleSeconds ?? 10, 0, MOST_SECONDS),
    intervalMs: inRange('intervalMs', options.intervalMs ?? 1000, SHORTEST_INTERVAL_MS, LONGEST_INTERVAL_MS),
  };
  let rejected = 0;
  let quicNames = 0;
  const hellos = new QuicHellos();
  const batches = new Batches(
    (batch) => {
      rejected += decodeBatch(batch, {
        flows: (flows) => options.onFlows(flows),
        names: (names) => options.onNames?.(names),
        quic: (flow, time, datagram) => {
          const hello = hellos.add(flow, datagram);
          if (hello === null) return;
          const names = helloNames(hello, flow, time);
          quicNames += names.length;
          if (names.length > 0) options.onNames?.(names);
        },
      });
    },
    () => {
      const error = session.ended();
      if (error === null) return;
      batches.close();
      session.close();
      options.onEnd?.(error === '' ? null : unreadable(settings.file, error));
    },
  );
  const opened = loadAddon().open(settings, () => batches.waiting());
  if ('code' in opened) throw new CaptureError(opened.code, opened.message);
  const session = opened;
  batches.open(session);

  return {
    account: () => captureAccount(session.account(), rejected, quicNames),
    close() {
      batches.close();
      session.close();
    },
  };
}

/**
 * nDPI, which recognises applications: its version, or why there is none. Its code is loaded into this process.
 * Throws CaptureError ADDON.
 */
export function applicationDetection(): { readonly version: string } | { readonly reason: string } {
  return loadAddon().applications();
}

function helloNames(hello: ClientHello, flow: number, time: number): PacketName[] {
  const about = { time, flow, address: null };
  return [
    ...(hello.serverName === null ? [] : [{ kind: 'quic', name: hello.serverName, ...about } as const]),
    ...(hello.protocol === null ? [] : [{ kind: 'alpn', name: hello.protocol, ...about } as const]),
  ];
}

function unreadable(file: string, reason: string): CaptureError {
  return new CaptureError(
    'FORMAT',
    `${file} could not be read to its end: ${reason}. What came before was told.`,
  );
}

function interfaceName(source: CaptureSource): string {
  if (!('interface' in source)) return '';
  const name = withoutNul('interface', source.interface);
  if (name.length >= 1 && name.length <= LONGEST_INTERFACE_NAME) return name;
  throw new CaptureError(
    'NO_INTERFACE',
    `There is no interface ${JSON.stringify(name)}: names have 1 to ${LONGEST_INTERFACE_NAME} characters.`,
  );
}

function withoutNul(name: string, text: string): string {
  if (!text.includes('\0')) return text;
  throw new RangeError(`${name} must not contain a NUL character`);
}

function inRange(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new RangeError(`${name} must be a whole number from ${least} to ${most}, not ${value}`);
}
