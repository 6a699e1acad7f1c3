/** Readers of single values from parsed JSON. What has another type or range than a field may have reads as null. */

/** A parsed JSON object. Not yet trusted: any key, any value. */
export interface JsonObject {
  readonly [key: string]: unknown;
}

const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const DOT = 0x2e;
const MAX_INTEGER_DIGITS = 15;
/** Seconds; the year 2106, the end of the formats' 32-bit times. */
const MAX_EPOCH_SECONDS = 0xffff_ffff;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A non-empty string, cut at `limit` characters. */
export function readText(value: unknown, limit: number): string | null {
  if (typeof value !== 'string' || value === '') return null;
  return value.length <= limit ? value : cutText(value, limit);
}

/** Copies the beginning, so that what is cut off can be freed; never leaves half a character. */
export function cutText(text: string, limit: number): string {
  const last = text.charCodeAt(limit - 1);
  const end = last >= 0xd800 && last <= 0xdbff ? limit - 1 : limit;
  return Buffer.from(text.slice(0, end), 'utf16le').toString('utf16le');
}

/** An integer from 0 to `max`, as a number or as its decimal text. */
export function readInteger(value: unknown, max = Number.MAX_SAFE_INTEGER): number | null {
  const number = typeof value === 'string' ? parseInteger(value) : value;
  if (typeof number !== 'number' || !Number.isInteger(number) || number < 0 || number > max) return null;
  return number;
}

/** A finite number that is not negative, as a number or as its decimal text. */
export function readNumber(value: unknown): number | null {
  const number = typeof value === 'string' && value !== '' && value.length <= 32 ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number) || number < 0) return null;
  return number;
}

/** Epoch milliseconds from `"sec.usec"`, or from a number of seconds. */
export function readTimestamp(value: unknown): number | null {
  if (typeof value === 'string') return parseTimestamp(value);
  if (typeof value !== 'number' || !(value > 0) || value > MAX_EPOCH_SECONDS) return null;
  return Math.round(value * 1e6) / 1000;
}

function parseInteger(text: string): number | null {
  if (text === '' || text.length > MAX_INTEGER_DIGITS) return null;
  let number = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < DIGIT_0 || code > DIGIT_9) return null;
    number = number * 10 + (code - DIGIT_0);
  }
  return number;
}

/** Counts in whole microseconds, so that a time survives being written and read. */
function parseTimestamp(text: string): number | null {
  if (text.length > 32) return null;
  let seconds = 0;
  let index = 0;
  for (; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === DOT) break;
    if (code < DIGIT_0 || code > DIGIT_9) return null;
    seconds = seconds * 10 + (code - DIGIT_0);
  }
  let microseconds = 0;
  let digits = 0;
  for (index++; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < DIGIT_0 || code > DIGIT_9) return null;
    if (digits === 6) continue;
    microseconds = microseconds * 10 + (code - DIGIT_0);
    digits++;
  }
  for (; digits < 6; digits++) microseconds *= 10;
  if (seconds <= 0 || seconds > MAX_EPOCH_SECONDS) return null;
  return (seconds * 1e6 + microseconds) / 1000;
}
