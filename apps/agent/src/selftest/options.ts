/** The self-test's command line. */
import { OptionsError, readArguments } from '../options/arguments.js';
import type { Row } from './row.js';

export interface SelftestOptions {
  readonly help: boolean;
  readonly rows: readonly Row[];
  readonly list: boolean;
  readonly json: boolean;
  readonly full: boolean;
  /** What the agent is given besides. */
  readonly agent: readonly string[];
}

const OPTIONS = {
  only: { type: 'string' },
  list: { type: 'boolean' },
  json: { type: 'boolean' },
  full: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

const HINT = 'rows are chosen with --only, e.g. packetless-agent selftest --only udp';

/** Arguments after `selftest`; those after `--` are for the agent. Throws `OptionsError`. */
export function parseSelftestOptions(args: readonly string[], rows: readonly Row[]): SelftestOptions {
  const end = args.indexOf('--');
  const given = readArguments(end < 0 ? args : args.slice(0, end), OPTIONS, HINT);
  return {
    help: given.has('help'),
    rows: given.has('only') ? chosen(given.all('only'), rows) : rows,
    list: given.has('list'),
    json: given.has('json'),
    full: given.has('full'),
    agent: end < 0 ? [] : args.slice(end + 1),
  };
}

/** `udp` is the rows udp/ipv4 and udp/ipv6, `udp/ipv6` that one, `udp*` whatever begins so. Each once, in their order. */
function chosen(lists: readonly string[], rows: readonly Row[]): readonly Row[] {
  const names = lists.flatMap((list) => list.split(','));
  for (const name of names) {
    if (!rows.some((row) => matches(row.name, name))) {
      throw new OptionsError(
        `--only "${name}": no row is called so; packetless-agent selftest --list has them`,
      );
    }
  }
  return rows.filter((row) => names.some((name) => matches(row.name, name)));
}

function matches(row: string, name: string): boolean {
  if (name.endsWith('*')) return row.startsWith(name.slice(0, -1));
  return row === name || row.startsWith(`${name}/`);
}
