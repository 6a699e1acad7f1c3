/** Topic `event`: a probe's account of itself, with what our agent adds (docs/wire.md §8, §13). */
import type { LedgerSnapshot, MissingPart, StatusEvent } from '@packetless/model';
import { readAddress } from './address.js';
import { MAX_IDENTITY, MAX_NAME, MAX_REASON } from './limits.js';
import { isObject, type JsonObject, readInteger, readNumber, readText, readTimestamp } from './value.js';

const MAX_LEDGERS = 32;
const MAX_REASONS = 32;
const MAX_LOST = 32;
/** Our own member of the status object. */
export const OWN_STATUS_KEY = 'packetless';

/** `receivedAt`: epoch milliseconds, for a status without a time. */
export function decodeStatus(record: JsonObject, receivedAt: number): StatusEvent {
  const probe: JsonObject = isObject(record.probe) ? record.probe : {};
  const own: JsonObject = isObject(record[OWN_STATUS_KEY]) ? record[OWN_STATUS_KEY] : {};
  return {
    type: 'status',
    time: readTimestamp(own.time) ?? readTimestamp(record.time) ?? receivedAt,
    agent: readText(own.agent, MAX_IDENTITY) ?? readText(probe.uuid, MAX_IDENTITY),
    name: readText(own.name, MAX_NAME),
    address: readAddress(probe.ip),
    version: readText(probe.version, MAX_NAME),
    system: readText(probe.osname, MAX_NAME),
    kernel: readText(own.kernel, MAX_NAME),
    source: readText(own.source, MAX_NAME),
    tier: readText(own.tier, MAX_NAME),
    cpuSeconds: readNumber(own.cpuSeconds),
    memoryBytes: readInteger(own.memoryBytes),
    lost: Array.isArray(own.lost) ? readLost(own.lost) : [],
    ledgers: Array.isArray(own.ledgers) ? readLedgers(own.ledgers) : [],
  };
}

function readLost(values: readonly unknown[]): MissingPart[] {
  const lost: MissingPart[] = [];
  for (const value of values.slice(0, MAX_LOST)) {
    if (!isObject(value)) continue;
    const what = readText(value.what, MAX_NAME);
    if (what !== null) lost.push({ what, why: readText(value.why, MAX_REASON) ?? '' });
  }
  return lost;
}

function readLedgers(values: readonly unknown[]): LedgerSnapshot[] {
  const ledgers: LedgerSnapshot[] = [];
  for (const value of values.slice(0, MAX_LEDGERS)) {
    if (!isObject(value)) continue;
    const hop = readText(value.hop, MAX_NAME);
    const seen = readInteger(value.seen);
    const delivered = readInteger(value.delivered);
    if (hop === null || seen === null || delivered === null) continue;
    ledgers.push({
      hop,
      seen,
      delivered,
      dropped: isObject(value.dropped) ? readReasons(value.dropped) : {},
      // Below 0 in an account that does not add up, which is worth being seen.
      inFlight: Number.isSafeInteger(value.inFlight) ? (value.inFlight as number) : 0,
    });
  }
  return ledgers;
}

function readReasons(value: JsonObject): { readonly [reason: string]: number } {
  const reasons: { [reason: string]: number } = {};
  let count = 0;
  for (const reason in value) {
    const number = readInteger(value[reason]);
    if (number === null || reason === '__proto__' || reason.length > MAX_NAME) continue;
    reasons[reason] = number;
    count++;
    if (count === MAX_REASONS) break;
  }
  return reasons;
}
