/** Our agent's list of listening sockets: what ntopng reads, and all that is known in a member of ours (docs/wire.md §7, §13). */
import { type ListeningEvent, type ListeningSocket, TCP, UDP } from '@packetless/model';
import { isIPv6 } from '../dialect/address.js';
import { MAX_HOST_ADDRESSES, MAX_LISTENING_PARTS, MAX_NAME } from '../dialect/limits.js';
import { OWN_LISTENING_KEY } from '../dialect/listening.js';
import { writeContainer } from './container.js';
import { type EncodedMessage, JsonWriter, literal } from './json-writer.js';
import { ProcessMembers } from './process.js';
import { atMost, type Room, writeWithin } from './room.js';
import { formatTimestamp } from './timestamp.js';

/** Half of ntopng's receive buffer. */
export const MAX_LISTENING_BYTES = 64 * 1024;
/** Of these, what ntopng reads: several hundred ports. */
const MAX_PORT_LISTS_BYTES = 16 * 1024;
/** Numbers of the part, and brackets. */
const ENVELOPE_BYTES = 64;

const writer = new JsonWriter(64 * 1024);

export interface EncodedListening {
  /** In their order; each can be read alone, and together they are the list. */
  readonly messages: readonly EncodedMessage[];
  /** Sockets for which there was no room in the greatest number of parts. */
  readonly leftOut: number;
}

/**
 * A list that is too long for one message is cut into parts, unless it is a part already. ntopng takes each message
 * for the whole list, so each tells it all ports.
 */
export function encodeListening(event: ListeningEvent): EncodedListening {
  const head = writeHead(event);
  const room = MAX_LISTENING_BYTES - Buffer.byteLength(head) - ENVELOPE_BYTES;
  const { parts, leftOut } = cut(event.sockets, event.parts === 1 ? room : Number.POSITIVE_INFINITY);
  const messages = parts.map((sockets, index) => {
    const numbers =
      event.parts === 1 ? { part: index, parts: parts.length } : { part: event.part, parts: event.parts };
    const text = `${head}"part":${numbers.part},"parts":${numbers.parts},"sockets":[${sockets.join(',')}]}}`;
    return { text, size: Buffer.byteLength(text) };
  });
  return { messages, leftOut };
}

/** The texts of all sockets, in groups of at most `room` bytes; at least one group, and one socket in each. */
function cut(
  sockets: readonly ListeningSocket[],
  room: number,
): { readonly parts: readonly (readonly string[])[]; readonly leftOut: number } {
  let part: string[] = [];
  const parts = [part];
  let bytes = 0;
  for (const [index, socket] of sockets.entries()) {
    const { text, size } = encodeSocket(socket);
    if (part.length > 0 && bytes + size + 1 > room) {
      if (parts.length === MAX_LISTENING_PARTS) return { parts, leftOut: sockets.length - index };
      part = [];
      parts.push(part);
      bytes = 0;
    }
    part.push(text);
    bytes += size + 1;
  }
  return { parts, leftOut: 0 };
}

/** All but the part, up to where its members go. */
function writeHead(event: ListeningEvent): string {
  const { agent, exporter, location } = event;
  const own = {
    time: formatTimestamp(event.time),
    ...(agent !== null && { agent: atMost(agent, MAX_NAME) }),
    ...(exporter !== null && { exporter: atMost(exporter, MAX_NAME) }),
    ...(location !== null && { location: atMost(location, MAX_NAME) }),
  };
  const all = {
    'ip-addresses': event.addresses.slice(0, MAX_HOST_ADDRESSES).map((address) => atMost(address, MAX_NAME)),
    'listening-ports': portLists(event),
    ...(agent !== null && { 'instance-name': atMost(agent, MAX_NAME) }),
  };
  const ownText = JSON.stringify(own);
  return `${JSON.stringify(all).slice(0, -1)},"${OWN_LISTENING_KEY}":${ownText.slice(0, -1)},`;
}

interface NamedPort {
  readonly port: number;
  readonly proc: string;
  readonly pkg: string;
}

/**
 * ntopng files all ports under all of the host's addresses: those of containers, whose addresses are others, are not
 * among them.
 */
function portLists({ sockets, location }: ListeningEvent): { readonly [list: string]: readonly NamedPort[] } {
  const lists = { tcp4: [], tcp6: [], udp4: [], udp6: [] } as { [list: string]: NamedPort[] };
  const listed = new Set<string>();
  let bytes = 0;
  for (const socket of sockets) {
    const name = listName(socket);
    if (name === null || (location !== null && socket.location !== null && socket.location !== location)) {
      continue;
    }
    const named = { port: socket.port, proc: atMost(socket.process?.name ?? '', MAX_NAME), pkg: '' };
    const text = JSON.stringify(named);
    if (listed.has(name + text)) continue;
    bytes += Buffer.byteLength(text) + 1;
    if (bytes > MAX_PORT_LISTS_BYTES) break;
    listed.add(name + text);
    lists[name]!.push(named);
  }
  return lists;
}

function listName({ protocol, address }: ListeningSocket): string | null {
  if (protocol !== TCP && protocol !== UDP) return null;
  return `${protocol === TCP ? 'tcp' : 'udp'}${isIPv6(address) ? 6 : 4}`;
}

function encodeSocket(socket: ListeningSocket): EncodedMessage {
  writeWithin(writer, (room) => writeSocket(socket, room));
  return { text: writer.toString(), size: writer.length };
}

const PROTOCOL = literal('"protocol":');
const ADDRESS = literal('"address":');
const PORT = literal('"port":');
const LOCATION = literal('"location":');
const SOCKET = literal('"socket":');
const INTERFACE = literal('"interface":');
const SINCE = literal('"since":');
const BACKLOG = literal('"backlog":');
const BACKLOG_LIMIT = literal('"backlogLimit":');
const CONTAINER = literal('"container":');

const processes = new ProcessMembers(writer, {
  process: literal('"process":'),
  parent: literal('"parent":'),
  evidence: literal('"evidence":'),
});

function writeSocket(socket: ListeningSocket, room: Room): void {
  writer.begin();
  writer.number(PROTOCOL, socket.protocol);
  writer.text(ADDRESS, atMost(socket.address, room.event));
  writer.number(PORT, socket.port);
  writer.text(LOCATION, atMost(socket.location, room.event));
  if (Number.isSafeInteger(socket.socket)) writer.number(SOCKET, socket.socket);
  writer.text(INTERFACE, atMost(socket.interfaceName, room.event));
  if (socket.since !== null) writer.timestamp(SINCE, socket.since);
  writer.number(BACKLOG, socket.backlog);
  writer.number(BACKLOG_LIMIT, socket.backlogLimit);
  const { process, container } = socket;
  if (process !== null) processes.write(process, room);
  if (container !== null) writeContainer(writer, CONTAINER, container, room);
  writer.end();
}
