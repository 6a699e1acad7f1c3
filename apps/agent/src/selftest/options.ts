/** The self-test's command line. */
import { parseArgs } from 'node:util';
import type { Row } from './row.js';

export interface SelftestOptions {
  readonly rows: readonly Row[];
  readonly list: boolean;
  readonly json: boolean;
  readonly full: boolean;
  /** What the agent is given besides. */
  readonly agent: readonly string[];
}

export class SelftestOptionsError extends Error {
  override readonly name = 'SelftestOptionsError';
}

const OPTIONS = {
  only: { type: 'string', multiple: true },
  list: { type: 'boolean' },
  json: { type: 'boolean' },
  full: { type: 'boolean' },
  'keep-going': { type: 'boolean' },
} as const;

/** Arguments after `selftest`; those after `--` are for the agent. Throws `SelftestOptionsError`. */
export function parseSelftestOptions(args: readonly string[], rows: readonly Row[]): SelftestOptions {
  const end = args.indexOf('--');
  const own = end < 0 ? [...args] : args.slice(0, end);
  const { values } = parse(own);
  return {
    rows: values.only === undefined ? rows : chosen(values.only, rows),
    list: values.list === true,
    json: values.json === true,
    full: values.full === true,
    agent: end < 0 ? [] : args.slice(end + 1),
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS });
  } catch (error) {
    throw new SelftestOptionsError(error instanceof Error ? error.message : String(error));
  }
}

/** `udp` is the rows udp/ipv4 and udp/ipv6, `udp/ipv6` that one, `udp*` whatever begins so. Each once, in their order. */
function chosen(lists: readonly string[], rows: readonly Row[]): readonly Row[] {
  const names = lists.flatMap((list) => list.split(','));
  for (const name of names) {
    if (!rows.some((row) => matches(row.name, name))) {
      throw new SelftestOptionsError(`no row is called "${name}"; see selftest --list`);
    }
  }
  return rows.filter((row) => names.some((name) => matches(row.name, name)));
}

function matches(row: string, name: string): boolean {
  if (name.endsWith('*')) return row.startsWith(name.slice(0, -1));
  return row === name || row.startsWith(`${name}/`);
}
