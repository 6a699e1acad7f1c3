/** How much of what a runtime says is kept: as much as events carry (docs/wire.md §12). What is longer is cut. */

/** Characters. */
export const MAX_NAME = 256;
export const MAX_IMAGE = 512;
/** In number; each key and value is a name. */
export const MAX_LABELS = 32;

/** Bytes of one answer, and of one line of a stream of events. Labels and environments can be long. */
export const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
