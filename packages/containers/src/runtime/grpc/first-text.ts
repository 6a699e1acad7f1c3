/** The first field of a protobuf message, if it is a text; in all of containerd's events that is the container's id. */

/** Field 1, wire type 2 (length-delimited). */
const FIRST_TEXT = 0x0a;

/** Texts shorter than 128 bytes only: their length is one byte. */
export function readFirstText(message: unknown): string | null {
  if (!Buffer.isBuffer(message) || message[0] !== FIRST_TEXT) return null;
  const length = message[1] ?? 0;
  if (length === 0 || length > 127 || message.length < 2 + length) return null;
  return message.toString('utf8', 2, 2 + length);
}
