/** How much of a message is taken in (docs/wire.md §12). What is longer is cut, what is more is left out. */

/** Bytes of a payload as it arrives. */
export const MAX_PAYLOAD_BYTES = 1024 * 1024;
/** Bytes of a payload after inflation. */
export const MAX_INFLATED_BYTES = 4 * 1024 * 1024;
/** Also listening sockets in one. */
export const MAX_EVENTS_PER_MESSAGE = 10_000;
/** Parts of one list of listening sockets, and addresses that its host has. */
export const MAX_LISTENING_PARTS = 512;
export const MAX_HOST_ADDRESSES = 256;
/** Levels of objects and arrays inside one event. */
export const MAX_DEPTH = 8;

/** Characters. */
export const MAX_PATH = 4096;
export const MAX_CMDLINE = 8192;
export const MAX_NAME = 256;
export const MAX_CONTAINER_ID = 128;
export const MAX_INTERFACE_NAME = 64;
export const MAX_IDENTITY = 128;
export const MAX_IMAGE = 512;
export const MAX_LABELS = 32;
/** Why a host does not let its agent see something: an error of the kernel's or of libbpf's. */
export const MAX_REASON = 512;

/** Additional fields: unknown keys of one event, levels of a value, values and characters altogether. */
export const MAX_ADDITIONAL_KEYS = 32;
export const MAX_ADDITIONAL_DEPTH = 4;
export const MAX_ADDITIONAL_VALUES = 256;
export const MAX_ADDITIONAL_TEXT = 1024;
export const MAX_ADDITIONAL_CHARACTERS = 16 * 1024;
