/** Fields that no one here knows, kept for the few flows that have some. */
import type { Json } from '@packetless/model';

export type Additional = { readonly [key: string]: Json };

const MAX_FIELDS = 64;
/** Of one flow, as JSON. */
const MAX_CHARACTERS = 4096;
/** Of all flows together, as JSON, for each flow the table can hold. */
const CHARACTERS_PER_FLOW = 64;
const MIN_TOTAL_CHARACTERS = 1 << 24;

/** Entries that are given to every flow with the same fields: how long, and how many are known. */
const MAX_COMMON_CHARACTERS = 128;
const MAX_SHARED = 1024;

const NONE: Additional = Object.freeze({});

interface Entry {
  readonly fields: Additional;
  readonly characters: number;
}

export class AdditionalFields {
  readonly #entries = new Map<number, Entry>();
  readonly #maxTotal: number;
  readonly #shared = new Map<string, Entry>();
  #total = 0;
  #refused = 0;

  /** @param flows how many flows there can be */
  constructor(flows: number) {
    this.#maxTotal = Math.max(MIN_TOTAL_CHARACTERS, flows * CHARACTERS_PER_FLOW);
  }

  get(slot: number): Additional {
    return this.#entries.get(slot)?.fields ?? NONE;
  }

  /** Adds fields; of those with the same name the latest stays. Returns whether anything is new. */
  merge(slot: number, latest: Additional): boolean {
    const known = this.#entries.get(slot);
    if (known !== undefined && holdsAll(known.fields, latest)) return false;
    const fields: { [key: string]: Json } = Object.assign(Object.create(null), known?.fields);
    let characters = known?.characters ?? 0;
    let count = Object.keys(fields).length;
    let changed = false;
    for (const [name, value] of Object.entries(latest)) {
      const before = fields[name];
      const grows = fieldSize(name, value) - (before === undefined ? 0 : fieldSize(name, before));
      const total = this.#total - (known?.characters ?? 0) + characters + grows;
      if (
        (before === undefined && count === MAX_FIELDS) ||
        characters + grows > MAX_CHARACTERS ||
        total > this.#maxTotal
      ) {
        this.#refused++;
        continue;
      }
      if (before === undefined) count++;
      fields[name] = value;
      characters += grows;
      changed = true;
    }
    if (!changed) return false;
    this.#total += characters - (known?.characters ?? 0);
    this.#entries.set(slot, this.#common({ fields, characters }));
    return true;
  }

  /** An equal one, if a flow had it lately: entries never change, and many have the same application and nothing else. */
  #common(entry: Entry): Entry {
    if (entry.characters > MAX_COMMON_CHARACTERS) return entry;
    const key = JSON.stringify(entry.fields);
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    if (this.#shared.size === MAX_SHARED) this.#shared.clear();
    this.#shared.set(key, entry);
    return entry;
  }

  remove(slot: number): void {
    const entry = this.#entries.get(slot);
    if (entry === undefined) return;
    this.#total -= entry.characters;
    this.#entries.delete(slot);
  }

  /** Fields that were not kept because there were too many or too long ones. */
  get refused(): number {
    return this.#refused;
  }

  get retainedBytes(): number {
    // Two bytes a character at worst; an object, a map entry and places for a few fields.
    return this.#total * 2 + this.#entries.size * 300;
  }
}

function holdsAll(known: Additional, latest: Additional): boolean {
  for (const name in latest) {
    if (known[name] !== latest[name]) return false;
  }
  return true;
}

function fieldSize(name: string, value: Json): number {
  if (typeof value === 'string') return name.length + value.length + 6;
  return name.length + 4 + (typeof value === 'object' && value !== null ? JSON.stringify(value).length : 20);
}
