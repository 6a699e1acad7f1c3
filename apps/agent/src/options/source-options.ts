/** Options that say where events come from. */
import { type Arguments, OptionsError } from './arguments.js';

export type SourceChoice =
  /** eBPF, and netlink where it cannot be had. */
  | { readonly kind: 'auto' }
  | { readonly kind: 'ebpf' }
  | { readonly kind: 'netlink' }
  /** `library`: path of ntop's library; null: where the dynamic linker finds it. */
  | { readonly kind: 'libebpfflow'; readonly library: string | null }
  /** `file`: `-` is standard input. `speed`: 1 is real time, infinity as fast as it goes. */
  | { readonly kind: 'replay'; readonly file: string; readonly speed: number };

export interface SourceOptions {
  readonly source: SourceChoice;
  /** False: sockets and interfaces are not asked for by netlink. */
  readonly netlink: boolean;
  /** Kernel programs of this tier and none better; null: the best there are. */
  readonly tier: 'A' | 'B' | null;
}

export const SOURCE_OPTIONS = {
  source: { type: 'string' },
  speed: { type: 'string' },
  'no-ebpf': { type: 'boolean', short: 'e' },
  'no-netlink': { type: 'boolean', short: 'n' },
  tier: { type: 'string' },
} as const;

const SOURCES = 'auto, ebpf, netlink, libebpfflow, libebpfflow:LIBRARY or replay:FILE';
const MIN_SPEED = 0.01;
const MAX_SPEED = 1_000_000;

/** Throws `OptionsError`. */
export function parseSourceOptions(given: Arguments<keyof typeof SOURCE_OPTIONS>): SourceOptions {
  const noEbpf = given.has('no-ebpf');
  const noNetlink = given.has('no-netlink');
  if (noEbpf && noNetlink) {
    throw new OptionsError(
      '-e leaves netlink and -n leaves eBPF: with both nothing is left to ask, drop one',
    );
  }
  const asked = parseSource(given.last('source'), given.last('speed'));
  const source = noEbpf && asked.kind === 'auto' ? ({ kind: 'netlink' } as const) : asked;
  if (noEbpf && source.kind === 'ebpf') throw new OptionsError('-e is no eBPF, --source ebpf is: drop one');
  if (noNetlink && source.kind === 'netlink') {
    throw new OptionsError('-n is no netlink, --source netlink is: drop one');
  }
  const tier = parseTier(given.last('tier'));
  if (tier !== null && source.kind !== 'ebpf' && source.kind !== 'auto') {
    throw new OptionsError(`--tier is of --source ebpf, not of ${source.kind}`);
  }
  return { source, netlink: !noNetlink, tier };
}

function parseSource(value: string | null, speed: string | null): SourceChoice {
  const [kind = 'auto', rest = null] = value === null ? [] : split(value);
  if (speed !== null && kind !== 'replay') {
    throw new OptionsError('--speed is of a recording: add --source replay:FILE');
  }
  if (kind === 'replay') {
    if (rest === null || rest === '') {
      throw new OptionsError(`--source "${value}": write replay:FILE, or replay:- for standard input`);
    }
    return { kind, file: rest, speed: parseSpeed(speed) };
  }
  if (kind === 'libebpfflow' && rest !== '') return { kind, library: rest };
  if ((kind === 'auto' || kind === 'ebpf' || kind === 'netlink') && rest === null) return { kind };
  throw new OptionsError(`--source "${value}": write one of ${SOURCES}`);
}

/** `replay:a:b` is `replay` and `a:b`. */
function split(value: string): [string, string | null] {
  const colon = value.indexOf(':');
  return colon < 0 ? [value, null] : [value.slice(0, colon), value.slice(colon + 1)];
}

function parseSpeed(value: string | null): number {
  if (value === null) return 1;
  if (value === 'max') return Number.POSITIVE_INFINITY;
  const speed = /^\d{1,7}(\.\d{1,3})?$/.test(value) ? Number(value) : Number.NaN;
  if (!(speed >= MIN_SPEED && speed <= MAX_SPEED)) {
    throw new OptionsError(
      `--speed "${value}": write how many times faster, from ${MIN_SPEED} to ${MAX_SPEED}, or max`,
    );
  }
  return speed;
}

function parseTier(value: string | null): 'A' | 'B' | null {
  if (value === null || value === 'A' || value === 'B') return value;
  throw new OptionsError(`--tier "${value}": write A or B`);
}
