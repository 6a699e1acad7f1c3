/** What `-m` names: networks, or a file that lists them. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { type Network, parseNetwork } from '@packetless/model';
import { OptionsError } from './options-error.js';

/** A list longer than that is no list of networks. */
const MAX_FILE_BYTES = 1 << 20;
const MAX_NETWORKS = 10_000;
const MAX_ALIAS = 64;

/** All networks of all `-m`. Throws OptionsError. */
export function parseNetworksOption(texts: readonly string[]): Network[] {
  const networks = texts.flatMap((text) => readList(text) ?? readFile(text));
  if (networks.length > MAX_NETWORKS) {
    throw new OptionsError(`-m names ${networks.length} networks; at most ${MAX_NETWORKS} are understood.`);
  }
  return networks;
}

/** Null for what is no network at all, and so may be a file. */
function readList(text: string): Network[] | null {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.length === 1 && parseNetwork(parts[0]!) === null) return null;
  return parts.map((part) => readNetwork(part, `-m "${text}"`));
}

function readNetwork(text: string, where: string): Network {
  const network = parseNetwork(text);
  if (network === null) throw new OptionsError(`${where}: "${text}" ${NOT_A_NETWORK}`);
  if ((network.alias?.length ?? 0) <= MAX_ALIAS) return network;
  throw new OptionsError(`${where}: the alias of ${network.text} has more than ${MAX_ALIAS} characters.`);
}

const NOT_A_NETWORK =
  'is not a network. Write address/prefix, for instance 192.168.2.0/24, 192.168.2.0/24=office or 2001:db8::/32.';

/** A network a line, or several joined by commas; what follows # is a remark. */
function readFile(path: string): Network[] {
  const lines = readText(path).split(/\r?\n/);
  const networks = lines.flatMap((line, index) =>
    line
      .replace(/#.*/, '')
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
      .map((part) => readNetwork(part, `-m ${path}, line ${index + 1}`)),
  );
  if (networks.length === 0) throw new OptionsError(`-m ${path}: there is no network in this file.`);
  return networks;
}

function readText(path: string): string {
  let file: number;
  try {
    // What is no file is not waited for.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw new OptionsError(refusal(path, (error as NodeJS.ErrnoException).code ?? String(error)));
  }
  try {
    if (!fstatSync(file).isFile()) throw new OptionsError(`-m "${path}" is neither a network nor a file.`);
    const buffer = Buffer.alloc(MAX_FILE_BYTES + 1);
    let length = 0;
    for (;;) {
      const read = readSync(file, buffer, length, buffer.length - length, null);
      if (read === 0) break;
      length += read;
    }
    if (length > MAX_FILE_BYTES)
      throw new OptionsError(`-m ${path}: this file is longer than a list of networks.`);
    return buffer.toString('utf8', 0, length);
  } finally {
    closeSync(file);
  }
}

function refusal(path: string, code: string): string {
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return `-m "${path}" ${NOT_A_NETWORK} Nor is there a file of that name.`;
  }
  return `-m ${path}: the file cannot be read (${code}).`;
}
