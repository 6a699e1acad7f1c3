/** ClientHellos of TLS for the tests, in a record, with the extensions that are given. */
import * as packet from './packets.js';

export const text = (value: string) => Uint8Array.from(Buffer.from(value, 'latin1'));
export const vector = (lengthBytes: 1 | 2 | 3, bytes: packet.Bytes) =>
  packet.join(packet.u32(bytes.length).subarray(4 - lengthBytes), bytes);

export const serverName = (name: string) =>
  packet.join(packet.u16(0), vector(2, vector(2, packet.join(packet.u8(0), vector(2, text(name))))));
export const protocols = (...names: string[]) =>
  packet.join(
    packet.u16(16),
    vector(2, vector(2, packet.join(...names.map((name) => vector(1, text(name)))))),
  );
export const padding = (length: number) => packet.join(packet.u16(21), vector(2, packet.zeros(length)));

export function clientHello(...extensions: packet.Bytes[]): packet.Bytes {
  const body = packet.join(
    packet.u16(0x0303),
    packet.zeros(32),
    vector(1, packet.zeros(32)),
    vector(2, packet.u8(0x13, 0x01)),
    vector(1, packet.u8(0)),
    vector(2, packet.join(...extensions)),
  );
  return packet.join(packet.u8(0x16, 3, 1), vector(2, packet.join(packet.u8(1), vector(3, body))));
}
