/** Options that choose events by what they are about: each is a term of the filter language. */
import { FilterError, type FilterNode, mentionedFields, parseFilter, parseNetwork } from '@packetless/model';
import { type Arguments, OptionsError } from './arguments.js';

export const FILTER_OPTIONS = {
  pid: { type: 'string' },
  process: { type: 'string' },
  user: { type: 'string' },
  container: { type: 'string' },
  port: { type: 'string' },
  address: { type: 'string' },
  failed: { type: 'boolean' },
  filter: { type: 'string' },
} as const;

/** Fields that only packets tell. */
const PACKET_FIELDS = ['hostname', 'servername', 'application', 'category', 'vlan'] as const;
/** kernel/pid.h PID_MAX_LIMIT of 64-bit kernels. */
const MAX_PID = 4_194_304;
const MAX_PORT = 65_535;

/** All that was asked for; null: everything. Values of one option are alternatives. Throws `OptionsError`. */
export function parseFilterOptions(given: Arguments<keyof typeof FILTER_OPTIONS>): FilterNode | null {
  const terms = [
    anyOf(given.all('pid'), (value) => number('pid', value, 1, MAX_PID, 'a process id, e.g. --pid 1234')),
    anyOf(given.all('process'), (value) => text('process', value)),
    anyOf(given.all('user'), (value) => text('user', value)),
    anyOf(given.all('container'), (value) => text('container', value)),
    anyOf(given.all('port'), (value) => number('port', value, 0, MAX_PORT, 'a port, e.g. --port 443')),
    anyOf(given.all('address'), network),
    given.has('failed') ? ({ kind: 'flag', name: 'failed' } as const) : null,
    ...given.all('filter').map(readFilter),
  ].filter((term) => term !== null);
  return terms.length > 1 ? { kind: 'and', operands: terms } : (terms[0] ?? null);
}

/** Reads a filter for events of an agent; null is one that matches everything. Throws `FilterError`. */
export function parseEventFilter(expression: string): FilterNode | null {
  const node = parseFilter(expression);
  const mentioned = node === null ? null : mentionedFields(node);
  if (mentioned?.has('interface')) {
    throw new FilterError(
      '"interface" is one of a collector; the network interface of a host is "if".',
      expression.search(/interface/i),
    );
  }
  if (mentioned?.has('service')) {
    throw new FilterError('Services are known to a collector only.', expression.search(/service/i));
  }
  if (mentioned?.has('network')) {
    throw new FilterError(
      'Aliases of networks are known to a collector only.',
      expression.search(/network/i),
    );
  }
  const ofPackets = PACKET_FIELDS.find((field) => mentioned?.has(field));
  if (ofPackets !== undefined) {
    throw new FilterError(
      'What packets tell is known to a collector only.',
      expression.toLowerCase().indexOf(ofPackets),
    );
  }
  return node;
}

function readFilter(expression: string): FilterNode | null {
  try {
    return parseEventFilter(expression);
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    throw new OptionsError(`--filter "${expression}", at character ${error.position + 1}: ${error.message}`);
  }
}

/** Several may be given in one value too, separated by commas. */
function anyOf(values: readonly string[], term: (value: string) => FilterNode): FilterNode | null {
  const operands = values.flatMap((value) => value.split(',')).map(term);
  return operands.length > 1 ? { kind: 'or', operands } : (operands[0] ?? null);
}

function text(field: 'process' | 'user' | 'container', value: string): FilterNode {
  if (value === '')
    throw new OptionsError(`--${field}: write a name, e.g. --${field} web, or part of it with *`);
  return { kind: 'text', field, comparison: '=', pattern: value.toLowerCase().split('*') };
}

function number(
  field: 'pid' | 'port',
  value: string,
  least: number,
  most: number,
  expected: string,
): FilterNode {
  const number = /^\d{1,7}$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= least && number <= most)) {
    throw new OptionsError(`--${field} "${value}": write ${expected}, from ${least} to ${most}`);
  }
  return { kind: 'number', field, comparison: '=', value: number };
}

function network(value: string): FilterNode {
  if (value.includes('=') || parseNetwork(value) === null) {
    throw new OptionsError(
      `--address "${value}": write an address or network, e.g. 192.0.2.7, 10.0.0.0/8 or fd00::/8`,
    );
  }
  return { kind: 'network', field: 'host', comparison: '=', network: value };
}
