/** The command line: what may be said, and what to write instead of what may not. */
import { statSync } from 'node:fs';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { type Endpoint, EndpointError, parseEndpoints } from '@packetless/wire';
import { type Selection, selectionOf } from './events/selection.js';

export const FORMATS = ['text', 'json', 'ntop'] as const;
export type Format = (typeof FORMATS)[number];

export interface AgentOptions {
  /** Where to send to; empty: nowhere. */
  readonly endpoints: readonly Endpoint[];
  /** How to print events on standard output; null: not at all. */
  readonly print: Format | null;
  readonly selection: Selection;
  /** cgroup2 directory that limits UDP; null: no limit. */
  readonly cgroup: string | null;
  /** Milliseconds between two status events. */
  readonly intervalMs: number;
  readonly name: string;
  /** Null: to be found out. */
  readonly exporter: string | null;
}

export type Command =
  | { readonly kind: 'run'; readonly options: AgentOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'version' };

/** A wrong command line; the message says what is wrong and what to write. */
export class OptionsError extends Error {
  override readonly name = 'OptionsError';
}

const OPTIONS = {
  zmq: { type: 'string', short: 'z' },
  verbose: { type: 'boolean', short: 'v' },
  tcp: { type: 'boolean', short: 't' },
  udp: { type: 'boolean', short: 'u' },
  in: { type: 'boolean', short: 'i' },
  out: { type: 'boolean', short: 'o' },
  retr: { type: 'boolean', short: 'r' },
  tcpclose: { type: 'boolean', short: 'c' },
  format: { type: 'string' },
  cgroup: { type: 'string' },
  interval: { type: 'string' },
  name: { type: 'string' },
  exporter: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'V' },
} as const;
type OptionName = keyof typeof OPTIONS;

const MAX_NAME_LENGTH = 255;
const MIN_INTERVAL_SECONDS = 0.1;
const MAX_INTERVAL_SECONDS = 3600;
const DEFAULT_INTERVAL_SECONDS = 5;

/** Reads the arguments after the program's name. Throws `OptionsError`. */
export function parseOptions(args: readonly string[]): Command {
  const given = readTokens(args);
  if (given.has('help')) return { kind: 'help' };
  if (given.has('version')) return { kind: 'version' };

  const endpoints = parseEndpointOptions(given.get('zmq') ?? []);
  const verbose = given.has('verbose');
  const sending = endpoints.length > 0;
  const format = parseFormat(last(given, 'format'));
  if (format !== null && sending && !verbose) {
    throw new OptionsError(
      '--format says how events are printed, but with --zmq none are: add -v to see them',
    );
  }
  return {
    kind: 'run',
    options: {
      endpoints,
      print: sending && !verbose ? null : (format ?? 'text'),
      selection: selectionOf({
        tcp: given.has('tcp'),
        udp: given.has('udp'),
        retr: given.has('retr'),
        tcpclose: given.has('tcpclose'),
        in: given.has('in'),
        out: given.has('out'),
      }),
      cgroup: parseCgroup(last(given, 'cgroup')),
      intervalMs: parseInterval(last(given, 'interval')),
      name: parseName(last(given, 'name')),
      exporter: parseExporter(last(given, 'exporter')),
    },
  };
}

/** Every value of every option, in order; a boolean has one empty value for each time it was given. */
function readTokens(args: readonly string[]): Map<OptionName, string[]> {
  const { tokens } = parseArgs({ args: [...args], options: OPTIONS, strict: false, tokens: true });
  const given = new Map<OptionName, string[]>();
  for (const token of tokens) {
    if (token.kind === 'positional') {
      throw new OptionsError(
        `unexpected argument "${token.value}": endpoints are given with --zmq, e.g. --zmq tcp://127.0.0.1:1234c`,
      );
    }
    if (token.kind === 'option-terminator') continue;
    if (!Object.hasOwn(OPTIONS, token.name)) throw new OptionsError(`unknown option ${token.rawName}`);
    const name = token.name as OptionName;
    const values = given.get(name) ?? [];
    given.set(name, values);
    if (OPTIONS[name].type === 'boolean') {
      if (token.value !== undefined) throw new OptionsError(`option ${token.rawName} takes no value`);
      values.push('');
      continue;
    }
    const optionLike = token.inlineValue === false && token.value.startsWith('-');
    if (token.value === undefined || token.value === '' || optionLike) {
      throw new OptionsError(`option ${token.rawName} needs a value`);
    }
    values.push(token.value);
  }
  return given;
}

function last(given: ReadonlyMap<OptionName, string[]>, name: OptionName): string | null {
  return given.get(name)?.at(-1) ?? null;
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

function parseCgroup(value: string | null): string | null {
  if (value === null) return null;
  if (statSync(value, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new OptionsError(
      `--cgroup "${value}": no such directory; write one of the cgroup2 tree, e.g. /sys/fs/cgroup/system.slice`,
    );
  }
  return value;
}

function parseInterval(value: string | null): number {
  if (value === null) return DEFAULT_INTERVAL_SECONDS * 1000;
  const seconds = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
  if (!(seconds >= MIN_INTERVAL_SECONDS && seconds <= MAX_INTERVAL_SECONDS)) {
    throw new OptionsError(
      `--interval "${value}": write seconds, from ${MIN_INTERVAL_SECONDS} to ${MAX_INTERVAL_SECONDS}`,
    );
  }
  return Math.round(seconds * 1000);
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
