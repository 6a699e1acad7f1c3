/** Our agent's counters of an interface, in the words that ntopng reads (docs/wire.md §6, §13). */
import { ADDRESS_BYTES, type InterfaceCountersEvent, isIPv4, parseAddressInto } from '@packetless/model';
import { writeContainer } from './container.js';
import { type EncodedMessage, JsonWriter, literal } from './json-writer.js';
import { atMost, type Room, writeWithin } from './room.js';

const writer = new JsonWriter(64 * 1024);

/** No member is ever null, and every number is one: a peer reads them unchecked. */
export function encodeCounters(event: InterfaceCountersEvent): EncodedMessage {
  writeWithin(writer, (room) => write(event, room));
  return { text: writer.toString(), size: writer.length };
}

const DEVICE_IP = literal('"deviceIP":');
const IF_INDEX = literal('"ifIndex":');
const IF_NAME = literal('"ifName":');
const IF_TYPE = literal('"ifType":');
const IF_SPEED = literal('"ifSpeed":');
const IF_DIRECTION = literal('"ifDirection":');
const IF_ADMIN_STATUS = literal('"ifAdminStatus":');
const IF_OPER_STATUS = literal('"ifOperStatus":');
const IF_IN_OCTETS = literal('"ifInOctets":');
const IF_IN_PACKETS = literal('"ifInPackets":');
const IF_IN_ERRORS = literal('"ifInErrors":');
const IF_OUT_OCTETS = literal('"ifOutOctets":');
const IF_OUT_PACKETS = literal('"ifOutPackets":');
const IF_OUT_ERRORS = literal('"ifOutErrors":');
const IF_PROMISCUOUS_MODE = literal('"ifPromiscuousMode":');
const LOCAL_CONTAINER = literal('"LOCAL_CONTAINER":');
const X_TIME = literal('"X_TIME":');
const X_AGENT = literal('"X_AGENT":');
const X_EXPORTER = literal('"X_EXPORTER":');
const X_LOCATION = literal('"X_LOCATION":');
const X_NAMESPACE = literal('"X_NAMESPACE":');
const X_SPEED = literal('"X_SPEED":');
const X_MTU = literal('"X_MTU":');
const X_INDROPS = literal('"X_INDROPS":');
const X_OUTDROPS = literal('"X_OUTDROPS":');

const MAX_U32 = 0xffff_ffff;

function write(event: InterfaceCountersEvent, room: Room): void {
  const device = deviceNumber(event);
  writer.begin();
  writer.number(DEVICE_IP, device.number);
  writer.number(IF_INDEX, event.index);
  writer.text(IF_NAME, atMost(event.name, room.event));
  writer.number(IF_TYPE, event.ifType);
  // ntopng keeps 32 bits. RFC 2863 section 3.1.7: an interface that is faster says the greatest value.
  writer.number(IF_SPEED, Math.min(event.speedBps ?? 0, MAX_U32));
  writer.text(IF_DIRECTION, event.duplex === null ? 'Unknown' : event.duplex === 'full' ? 'Full' : 'Half');
  writer.text(IF_ADMIN_STATUS, event.adminUp ? 'Up' : 'Down');
  writer.text(IF_OPER_STATUS, event.operUp ? 'Up' : 'Down');
  writer.number(IF_IN_OCTETS, event.bytesReceived);
  writer.number(IF_IN_PACKETS, event.packetsReceived);
  writer.number(IF_IN_ERRORS, event.errorsReceived);
  writer.number(IF_OUT_OCTETS, event.bytesSent);
  writer.number(IF_OUT_PACKETS, event.packetsSent);
  writer.number(IF_OUT_ERRORS, event.errorsSent);
  writer.number(IF_PROMISCUOUS_MODE, Number(event.promiscuous));
  if (event.container !== null) writeContainer(writer, LOCAL_CONTAINER, event.container, room);
  writer.timestamp(X_TIME, event.time);
  writer.text(X_AGENT, atMost(event.agent, room.event));
  if (!device.isExporter) writer.text(X_EXPORTER, atMost(event.exporter, room.event));
  writer.text(X_LOCATION, atMost(event.location, room.event));
  writer.text(X_NAMESPACE, atMost(event.namespace, room.name));
  if (event.speedBps !== null && event.speedBps > MAX_U32) writer.number(X_SPEED, event.speedBps);
  writer.number(X_MTU, event.mtu);
  writer.number(X_INDROPS, event.dropsReceived);
  writer.number(X_OUTDROPS, event.dropsSent);
  writer.end();
}

const CLASS_E = 0xf000_0000;
const address = new Uint8Array(ADDRESS_BYTES);

/**
 * `deviceIP` is an integer for ntopng, which files interfaces under it and knows IPv4 only. A host without such an
 * address gets one out of 240.0.0.0/4, which nobody has (RFC 1112 section 4), so that two of them stay two devices.
 */
function deviceNumber({ exporter, agent }: InterfaceCountersEvent): { number: number; isExporter: boolean } {
  if (exporter !== null && parseAddressInto(exporter, address, 0) && isIPv4(address)) {
    const number = new DataView(address.buffer).getUint32(ADDRESS_BYTES - 4);
    if (number < CLASS_E) return { number, isExporter: true };
  }
  const name = agent ?? exporter;
  return { number: name === null ? 0 : (CLASS_E | (hash(name) >>> 4)) >>> 0, isExporter: false };
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}
