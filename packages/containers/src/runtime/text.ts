/** Values that a runtime says, none of them trusted. */
import { MAX_LABELS, MAX_NAME } from '../limits.js';

export interface JsonObject {
  readonly [key: string]: unknown;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The member of what may be an object. */
export function memberOf(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** A text that is not empty, cut at `limit` characters; null for anything else. */
export function textOf(value: unknown, limit = MAX_NAME): string | null {
  if (typeof value !== 'string' || value === '') return null;
  return value.length <= limit ? value : cut(value, limit);
}

/** At most as many labels as are kept, the first ones. A key that would be cut is left out: it would be another key. */
export function labelsOf(value: unknown): { readonly [key: string]: string } {
  const labels: { [key: string]: string } = {};
  if (!isObject(value)) return labels;
  let count = 0;
  for (const key of Object.keys(value)) {
    const text = value[key];
    if (typeof text !== 'string' || key === '' || key === '__proto__' || key.length > MAX_NAME) continue;
    labels[key] = textOf(text) ?? '';
    if (++count === MAX_LABELS) break;
  }
  return labels;
}

/** Copies, so that the rest can be freed; never leaves half a character. */
function cut(text: string, limit: number): string {
  const last = text.charCodeAt(limit - 1);
  const isHalf = last >= 0xd800 && last <= 0xdbff;
  return Buffer.from(text.slice(0, isHalf ? limit - 1 : limit), 'utf16le').toString('utf16le');
}
