/** The command line of `top`. */
import { hostname } from 'node:os';
import { VIEWS, type View } from '../activity/groups.js';
import { OptionsError, readArguments } from '../options/arguments.js';
import { parseSeconds } from '../options/seconds.js';
import { parseWatchOptions, WATCH_OPTIONS, type WatchOptions } from '../options/watch-options.js';
import { SORT_KEYS } from './columns.js';
import type { Order } from './sort.js';

export interface TopOptions extends WatchOptions {
  readonly view: View;
  readonly order: Order;
  readonly intervalMs: number;
  /** How many tables to print, one below the other; null: a live table on a terminal. */
  readonly batch: number | null;
  readonly durationMs: number | null;
  readonly name: string;
}

const OPTIONS = {
  ...WATCH_OPTIONS,
  view: { type: 'string' },
  sort: { type: 'string' },
  reverse: { type: 'boolean' },
  interval: { type: 'string' },
  duration: { type: 'string' },
  once: { type: 'boolean' },
  batch: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

const NO_OPTION = 'top takes options only, e.g. packetless-agent top --process curl';
const DEFAULT_INTERVAL_MS = 1000;
const MIN_INTERVAL_SECONDS = 0.2;
const MAX_INTERVAL_SECONDS = 60;
const MAX_DURATION_SECONDS = 2_000_000;
const MAX_TABLES = 1_000_000;

/** Null: help was asked for. Throws `OptionsError`. */
export function parseTopOptions(args: readonly string[]): TopOptions | null {
  const given = readArguments(args, OPTIONS, NO_OPTION);
  if (given.has('help')) return null;
  const watch = parseWatchOptions(given);
  if (watch.source.kind === 'replay' && watch.source.speed === Number.POSITIVE_INFINITY) {
    throw new OptionsError(
      '--speed max leaves no time in which anything could be seen: write a number, e.g. 10',
    );
  }
  return {
    ...watch,
    view: oneOf('--view', given.last('view'), VIEWS, 'process'),
    order: { key: oneOf('--sort', given.last('sort'), SORT_KEYS, 'traffic'), reversed: given.has('reverse') },
    intervalMs:
      seconds('--interval', given.last('interval'), MIN_INTERVAL_SECONDS, MAX_INTERVAL_SECONDS) ??
      DEFAULT_INTERVAL_MS,
    batch: given.has('once') ? 1 : parseBatch(given.last('batch')),
    durationMs: seconds('--duration', given.last('duration'), MIN_INTERVAL_SECONDS, MAX_DURATION_SECONDS),
    name: hostname(),
  };
}

function oneOf<Known extends string>(
  option: string,
  value: string | null,
  known: readonly Known[],
  otherwise: Known,
): Known {
  if (value === null) return otherwise;
  const found = known.find((each) => each === value);
  if (found === undefined) throw new OptionsError(`${option} "${value}": write one of ${known.join(', ')}`);
  return found;
}

function seconds(option: string, value: string | null, least: number, most: number): number | null {
  return value === null ? null : parseSeconds(option, value, least, most);
}

function parseBatch(value: string | null): number | null {
  if (value === null) return null;
  const count = /^\d{1,7}$/.test(value) ? Number(value) : 0;
  if (count >= 1 && count <= MAX_TABLES) return count;
  throw new OptionsError(`--batch "${value}": write how many tables to print, from 1 to ${MAX_TABLES}`);
}
