/** Fields that no one here knows: kept to be shown, bounded in every direction. */
import type { Json } from '@packetless/model';
import {
  MAX_ADDITIONAL_CHARACTERS,
  MAX_ADDITIONAL_DEPTH,
  MAX_ADDITIONAL_KEYS,
  MAX_ADDITIONAL_TEXT,
  MAX_ADDITIONAL_VALUES,
  MAX_DEPTH,
  MAX_NAME,
} from './limits.js';
import { cutText } from './value.js';

/** Under this key stands how many fields had no room. */
export const LEFT_OUT = '…';

export class AdditionalFields {
  readonly #fields: { [key: string]: Json } = {};
  #keys = 0;
  #leftOut = 0;
  #values = MAX_ADDITIONAL_VALUES;
  #characters = MAX_ADDITIONAL_CHARACTERS;
  /** A value was nested deeper than any message may be. */
  tooDeep = false;

  add(key: string, value: unknown): void {
    // Assigning to this key would replace the object's prototype instead of adding a field.
    if (key === '__proto__') return;
    if (this.#keys >= MAX_ADDITIONAL_KEYS) {
      this.#leftOut++;
      return;
    }
    const copy = this.#copy(value, 2);
    if (copy === undefined) {
      this.#leftOut++;
      return;
    }
    this.#keys++;
    this.#fields[key.length <= MAX_NAME ? key : cutText(key, MAX_NAME)] = copy;
  }

  toJson(): { readonly [key: string]: Json } {
    if (this.#leftOut > 0) this.#fields[LEFT_OUT] = this.#leftOut;
    return this.#fields;
  }

  /** `depth`: level of the value, the event itself being 1. */
  #copy(value: unknown, depth: number): Json | undefined {
    if (this.#values <= 0) return undefined;
    this.#values--;
    switch (typeof value) {
      case 'number':
      case 'boolean':
        return value;
      case 'string': {
        const limit = Math.min(MAX_ADDITIONAL_TEXT, this.#characters);
        if (limit === 0) return undefined;
        const text = value.length <= limit ? value : cutText(value, limit);
        this.#characters -= text.length;
        return text;
      }
      case 'object':
        return value === null ? null : this.#copyObject(value, depth);
      default:
        return undefined;
    }
  }

  #copyObject(value: object, depth: number): Json | undefined {
    if (depth > MAX_DEPTH) {
      this.tooDeep = true;
      return undefined;
    }
    const kept = depth <= MAX_ADDITIONAL_DEPTH;
    if (Array.isArray(value)) {
      const items: Json[] = [];
      for (const item of value) {
        if (this.#values <= 0) break;
        const copy = this.#copy(item, depth + 1);
        if (copy !== undefined) items.push(copy);
      }
      return kept ? items : undefined;
    }
    const members: { [key: string]: Json } = {};
    for (const key in value) {
      if (this.#values <= 0) break;
      if (key === '__proto__') continue;
      const copy = this.#copy((value as { [key: string]: unknown })[key], depth + 1);
      if (copy !== undefined) members[key.length <= MAX_NAME ? key : cutText(key, MAX_NAME)] = copy;
    }
    return kept ? members : undefined;
  }
}
