/** Small capture files (draft-ietf-opsawg-pcap) of UDP over IPv4, without a link layer. */

const LINKTYPE_RAW = 101;
const UDP = 17;

export interface Datagram {
  /** Epoch milliseconds. */
  readonly time: number;
  readonly from: readonly [address: string, port: number];
  readonly to: readonly [address: string, port: number];
  /** Of payload, zeros. */
  readonly bytes?: number;
  readonly payload?: Uint8Array;
}

export function captureFile(datagrams: readonly Datagram[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262_144, 16);
  header.writeUInt32LE(LINKTYPE_RAW, 20);
  return Buffer.concat([header, ...datagrams.map(recordOf)]);
}

function recordOf({ time, from, to, bytes = 0, payload = Buffer.alloc(bytes) }: Datagram): Buffer {
  const packet = Buffer.alloc(28 + payload.length);
  packet[0] = 0x45;
  packet.writeUInt16BE(packet.length, 2);
  packet[8] = 64;
  packet[9] = UDP;
  packet.set(from[0].split('.').map(Number), 12);
  packet.set(to[0].split('.').map(Number), 16);
  packet.writeUInt16BE(from[1], 20);
  packet.writeUInt16BE(to[1], 22);
  packet.writeUInt16BE(8 + payload.length, 24);
  packet.set(payload, 28);
  const record = Buffer.alloc(16);
  record.writeUInt32LE(Math.floor(time / 1000), 0);
  record.writeUInt32LE((time % 1000) * 1000, 4);
  record.writeUInt32LE(packet.length, 8);
  record.writeUInt32LE(packet.length, 12);
  return Buffer.concat([record, packet]);
}

/** A datagram of a name server's: `name` has this address. */
export function dnsAnswer(name: string, address: string): Buffer {
  const labels = name
    .split('.')
    .map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`, 'latin1'));
  const question = Buffer.concat([...labels, Buffer.from([0, 0, 1, 0, 1])]);
  const header = Buffer.from([0, 1, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address.split('.').map(Number)]);
  return Buffer.concat([header, question, record]);
}
