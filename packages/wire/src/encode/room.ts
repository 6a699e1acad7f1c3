/** How much of an event's texts is written, so that the whole fits (docs/wire.md §3). */
import { MAX_CONTAINER_ID, MAX_IMAGE, MAX_NAME, MAX_PATH } from '../dialect/limits.js';
import { cutText } from '../dialect/value.js';
import type { JsonWriter } from './json-writer.js';

/** What every ntopng has room for: the first ones received into 8 KiB, the NUL after it included. */
export const MAX_EVENT_BYTES = 8191;

/** Limits in characters. */
export interface Room {
  /** 0: command lines are left out. */
  readonly cmdline: number;
  readonly path: number;
  readonly labels: boolean;
  /** Names of users, containers, pods … */
  readonly name: number;
  readonly containerId: number;
  readonly image: number;
  /** Texts of the event itself, which others' fields already keep short. */
  readonly event: number;
}

export const AMPLE: Room = {
  cmdline: MAX_EVENT_BYTES,
  path: MAX_PATH,
  labels: true,
  name: MAX_NAME,
  containerId: MAX_CONTAINER_ID,
  image: MAX_IMAGE,
  event: Number.POSITIVE_INFINITY,
};

const SHORT_CMDLINES: Room = { ...AMPLE, cmdline: 512 };
const NO_LABELS: Room = { ...SHORT_CMDLINES, labels: false };
const NO_CMDLINES: Room = { ...NO_LABELS, cmdline: 0 };
const SHORT_PATHS: Room = { ...NO_CMDLINES, path: MAX_NAME };
/** What is left is bounded by its fields' own limits, unless a caller's texts are beyond reason. */
const LEAST: Room = { ...SHORT_PATHS, path: 32, name: 32, containerId: 32, image: 32, event: MAX_NAME };

/** Step by step without what is missed least. */
const TIGHTER: readonly Room[] = [SHORT_CMDLINES, NO_LABELS, NO_CMDLINES, SHORT_PATHS, LEAST];

/** Writes something anew in ever less room until it takes at most `MAX_EVENT_BYTES`. */
export function writeWithin(writer: JsonWriter, write: (room: Room) => void): void {
  write(AMPLE);
  for (const room of TIGHTER) {
    if (!writer.overflowed && writer.length <= MAX_EVENT_BYTES) return;
    write(room);
  }
}

export function atMost(text: string, limit: number): string;
export function atMost(text: string | null, limit: number): string | null;
export function atMost(text: string | null, limit: number): string | null {
  return text === null || text.length <= limit ? text : cutText(text, limit);
}
