/** The command line of `packetless-collector read`. */
import { FLOW_SORT_FIELDS, type FlowSort, sortSchema } from '@packetless/live';
import { FilterError, type Network, PRIVATE_NETWORKS, parseFilter } from '@packetless/model';
import { readFlags, wholeNumber } from '../flags.js';
import { MAX_CAPACITY } from '../flows/flow-table.js';
import { parseNetworksOption } from '../networks-option.js';
import { OptionsError } from '../options-error.js';
import { FILE_FLAGS, type PacketOptions, packetOptionsOf } from '../packet-options.js';

export interface ReadOptions {
  readonly files: readonly string[];
  readonly packets: PacketOptions;
  /** Which conversations, in the language of docs/filter.md; null: all. */
  readonly filter: string | null;
  readonly sort: FlowSort;
  /** The most conversations that are listed; null: all. */
  readonly limit: number | null;
  readonly format: 'text' | 'json';
  readonly localNetworks: readonly Network[];
  /** The most conversations that are kept of a file. */
  readonly maxFlows: number;
}

const FLAGS = {
  filter: { type: 'string', short: 'f' },
  ...FILE_FLAGS,
  sort: { type: 'string', short: 's', dashed: true },
  limit: { type: 'string', short: 'n' },
  format: { type: 'string' },
  'local-networks': { type: 'string', short: 'm', multiple: true },
  'max-flows': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

const EXAMPLE = 'packetless-collector read capture.pcap';
/** More than a capture has room for at once. */
export const DEFAULT_MAX_FLOWS = 1 << 21;

/** Reads the arguments after "read". Throws OptionsError. */
export function parseReadOptions(
  args: readonly string[],
): { readonly kind: 'read help' } | { readonly kind: 'read'; readonly options: ReadOptions } {
  const { values, positionals } = readFlags(args, FLAGS);
  if (values.help) return { kind: 'read help' };
  if (positionals.length === 0) throw new OptionsError(`No capture file is given. For instance: ${EXAMPLE}`);
  const twice = positionals.find((file, index) => positionals.indexOf(file) < index);
  if (twice !== undefined) throw new OptionsError(`"${twice}" is given twice; give it once.`);
  const options: ReadOptions = {
    files: positionals,
    packets: packetOptionsOf(values),
    filter: checkedFilter(values.filter),
    sort: checkedSort(values.sort ?? 'firstSeen'),
    limit: values.limit === undefined ? null : wholeNumber('--limit', values.limit, 0, 0, MAX_CAPACITY),
    format: checkedFormat(values.format ?? 'text'),
    localNetworks: parseNetworksOption(values['local-networks'] ?? PRIVATE_NETWORKS),
    maxFlows: wholeNumber('--max-flows', values['max-flows'], DEFAULT_MAX_FLOWS, 1, MAX_CAPACITY),
  };
  return { kind: 'read', options };
}

function checkedFilter(text: string | undefined): string | null {
  try {
    parseFilter(text ?? '');
  } catch (error) {
    if (error instanceof FilterError) throw new OptionsError(`--filter "${text}": ${error.message}`);
    throw error;
  }
  return text ?? null;
}

function checkedSort(text: string): FlowSort {
  const parsed = sortSchema(FLOW_SORT_FIELDS).safeParse(text);
  if (parsed.success) return parsed.data;
  throw new OptionsError(
    `--sort "${text}" is no order. Write one of ${FLOW_SORT_FIELDS.join(', ')}, with "-" before it for the greatest first.`,
  );
}

function checkedFormat(text: string): 'text' | 'json' {
  if (text === 'text' || text === 'json') return text;
  throw new OptionsError(`--format "${text}" is neither text nor json.`);
}
