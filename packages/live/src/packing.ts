/**
 * Packed messages of the WebSocket: a client that opens `/api/v1/live?encoding=deflate-raw` gets long messages as
 * binary frames, each the raw DEFLATE (RFC 1951) of its JSON text; short ones still come as text. An update is packed
 * once for all clients, which the WebSocket's own compression (RFC 7692) cannot do.
 */
export const PACKED_ENCODING = 'deflate-raw';

/** `url` asking for packed messages. */
export function packedUrl(url: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}encoding=${PACKED_ENCODING}`;
}
