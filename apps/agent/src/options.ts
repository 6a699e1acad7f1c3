/** The command line of the agent itself; subcommands have their own. */
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { type Endpoint, EndpointError, parseEndpoints } from '@packetless/wire/endpoint';
import { type Selection, selectionOf } from './events/selection.js';
import { OptionsError, readArguments } from './options/arguments.js';
import { parseSeconds } from './options/seconds.js';
import { parseWatchOptions, WATCH_OPTIONS, type WatchOptions } from './options/watch-options.js';

export const FORMATS = ['text', 'json', 'ntop'] as const;
export type Format = (typeof FORMATS)[number];

export interface AgentOptions extends Omit<WatchOptions, 'loopback' | 'listening'> {
  /** Where to send to; empty: nowhere. */
  readonly endpoints: readonly Endpoint[];
  /** How to print events on standard output; null: not at all. */
  readonly print: Format | null;
  readonly selection: Selection;
  /** Milliseconds between two status events, and between two looks at all sockets and interfaces. */
  readonly intervalMs: number;
  /** Ends by itself after so many milliseconds; null: never. */
  readonly durationMs: number | null;
  readonly name: string;
  /** Null: to be found out. */
  readonly exporter: string | null;
}

export type Command =
  | { readonly kind: 'run'; readonly options: AgentOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'version' };

export { OptionsError };

const OPTIONS = {
  ...WATCH_OPTIONS,
  zmq: { type: 'string', short: 'z' },
  verbose: { type: 'boolean', short: 'v' },
  tcp: { type: 'boolean', short: 't' },
  udp: { type: 'boolean', short: 'u' },
  in: { type: 'boolean', short: 'i' },
  out: { type: 'boolean', short: 'o' },
  retr: { type: 'boolean', short: 'r' },
  tcpclose: { type: 'boolean', short: 'c' },
  format: { type: 'string' },
  interval: { type: 'string' },
  duration: { type: 'string' },
  name: { type: 'string' },
  exporter: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'V' },
} as const;

const NO_OPTION =
  'endpoints are given with --zmq, e.g. --zmq tcp://127.0.0.1:1234c; the commands doctor, top and selftest come first';

const MAX_NAME_LENGTH = 255;
const MIN_INTERVAL_SECONDS = 0.1;
const MAX_INTERVAL_SECONDS = 3600;
const DEFAULT_INTERVAL_MS = 5000;
const MIN_DURATION_SECONDS = 0.1;
/** setTimeout counts milliseconds in 31 bits. */
const MAX_DURATION_SECONDS = 2_000_000;

/** Reads the arguments after the program's name. Throws `OptionsError`. */
export function parseOptions(args: readonly string[]): Command {
  const given = readArguments(args, OPTIONS, NO_OPTION);
  if (given.has('help')) return { kind: 'help' };
  if (given.has('version')) return { kind: 'version' };

  const endpoints = parseEndpointOptions(given.all('zmq'));
  const verbose = given.has('verbose');
  const sending = endpoints.length > 0;
  const format = parseFormat(given.last('format'));
  if (format !== null && sending && !verbose) {
    throw new OptionsError(
      '--format says how events are printed, but with --zmq none are: add -v to see them',
    );
  }
  const { loopback, listening, ...watch } = parseWatchOptions(given);
  return {
    kind: 'run',
    options: {
      ...watch,
      endpoints,
      print: sending && !verbose ? null : (format ?? 'text'),
      selection: selectionOf({
        tcp: given.has('tcp'),
        udp: given.has('udp'),
        retr: given.has('retr'),
        tcpclose: given.has('tcpclose'),
        in: given.has('in'),
        out: given.has('out'),
        loopback,
        listening,
      }),
      intervalMs: parseInterval(given.last('interval')),
      durationMs: parseDuration(given.last('duration')),
      name: parseName(given.last('name')),
      exporter: parseExporter(given.last('exporter')),
    },
  };
}

function parseEndpointOptions(values: readonly string[]): Endpoint[] {
  try {
    // People write `-z=tcp://…` for nprobe-agent; a short option's value then begins with the `=`.
    const list = values.map((value) => value.replace(/^=/, '')).join(',');
    return values.length === 0 ? [] : parseEndpoints(list, 'agent');
  } catch (error) {
    if (error instanceof EndpointError) throw new OptionsError(`--zmq: ${error.message}`);
    throw error;
  }
}

function parseFormat(value: string | null): Format | null {
  if (value === null) return null;
  const format = FORMATS.find((known) => known === value);
  if (format === undefined) throw new OptionsError(`--format "${value}": write one of ${FORMATS.join(', ')}`);
  return format;
}

function parseInterval(value: string | null): number {
  if (value === null) return DEFAULT_INTERVAL_MS;
  return parseSeconds('--interval', value, MIN_INTERVAL_SECONDS, MAX_INTERVAL_SECONDS);
}

function parseDuration(value: string | null): number | null {
  if (value === null) return null;
  return parseSeconds('--duration', value, MIN_DURATION_SECONDS, MAX_DURATION_SECONDS);
}

function parseName(value: string | null): string {
  if (value === null) return hostname();
  if (value.length > MAX_NAME_LENGTH || /\p{Cc}/u.test(value)) {
    throw new OptionsError(`--name: at most ${MAX_NAME_LENGTH} characters, none of them a control character`);
  }
  return value;
}

function parseExporter(value: string | null): string | null {
  if (value !== null && isIP(value) === 0) {
    throw new OptionsError(`--exporter "${value}": write an IPv4 or IPv6 address, e.g. 192.0.2.7`);
  }
  return value;
}
