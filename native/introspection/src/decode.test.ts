import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeBatch } from './decode.js';
import {
  BATCH_HEADER,
  EXIT_RECORD,
  PROCESS_RECORD,
  RECORD_HEADER,
  RECORD_KIND,
  RECORD_VERSION,
} from './layout.generated.js';
import type { KernelRecord } from './records.js';

const VERSION = RECORD_VERSION.RECORD_VERSION;

function header(wallOffsetNs = 0n): Buffer {
  const bytes = Buffer.alloc(BATCH_HEADER.byteLength);
  bytes.writeUInt32LE(BATCH_HEADER.byteLength, BATCH_HEADER.size);
  bytes.writeUInt32LE(VERSION, BATCH_HEADER.version);
  bytes.writeBigInt64LE(wallOffsetNs, BATCH_HEADER.wallOffsetNs);
  return bytes;
}

function record(kind: number, body: Uint8Array, version: number = VERSION): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(RECORD_HEADER.byteLength), body]);
  bytes.writeUInt32LE(bytes.length, RECORD_HEADER.size);
  bytes.writeUInt16LE(version, RECORD_HEADER.version);
  bytes.writeUInt16LE(kind, RECORD_HEADER.kind);
  return bytes;
}

function exit(pid: number, timeNs = 0n): Buffer {
  const bytes = record(
    RECORD_KIND.RECORD_EXIT,
    Buffer.alloc(EXIT_RECORD.byteLength - RECORD_HEADER.byteLength),
  );
  bytes.writeUInt32LE(pid, EXIT_RECORD.pid);
  bytes.writeBigUInt64LE(timeNs, RECORD_HEADER.timeNs);
  return bytes;
}

function decoded(batch: Uint8Array): { records: KernelRecord[]; rejected: number } {
  const records: KernelRecord[] = [];
  const rejected = decodeBatch(batch, [], (group) => records.push(...group));
  return { records, rejected };
}

describe('decoding', () => {
  test('a record’s time is the kernel’s, moved to the wall clock', () => {
    const batch = Buffer.concat([header(1_700_000_000_000_000_000n), exit(7, 5_250_000n)]);
    expect(decoded(batch)).toEqual({
      records: [{ kind: 'exit', time: 1_700_000_000_005.25, pid: 7 }],
      rejected: 0,
    });
  });

  test('what is not understood is counted, and what follows it is read', () => {
    const unknown = record(200, Buffer.alloc(8));
    const newer = record(RECORD_KIND.RECORD_EXIT, Buffer.alloc(8), VERSION + 1);
    const short = record(RECORD_KIND.RECORD_CLOSE, Buffer.alloc(8));
    const { records, rejected } = decoded(Buffer.concat([header(), unknown, newer, short, exit(9)]));
    expect(rejected).toBe(3);
    expect(records).toMatchObject([{ kind: 'exit', pid: 9 }]);
  });

  test('a batch that breaks off gives what came before, and one rejection', () => {
    const batch = Buffer.concat([header(), exit(1), exit(2)]);
    const { records, rejected } = decoded(batch.subarray(0, batch.length - 1));
    expect(records).toMatchObject([{ pid: 1 }]);
    expect(rejected).toBe(1);
  });

  test('a process whose texts are longer than its record is rejected', () => {
    const bytes = record(RECORD_KIND.RECORD_PROCESS, Buffer.alloc(PROCESS_RECORD.byteLength));
    bytes.writeUInt32LE(0xffffffff, PROCESS_RECORD.exeLength);
    expect(decoded(Buffer.concat([header(), bytes, exit(3)]))).toMatchObject({
      rejected: 1,
      records: [{ pid: 3 }],
    });
  });

  test('a long batch comes in groups, so that not all of it is in memory at once', () => {
    const sizes: number[] = [];
    const pids: number[] = [];
    const batch = Buffer.concat([header(), ...Array.from({ length: 100 }, (_, pid) => exit(pid))]);
    const rejected = decodeBatch(batch, [], (group) => {
      sizes.push(group.length);
      for (const record of group) if (record.kind === 'exit') pids.push(record.pid);
    });
    expect(rejected).toBe(0);
    expect(Math.max(...sizes)).toBeLessThan(50);
    expect(Math.min(...sizes)).toBeGreaterThan(0);
    expect(pids).toEqual(Array.from({ length: 100 }, (_, pid) => pid));
  });

  const kinds = fc.oneof(fc.constantFrom(...Object.values(RECORD_KIND)), fc.nat(0xffff));

  test('any bytes at all are decoded or rejected, never thrown', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        const { records, rejected } = decoded(bytes);
        expect(records.length + rejected).toBeGreaterThanOrEqual(
          bytes.length <= BATCH_HEADER.byteLength ? 0 : 1,
        );
      }),
      { interruptAfterTimeLimit: 2000 },
    );
  });

  test('records with any content: each is decoded or counted', () => {
    const one = fc.tuple(kinds, fc.uint8Array({ maxLength: 400 })).map(([kind, body]) => record(kind, body));
    fc.assert(
      fc.property(fc.array(one, { maxLength: 20 }), (list) => {
        const { records, rejected } = decoded(Buffer.concat([header(), ...list]));
        expect(records.length + rejected).toBe(list.length);
      }),
      { interruptAfterTimeLimit: 3000 },
    );
  });
});
