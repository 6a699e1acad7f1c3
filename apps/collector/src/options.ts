/** The command line: what it asks for, or why it cannot be. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Network, PRIVATE_NETWORKS } from '@packetless/model';
import { type Endpoint, EndpointError, parseEndpoints } from '@packetless/wire';
import { readFlags, wholeNumber } from './flags.js';
import type { PacketSource } from './input/packet-input.js';
import type { ApiServerOptions } from './kubernetes/api-server.js';
import { parseKubernetes } from './kubernetes/options.js';
import { parseNetworksOption } from './networks-option.js';
import { OptionsError } from './options-error.js';
import { PACKET_FLAGS, type PacketOptions, packetOptionsOf } from './packet-options.js';
import { parseReadOptions, type ReadOptions } from './read/options.js';
import { parseWebAddress, type WebAddress } from './web-address.js';

/** An interface to be; its name is the text as given. */
export type InterfaceOptions = ZmqInterfaceOptions | PacketInterfaceOptions;

/** Its endpoints are what the text lists. */
export interface ZmqInterfaceOptions {
  readonly kind: 'zmq';
  readonly name: string;
  readonly endpoints: readonly Endpoint[];
}

export interface PacketInterfaceOptions {
  readonly kind: 'packets';
  readonly name: string;
  readonly source: PacketSource;
}

export interface StateDirectoryOptions {
  readonly path: string;
  /** Somebody asked for this one, so the collector does not run without it. */
  readonly required: boolean;
}

export interface Options {
  readonly interfaces: readonly InterfaceOptions[];
  readonly localNetworks: readonly Network[];
  readonly packets: PacketOptions;
  readonly web: WebAddress;
  readonly stateDirectory: StateDirectoryOptions;
  readonly idleMs: number;
  readonly endedMs: number;
  readonly maxFlows: number;
  /** The API server to ask; null: none. */
  readonly kubernetes: ApiServerOptions | null;
  readonly verbose: boolean;
}

export type Command =
  | { readonly kind: 'help' | 'version' }
  | { readonly kind: 'run'; readonly options: Options }
  | { readonly kind: 'read help' }
  | { readonly kind: 'read'; readonly options: ReadOptions };

export { OptionsError };

export interface Defaults {
  readonly localNetworks: readonly string[];
  readonly web: string;
  readonly stateDirectory: string;
  readonly idleSeconds: number;
  readonly endedSeconds: number;
  readonly maxFlows: number;
}

export function defaultsFor(environment: NodeJS.ProcessEnv): Defaults {
  const state = environment.XDG_STATE_HOME;
  return {
    localNetworks: PRIVATE_NETWORKS,
    web: '127.0.0.1:3000',
    // An empty or relative XDG_STATE_HOME is to be ignored (XDG Base Directory Specification).
    stateDirectory: join(
      state?.startsWith('/') ? state : join(homedir(), '.local', 'state'),
      'packetless-collector',
    ),
    idleSeconds: 120,
    endedSeconds: 60,
    maxFlows: 262_144,
  };
}

const FLAGS = {
  interface: { type: 'string', short: 'i', multiple: true },
  'local-networks': { type: 'string', short: 'm', multiple: true },
  ...PACKET_FLAGS,
  web: { type: 'string', short: 'w' },
  directory: { type: 'string', short: 'd' },
  idle: { type: 'string' },
  ended: { type: 'string' },
  'max-flows': { type: 'string' },
  kubernetes: { type: 'string' },
  'kubernetes-token-file': { type: 'string' },
  'kubernetes-ca-file': { type: 'string' },
  verbose: { type: 'boolean', short: 'v' },
  version: { type: 'boolean', short: 'V' },
  help: { type: 'boolean', short: 'h' },
} as const;

const EXAMPLE = 'packetless-collector -i "tcp://*:1234c"';
const WEEK_SECONDS = 7 * 24 * 3600;

/** Reads the arguments after the program's name. Throws OptionsError. */
export function parseOptions(args: readonly string[], environment: NodeJS.ProcessEnv): Command {
  if (args[0] === 'read') return parseReadOptions(args.slice(1));
  const { values, positionals } = readFlags(args, FLAGS);
  if (positionals.length > 0) {
    throw new OptionsError(
      `"${positionals[0]}" stands alone. Interfaces are given with -i, for instance: ${EXAMPLE}. ` +
        'What a capture file has is listed by: packetless-collector read FILE',
    );
  }
  if (values.help) return { kind: 'help' };
  if (values.version) return { kind: 'version' };
  const defaults = defaultsFor(environment);
  const options: Options = {
    interfaces: parseInterfaces(values.interface ?? []),
    localNetworks: parseNetworksOption(values['local-networks'] ?? defaults.localNetworks),
    packets: packetOptionsOf(values),
    web: parseWeb(values.web ?? defaults.web),
    stateDirectory: parseDirectory(values.directory, defaults),
    idleMs: 1000 * wholeNumber('--idle', values.idle, defaults.idleSeconds, 1, WEEK_SECONDS),
    endedMs: 1000 * wholeNumber('--ended', values.ended, defaults.endedSeconds, 0, WEEK_SECONDS),
    maxFlows: wholeNumber('--max-flows', values['max-flows'], defaults.maxFlows, 1, 16_777_216),
    kubernetes: parseKubernetes(
      {
        kubernetes: values.kubernetes,
        tokenFile: values['kubernetes-token-file'],
        caFile: values['kubernetes-ca-file'],
      },
      environment,
    ),
    verbose: values.verbose ?? false,
  };
  return { kind: 'run', options };
}

function parseInterfaces(texts: readonly string[]): InterfaceOptions[] {
  if (texts.length === 0) {
    throw new OptionsError(`No interface is given, so nothing could be seen. For instance: ${EXAMPLE}`);
  }
  const names = new Set<string>();
  const listening = new Map<string, string>();
  return texts.map((name): InterfaceOptions => {
    if (names.has(name)) throw new OptionsError(`-i "${name}" is given twice; give it once.`);
    names.add(name);
    if (!name.includes('://')) return { kind: 'packets', name, source: parsePacketSource(name) };
    const endpoints = parseInterface(name);
    for (const { address, mode, text } of endpoints) {
      const before = listening.get(address);
      if (before !== undefined) {
        throw new OptionsError(`"${text}" and "${before}" are the same endpoint; give it once.`);
      }
      if (mode === 'connect' || !address.endsWith(':*')) listening.set(address, text);
    }
    return { kind: 'zmq', name, endpoints };
  });
}

/** What nobody calls a network interface. */
const FILE_NAME = /\/|\.(pcap|pcapng|cap|dmp)(\.gz)?$/i;

function parsePacketSource(text: string): PacketSource {
  if (FILE_NAME.test(text)) return { file: text };
  // As the kernel bounds names of network interfaces (IFNAMSIZ).
  if (/^[^\s:,]{1,15}$/.test(text)) return { interface: text };
  throw new OptionsError(
    `-i "${text}" is neither a network interface nor an endpoint. Write for instance lo, capture.pcap or ` +
      'tcp://*:1234c; give each network interface an -i of its own.',
  );
}

function parseInterface(text: string): Endpoint[] {
  try {
    return parseEndpoints(text, 'collector');
  } catch (error) {
    if (error instanceof EndpointError) throw new OptionsError(`-i "${text}": ${error.message}`);
    throw error;
  }
}

function parseWeb(text: string): WebAddress {
  const address = parseWebAddress(text);
  if (typeof address === 'string') throw new OptionsError(`-w "${text}": ${address}`);
  return address;
}

function parseDirectory(text: string | undefined, defaults: Defaults): StateDirectoryOptions {
  if (text === undefined) return { path: defaults.stateDirectory, required: false };
  if (text === '') throw new OptionsError('-d needs the path of a directory.');
  return { path: resolve(text), required: true };
}
