/** Capture files for the tests, and what comes of them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  type CaptureAccount,
  type CaptureError,
  type CaptureOptions,
  openCapture,
  type PacketFlow,
  type PacketName,
} from '../src/index.js';

export const LINK = {
  null: 0,
  ethernet: 1,
  raw: 101,
  loop: 108,
  cooked: 113,
  ppp: 9,
  ipv4: 228,
  ipv6: 229,
  cooked2: 276,
  usb: 189,
} as const;

export interface FilePacket {
  readonly bytes: Uint8Array;
  /** Seconds since 1970; default: a millisecond after the one before. */
  readonly time?: number;
  /** How much of it is in the file; default: all. */
  readonly captured?: number;
}

const START_S = 1_700_000_000;

/** What a file of the classic format says of itself. */
export interface FileForm {
  /** How it begins; default: microseconds. */
  readonly magic?: number;
  readonly version?: readonly [number, number];
  readonly snaplen?: number;
  /** Default: little-endian. */
  readonly isBigEndian?: boolean;
  /** Of a second, in which packets' times are counted; default: a million. */
  readonly ticks?: number;
  /** Bytes behind the header of each packet (those of Kuznetzov's variant). */
  readonly extra?: number;
}

const times = (packets: readonly FilePacket[]) =>
  packets.map((packet, at) => packet.time ?? START_S + at / 1000);

/** The classic format (draft-ietf-opsawg-pcap). */
export function pcapFile(
  packets: readonly FilePacket[],
  link: number = LINK.ethernet,
  {
    magic = 0xa1b2c3d4,
    version = [2, 4],
    snaplen = 262_144,
    isBigEndian = false,
    ticks = 1e6,
    extra = 0,
  }: FileForm = {},
): Buffer {
  const words = (...values: number[]) => {
    const bytes = Buffer.alloc(4 * values.length);
    for (const [at, value] of values.entries()) {
      if (isBigEndian) bytes.writeUInt32BE(value, 4 * at);
      else bytes.writeUInt32LE(value, 4 * at);
    }
    return bytes;
  };
  const [major, minor] = isBigEndian ? version : [version[1], version[0]];
  const parts: Uint8Array[] = [words(magic, major * 65_536 + minor, 0, 0, snaplen, link)];
  const at = times(packets);
  for (const [number, { bytes, captured = bytes.length }] of packets.entries()) {
    const time = Math.round(at[number]! * ticks);
    parts.push(
      words(Math.floor(time / ticks), time % ticks, captured, bytes.length),
      Buffer.alloc(extra),
      bytes.subarray(0, captured),
    );
  }
  return Buffer.concat(parts);
}

function block(type: number, body: Uint8Array): Buffer {
  const padding = (4 - (body.length % 4)) % 4;
  const bytes = Buffer.alloc(12 + body.length + padding);
  bytes.writeUInt32LE(type, 0);
  bytes.writeUInt32LE(bytes.length, 4);
  bytes.set(body, 8);
  bytes.writeUInt32LE(bytes.length, bytes.length - 4);
  return bytes;
}

/** An option of a block: code, value. */
export type BlockOption = readonly [code: number, value: Uint8Array];

export interface FileInterface {
  readonly link?: number;
  readonly snaplen?: number;
  readonly options?: readonly BlockOption[];
}

/** draft-ietf-opsawg-pcapng, little-endian. */
export const pcapng = {
  section(): Buffer {
    const body = Buffer.alloc(16);
    body.writeUInt32LE(0x1a2b3c4d, 0);
    body.writeUInt16LE(1, 4);
    body.fill(0xff, 8);
    return block(0x0a0d0d0a, body);
  },
  interface({ link = LINK.ethernet, snaplen = 0, options = [] }: FileInterface = {}): Buffer {
    const body = Buffer.alloc(8);
    body.writeUInt16LE(link, 0);
    body.writeUInt32LE(snaplen, 4);
    const parts = options.map(([code, value]) => {
      const option = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4);
      option.writeUInt16LE(code, 0);
      option.writeUInt16LE(value.length, 2);
      option.set(value, 4);
      return option;
    });
    return block(1, Buffer.concat([body, ...parts]));
  },
  /** `ticks`: in the interface's resolution. */
  packet(number: number, bytes: Uint8Array, ticks: bigint, wireLength = bytes.length): Buffer {
    const body = Buffer.alloc(20 + bytes.length);
    body.writeUInt32LE(number, 0);
    body.writeUInt32LE(Number(ticks >> 32n), 4);
    body.writeUInt32LE(Number(ticks & 0xffffffffn), 8);
    body.writeUInt32LE(bytes.length, 12);
    body.writeUInt32LE(wireLength, 16);
    body.set(bytes, 20);
    return block(6, body);
  },
  /** Of a kind that nobody knows, so many bytes in all. */
  empty(length: number): Buffer {
    return block(0xbad, Buffer.alloc(length - 12));
  },
  /** Without a time. */
  simplePacket(bytes: Uint8Array, wireLength = bytes.length): Buffer {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(wireLength);
    return block(3, Buffer.concat([length, bytes]));
  },
};

/** One section, one interface. */
export function pcapngFile(packets: readonly FilePacket[], link: number = LINK.ethernet): Buffer {
  const at = times(packets);
  return Buffer.concat([
    pcapng.section(),
    pcapng.interface({ link }),
    ...packets.map(({ bytes, captured = bytes.length }, number) =>
      pcapng.packet(0, bytes.subarray(0, captured), BigInt(Math.round(at[number]! * 1e6)), bytes.length),
    ),
  ]);
}

export const gzip = (file: Uint8Array): Buffer => gzipSync(file);

/** Runs `use` with a path at which a file with these bytes lies, and removes it. */
export async function withFile<T>(bytes: Uint8Array, use: (path: string) => Promise<T> | T): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'packetless-capture-'));
  try {
    const path = join(folder, 'test.pcap');
    writeFileSync(path, bytes);
    return await use(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export interface Captured {
  /** As last told, in the order in which they began. */
  readonly flows: readonly PacketFlow[];
  /** Every telling. */
  readonly tellings: readonly PacketFlow[];
  readonly names: readonly PacketName[];
  readonly account: CaptureAccount;
  readonly error: CaptureError | null;
}

type Options = Partial<Omit<CaptureOptions, 'source' | 'onFlows' | 'onNames' | 'onEnd'>>;

export function readPath(path: string, options: Options = {}): Promise<Captured> {
  return new Promise((resolve) => {
    const tellings: PacketFlow[] = [];
    const names: PacketName[] = [];
    const capture = openCapture({
      source: { file: path },
      ...options,
      onFlows: (flows) => tellings.push(...flows),
      onNames: (told) => names.push(...told),
      onEnd: (error) => {
        const latest = new Map(tellings.map((flow) => [flow.id, flow]));
        const flows = [...latest.values()].sort((a, b) => a.firstTime - b.firstTime || a.id - b.id);
        resolve({ flows, tellings, names, account: capture.account(), error });
      },
    });
  });
}

/** The flows of these packets. */
export function capture(
  packets: readonly (FilePacket | Uint8Array)[],
  options: Options & { link?: number } = {},
): Promise<Captured> {
  const { link, ...rest } = options;
  const listed = packets.map((packet) => (packet instanceof Uint8Array ? { bytes: packet } : packet));
  return withFile(pcapFile(listed, link), (path) => readPath(path, rest));
}
