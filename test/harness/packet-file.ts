/** A small capture file (raw IPv4, draft-ietf-opsawg-pcap): datagrams, and segments of TCP. */

const LINKTYPE_RAW = 101;
const UDP = 17;
const TCP = 6;
const START_S = 1_700_000_000;

export type Socket = readonly [address: string, port: number];

/** One packet; a millisecond after the one before. */
export interface FilePacket {
  readonly from: Socket;
  readonly to: Socket;
  readonly payload: Uint8Array;
  /** Of TCP; none: a datagram. */
  readonly flags?: number;
  readonly sequence?: number;
}

export function packetFile(packets: readonly FilePacket[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262_144, 16);
  header.writeUInt32LE(LINKTYPE_RAW, 20);
  return Buffer.concat([header, ...packets.flatMap((packet, number) => record(ip(packet), number))]);
}

function record(bytes: Buffer, number: number): Buffer[] {
  const header = Buffer.alloc(16);
  header.writeUInt32LE(START_S, 0);
  header.writeUInt32LE(number * 1000, 4);
  header.writeUInt32LE(bytes.length, 8);
  header.writeUInt32LE(bytes.length, 12);
  return [header, bytes];
}

function ip(packet: FilePacket): Buffer {
  const { from, to, payload, flags } = packet;
  const transport = flags === undefined ? udp(packet) : tcp(packet);
  const header = Buffer.alloc(20);
  header[0] = 0x45;
  header.writeUInt16BE(header.length + transport.length + payload.length, 2);
  header[8] = 64;
  header[9] = flags === undefined ? UDP : TCP;
  header.set(from[0].split('.').map(Number), 12);
  header.set(to[0].split('.').map(Number), 16);
  return Buffer.concat([header, transport, payload]);
}

function udp({ from, to, payload }: FilePacket): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(from[1], 0);
  header.writeUInt16BE(to[1], 2);
  header.writeUInt16BE(header.length + payload.length, 4);
  return header;
}

function tcp({ from, to, flags = 0, sequence = 0 }: FilePacket): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(from[1], 0);
  header.writeUInt16BE(to[1], 2);
  header.writeUInt32BE(sequence, 4);
  header[12] = 0x50;
  header[13] = flags;
  header.writeUInt16BE(8192, 14);
  return header;
}
