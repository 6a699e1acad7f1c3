/** Topic `listening-ports`: what a host listens on, with our agent's full account of it (docs/wire.md §7, §13). */
import { type Evidence, type ListeningEvent, type ListeningSocket, TCP, UDP } from '@packetless/model';
import type { RejectReason } from '../reject.js';
import { isUnspecified, readAddress } from './address.js';
import { readContainer } from './container.js';
import {
  MAX_EVENTS_PER_MESSAGE,
  MAX_HOST_ADDRESSES,
  MAX_IDENTITY,
  MAX_INTERFACE_NAME,
  MAX_LISTENING_PARTS,
  MAX_NAME,
} from './limits.js';
import { type Keeper, readProcess } from './process.js';
import { isObject, type JsonObject, readInteger, readText, readTimestamp } from './value.js';

const MAX_PORT = 65535;
const MAX_PROTOCOL = 255;
/** Our own member of the object. */
export const OWN_LISTENING_KEY = 'packetless';
/** ntopng's lists, and what their names say. */
const LISTS = [
  ['tcp4', TCP, '0.0.0.0'],
  ['tcp6', TCP, '::'],
  ['udp4', UDP, '0.0.0.0'],
  ['udp6', UDP, '::'],
] as const;
const EVIDENCES = new Set<unknown>(['kernel', 'io', 'snapshot', 'proc'] satisfies Evidence[]);

export type ListeningResult =
  | {
      readonly event: ListeningEvent;
      /** Sockets that cannot be any. */
      readonly refused: number;
    }
  | { readonly reject: RejectReason; readonly count: number };

/** `receivedAt`: epoch milliseconds, for a list without a time. */
export function decodeListening(record: JsonObject, receivedAt: number): ListeningResult {
  const addresses = readAddresses(record['ip-addresses']);
  const own = record[OWN_LISTENING_KEY];
  return isObject(own) && Array.isArray(own.sockets)
    ? readOwn(own, own.sockets, addresses, receivedAt)
    : readNtopng(record['listening-ports'], addresses, receivedAt);
}

function readOwn(
  own: JsonObject,
  values: readonly unknown[],
  addresses: readonly string[],
  receivedAt: number,
): ListeningResult {
  if (values.length > MAX_EVENTS_PER_MESSAGE) return { reject: 'too many events', count: values.length };
  const parts = readInteger(own.parts, MAX_LISTENING_PARTS) ?? 1;
  const part = readInteger(own.part, MAX_LISTENING_PARTS) ?? 0;
  if (part >= parts) return { reject: 'bad field', count: 1 };
  const sockets: ListeningSocket[] = [];
  for (const value of values) {
    const socket = isObject(value) ? readSocket(value) : null;
    if (socket !== null) sockets.push(socket);
  }
  return {
    event: {
      type: 'listening',
      time: readTimestamp(own.time) ?? receivedAt,
      agent: readText(own.agent, MAX_IDENTITY),
      exporter: readAddress(own.exporter),
      addresses,
      location: readText(own.location, MAX_IDENTITY),
      part,
      parts,
      sockets,
    },
    refused: values.length - sockets.length,
  };
}

function readSocket(value: JsonObject): ListeningSocket | null {
  const protocol = readInteger(value.protocol, MAX_PROTOCOL);
  const address = readAddress(value.address);
  const port = readInteger(value.port, MAX_PORT);
  if (protocol === null || address === null || port === null) return null;
  const process = isObject(value.process) ? value.process : null;
  const parent = isObject(value.parent) ? value.parent : null;
  return {
    protocol,
    address,
    port,
    process: readProcess(NO_KEEPER, 'process', process, 'parent', parent, {
      exchangedIds: false,
      evidence: EVIDENCES.has(value.evidence) ? (value.evidence as Evidence) : 'none',
      tid: null,
    }),
    container: readContainer(isObject(value.container) ? value.container : null),
    location: readText(value.location, MAX_IDENTITY),
    socket: readInteger(value.socket),
    interfaceName: readText(value.interface, MAX_INTERFACE_NAME),
    since: readTimestamp(value.since),
    backlog: readInteger(value.backlog),
    backlogLimit: readInteger(value.backlogLimit),
  };
}

/** A list has no place for fields that no one knows. */
const NO_KEEPER: Keeper = { keep: () => undefined };

function readNtopng(lists: unknown, addresses: readonly string[], receivedAt: number): ListeningResult {
  if (!isObject(lists)) return { reject: 'missing field', count: 1 };
  const sockets: ListeningSocket[] = [];
  let count = 0;
  for (const [name, protocol, address] of LISTS) {
    const values = lists[name];
    if (!Array.isArray(values)) continue;
    count += values.length;
    if (count > MAX_EVENTS_PER_MESSAGE) return { reject: 'too many events', count };
    for (const value of values) {
      const port = isObject(value) ? readInteger(value.port, MAX_PORT) : null;
      if (port !== null) sockets.push(namedSocket(protocol, address, port, readText(value.proc, MAX_NAME)));
    }
  }
  return {
    event: {
      type: 'listening',
      time: receivedAt,
      agent: null,
      // Hosts are known by the address that others reach them at.
      exporter: addresses.find((address) => !isOwnOnly(address)) ?? addresses[0] ?? null,
      addresses,
      location: null,
      part: 0,
      parts: 1,
      sockets,
    },
    refused: count - sockets.length,
  };
}

/** ntopng's lists name a program without saying which process it is. */
function namedSocket(
  protocol: number,
  address: string,
  port: number,
  program: string | null,
): ListeningSocket {
  return {
    protocol,
    address,
    port,
    process:
      program === null
        ? null
        : {
            pid: 0,
            tid: null,
            uid: null,
            user: null,
            gid: null,
            group: null,
            name: program,
            exe: null,
            cmdline: null,
            script: null,
            exeDeleted: null,
            role: null,
            parent: null,
            evidence: 'none',
          },
    container: null,
    location: null,
    socket: null,
    interfaceName: null,
    since: null,
    backlog: null,
    backlogLimit: null,
  };
}

function readAddresses(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value
    .slice(0, MAX_HOST_ADDRESSES)
    .map(readAddress)
    .filter((address) => address !== null);
}

/** Loopback, link-local and unspecified addresses: every host has them. */
function isOwnOnly(address: string): boolean {
  return isUnspecified(address) || address === '::1' || /^127\.|^169\.254\.|^fe80:/.test(address);
}
