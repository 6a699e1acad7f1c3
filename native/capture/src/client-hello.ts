/** What a ClientHello of TLS 1.3 says of whom it wants (RFC 8446 4.1.2, RFC 6066 3, RFC 7301). */

export interface ClientHello {
  readonly serverName: string | null;
  /** The protocol that the client likes best. */
  readonly protocol: string | null;
}

const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const PROTOCOLS = 16;
/** Type and length, version, random. */
const TO_SESSION = 4 + 2 + 32;
/** Printable ASCII without blanks. */
const NAME = /^[!-~]{1,255}$/;

/** Null: it is none, or not whole. `bytes`: the handshake's stream from its beginning. */
export function readClientHello(bytes: Buffer): ClientHello | null {
  if (bytes.length < TO_SESSION || bytes[0] !== CLIENT_HELLO) return null;
  const end = 4 + bytes.readUIntBE(1, 3);
  if (bytes.length < end) return null;
  const hello = bytes.subarray(0, end);
  const cipherAt = vectorEnd(hello, TO_SESSION, 1);
  const compressionAt = cipherAt === null ? null : vectorEnd(hello, cipherAt, 2);
  const extensionsAt = compressionAt === null ? null : vectorEnd(hello, compressionAt, 1);
  if (extensionsAt === null) return null;
  let serverName: string | null = null;
  let protocol: string | null = null;
  for (let at = extensionsAt + 2; at + 4 <= hello.length; ) {
    const type = hello.readUInt16BE(at);
    const next = vectorEnd(hello, at + 2, 2);
    if (next === null) return null;
    const extension = hello.subarray(at + 4, next);
    // Both are lists, of which the first item counts: a type and a name, or a name.
    if (type === SERVER_NAME && extension[2] === 0) serverName = nameAt(extension, 3, 2);
    if (type === PROTOCOLS) protocol = nameAt(extension, 2, 1);
    at = next;
  }
  return { serverName, protocol };
}

/** Where what follows the vector begins; null when the vector is not there whole. */
function vectorEnd(bytes: Buffer, at: number, lengthBytes: 1 | 2): number | null {
  if (at + lengthBytes > bytes.length) return null;
  const end = at + lengthBytes + bytes.readUIntBE(at, lengthBytes);
  return end > bytes.length ? null : end;
}

function nameAt(bytes: Buffer, at: number, lengthBytes: 1 | 2): string | null {
  const end = vectorEnd(bytes, at, lengthBytes);
  if (end === null) return null;
  const name = bytes.toString('latin1', at + lengthBytes, end);
  return NAME.test(name) ? name : null;
}
