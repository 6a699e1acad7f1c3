/** What every command that watches this host lets its user choose: where events come from, and which of them. */
import { statSync } from 'node:fs';
import type { FilterNode } from '@packetless/model';
import { type Arguments, OptionsError } from './arguments.js';
import { FILTER_OPTIONS, parseFilterOptions } from './filter-options.js';
import { parseRuntimeSockets, type RuntimeSockets } from './runtime-sockets.js';
import { parseSourceOptions, SOURCE_OPTIONS, type SourceOptions } from './source-options.js';

export interface WatchOptions extends SourceOptions {
  readonly filter: FilterNode | null;
  /** Conversations over loopback, and sockets that listen there. */
  readonly loopback: boolean;
  readonly listening: boolean;
  /** cgroup2 directory that limits datagrams; null: no limit. */
  readonly cgroup: string | null;
  readonly runtimeSockets: RuntimeSockets;
}

export const WATCH_OPTIONS = {
  ...SOURCE_OPTIONS,
  ...FILTER_OPTIONS,
  'no-loopback': { type: 'boolean', short: 'l' },
  'no-listening': { type: 'boolean', short: 'L' },
  cgroup: { type: 'string' },
  'runtime-socket': { type: 'string' },
} as const;

/** Throws `OptionsError`. */
export function parseWatchOptions(given: Arguments<keyof typeof WATCH_OPTIONS>): WatchOptions {
  return {
    ...parseSourceOptions(given),
    filter: parseFilterOptions(given),
    loopback: !given.has('no-loopback'),
    listening: !given.has('no-listening'),
    cgroup: parseCgroup(given.last('cgroup')),
    runtimeSockets: parseRuntimeSockets(given.all('runtime-socket')),
  };
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
