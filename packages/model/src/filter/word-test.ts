/** A bare word of a filter: looked for in names, users, executables, addresses and ports. */
import { type Network, parseNetwork } from '../network.js';
import type { FilterIdentity } from './identity-test.js';
import { findsPattern, matchesPattern, type Pattern } from './pattern.js';

/** One end's address and port. The text is asked for only where a word could be part of an address. */
export interface FilterEnd {
  readonly port: number;
  /** The address as 16 bytes from `offset` on. */
  readonly bytes: Uint8Array;
  readonly offset: number;
  /** The address as `formatAddress` writes it. */
  text(): string;
}

export interface WordTest {
  identity(identity: FilterIdentity): boolean;
  /** Null for words that no address or port can contain, which are most: addresses need not be written out for them. */
  readonly end: ((end: FilterEnd) => boolean) | null;
}

export function wordTest(pattern: Pattern): WordTest {
  return {
    identity: (identity) => textsOf(identity).some((text) => findsPattern(pattern, text)),
    end: endTest(pattern),
  };
}

function textsOf({ process, container }: FilterIdentity): string[] {
  const texts: string[] = [];
  const add = (text: string | null | undefined) => {
    if (text != null) texts.push(text.toLowerCase());
  };
  for (const task of [process, process?.parent]) {
    add(task?.name);
    add(task?.exe);
    add(task?.user);
  }
  add(process?.script);
  add(container?.name);
  add(container?.id);
  add(container?.pod);
  add(container?.namespace);
  add(container?.workload);
  add(container?.image);
  return texts;
}

function endTest(pattern: Pattern): WordTest['end'] {
  const text = pattern.join('*');
  const network = parseNetwork(text);
  // "fd00::" is an address, but whoever writes it as a word is likelier to mean what begins so.
  if (network !== null && !text.endsWith('::')) return (end) => isInside(network, end);
  if (/^\d{1,5}$/.test(text)) {
    return (end) => end.port === Number(text) || hasAddress(pattern, end);
  }
  const socket = /^\[?([0-9a-f.:]+?)\]?:(\d{1,5})$/.exec(text);
  const host = socket === null ? null : parseNetwork(socket[1]!);
  if (socket !== null && host !== null) {
    return (end) => end.port === Number(socket[2]) && isInside(host, end);
  }
  if (!/^[0-9a-f.:*]+$/.test(text)) return null;
  return (end) => hasAddress(pattern, end);
}

function isInside(network: Network, { bytes, offset }: FilterEnd): boolean {
  return network.contains(bytes, offset);
}

/** A fragment counts from the beginning of an address: "10.1" is not in 192.168.10.1. */
function hasAddress(pattern: Pattern, end: FilterEnd): boolean {
  const text = end.text();
  return pattern.length === 1 ? text.startsWith(pattern[0]!) : matchesPattern(pattern, text);
}
