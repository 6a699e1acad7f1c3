/** Topic `translation`: which conversations an agent's host translates (docs/wire.md §13). */
import {
  type ConversationEnds,
  type EndAddress,
  sameEnds,
  type Translation,
  type TranslationsEvent,
} from '@packetless/model';
import type { RejectReason } from '../reject.js';
import { isIPv6, isUnspecified, readAddress } from './address.js';
import { MAX_EVENTS_PER_MESSAGE, MAX_IDENTITY } from './limits.js';
import { isObject, type JsonObject, readInteger, readText, readTimestamp } from './value.js';

export const TRANSLATIONS_KEY = 'translations';

const MAX_PORT = 65535;
const MAX_PROTOCOL = 254;

export type TranslationsResult =
  | { readonly event: TranslationsEvent; readonly refused: number }
  | { readonly reject: RejectReason; readonly count: number };

/** `receivedAt`: epoch milliseconds, for a message without a time. */
export function decodeTranslations(record: JsonObject, receivedAt: number): TranslationsResult {
  const values = record[TRANSLATIONS_KEY];
  if (!Array.isArray(values)) return { reject: 'missing field', count: 1 };
  if (values.length > MAX_EVENTS_PER_MESSAGE) return { reject: 'too many events', count: values.length };
  const translations: Translation[] = [];
  for (const value of values) {
    const translation = isObject(value) ? readTranslation(value) : null;
    if (translation !== null) translations.push(translation);
  }
  return {
    event: {
      type: 'translations',
      time: readTimestamp(record.time) ?? receivedAt,
      agent: readText(record.agent, MAX_IDENTITY),
      location: readText(record.location, MAX_IDENTITY),
      translations,
      toldSince: readTimestamp(record.toldSince),
    },
    refused: values.length - translations.length,
  };
}

/** Null for what translates nothing, or is not of one family of addresses. */
function readTranslation(value: JsonObject): Translation | null {
  const protocol = readInteger(value.protocol, MAX_PROTOCOL);
  const before = readEnds(value.before);
  const after = readEnds(value.after);
  if (protocol === null || before === null || after === null || sameEnds(before, after)) return null;
  if (isIPv6(before.client.address) !== isIPv6(after.client.address)) return null;
  return {
    protocol,
    before,
    after,
    began: readTimestamp(value.began),
    ended: readTimestamp(value.ended),
  };
}

function readEnds(value: unknown): ConversationEnds | null {
  if (!Array.isArray(value) || value.length !== 4) return null;
  const client = readEnd(value[0], value[1]);
  const server = readEnd(value[2], value[3]);
  if (client === null || server === null || isIPv6(client.address) !== isIPv6(server.address)) return null;
  return { client, server };
}

function readEnd(first: unknown, second: unknown): EndAddress | null {
  const address = readAddress(first);
  const port = readInteger(second, MAX_PORT);
  return address === null || isUnspecified(address) || !port ? null : { address, port };
}
