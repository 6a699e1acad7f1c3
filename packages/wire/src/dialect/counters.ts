/** Topic `counter`: totals of one network interface, in the words of sFlow's counters (docs/wire.md §6, §13). */
import type { InterfaceCountersEvent } from '@packetless/model';
import type { RejectReason } from '../reject.js';
import { readAddress } from './address.js';
import { readContainer } from './container.js';
import { MAX_IDENTITY, MAX_INTERFACE_NAME, MAX_NAME } from './limits.js';
import { isObject, type JsonObject, readInteger, readNumber, readText, readTimestamp } from './value.js';

const MAX_INDEX = 0x7fff_ffff;
/** RFC 1112 section 4, "Class E": never an address of anybody. Our agents without an IPv4 address use it (§6). */
const RESERVED_ADDRESS = /^24\d\.|^25[0-5]\./;

export type CountersResult = { readonly event: InterfaceCountersEvent } | { readonly reject: RejectReason };

/** `receivedAt`: epoch milliseconds, for a record without a time. */
export function decodeCounters(record: JsonObject, receivedAt: number): CountersResult {
  const { ifIndex, ifInOctets, ifOutOctets } = record;
  if (ifIndex === undefined || ifInOctets === undefined || ifOutOctets === undefined) {
    return { reject: 'missing field' };
  }
  const index = readInteger(ifIndex, MAX_INDEX);
  const bytesReceived = readInteger(ifInOctets);
  const bytesSent = readInteger(ifOutOctets);
  if (index === null || bytesReceived === null || bytesSent === null) return { reject: 'bad field' };
  const adminUp = readUp(record.ifAdminStatus);
  const operUp = readUp(record.ifOperStatus);
  return {
    event: {
      type: 'counters',
      time: readTimestamp(record.X_TIME) ?? receivedAt,
      agent: readText(record.X_AGENT, MAX_IDENTITY),
      exporter: readAddress(record.X_EXPORTER) ?? readDevice(record.deviceIP),
      location: readText(record.X_LOCATION, MAX_IDENTITY),
      namespace: readText(record.X_NAMESPACE, MAX_NAME),
      container: readContainer(containerOf(record)),
      index,
      name: readText(record.ifName, MAX_INTERFACE_NAME) ?? String(index),
      ifType: readInteger(record.ifType, MAX_INDEX) ?? OTHER_TYPE,
      speedBps: readSpeed(record.X_SPEED) ?? readSpeed(record.ifSpeed),
      duplex: record.ifDirection === 'Full' ? 'full' : record.ifDirection === 'Half' ? 'half' : null,
      // Whoever says one of them only has no other: a working interface is not switched off.
      adminUp: adminUp ?? operUp ?? true,
      operUp: operUp ?? adminUp ?? true,
      promiscuous: readInteger(record.ifPromiscuousMode) === 1,
      mtu: readInteger(record.X_MTU),
      bytesReceived,
      packetsReceived: readInteger(record.ifInPackets) ?? 0,
      errorsReceived: readInteger(record.ifInErrors) ?? 0,
      dropsReceived: readInteger(record.X_INDROPS),
      bytesSent,
      packetsSent: readInteger(record.ifOutPackets) ?? 0,
      errorsSent: readInteger(record.ifOutErrors) ?? 0,
      dropsSent: readInteger(record.X_OUTDROPS),
    },
  };
}

/** IANAifType-MIB. */
const OTHER_TYPE = 1;

function readUp(value: unknown): boolean | null {
  return typeof value === 'string' ? value === 'Up' : null;
}

/** 0 says that the speed is not known. */
function readSpeed(value: unknown): number | null {
  const speed = readNumber(value);
  return speed === 0 ? null : speed;
}

/** An address of nobody only tells devices apart. */
function readDevice(value: unknown): string | null {
  const address = readAddress(typeof value === 'string' ? (readInteger(value) ?? value) : value);
  return address === null || address === '0.0.0.0' || RESERVED_ADDRESS.test(address) ? null : address;
}

function containerOf(record: JsonObject): JsonObject | null {
  for (const key in record) {
    if (!key.endsWith('CONTAINER')) continue;
    const value = record[key];
    if (isObject(value)) return value;
  }
  return null;
}
