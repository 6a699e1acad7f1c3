import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeBatch } from './decode.js';
import type { PacketFlow } from './flow.js';
import {
  BATCH_HEADER,
  FLOW_RECORD,
  NAME_KIND,
  NAME_RECORD,
  ORIENTATION,
  RECORD_HEADER,
  RECORD_KIND,
  RECORD_VERSION,
} from './layout.generated.js';
import type { PacketName } from './name.js';

const VERSION = RECORD_VERSION.RECORD_VERSION;

function header(): Buffer {
  const bytes = Buffer.alloc(BATCH_HEADER.byteLength);
  bytes.writeUInt32LE(BATCH_HEADER.byteLength, BATCH_HEADER.size);
  bytes.writeUInt32LE(VERSION, BATCH_HEADER.version);
  return bytes;
}

function record(kind: number, body: Uint8Array, version: number = VERSION): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(RECORD_HEADER.byteLength), body]);
  bytes.writeUInt32LE(bytes.length, RECORD_HEADER.size);
  bytes.writeUInt16LE(version, RECORD_HEADER.version);
  bytes.writeUInt16LE(kind, RECORD_HEADER.kind);
  return bytes;
}

function flow(id: number): Buffer {
  const bytes = record(
    RECORD_KIND.RECORD_FLOW,
    Buffer.alloc(FLOW_RECORD.byteLength - RECORD_HEADER.byteLength),
  );
  bytes.writeBigUInt64LE(BigInt(id), FLOW_RECORD.id);
  bytes[FLOW_RECORD.orientation] = ORIENTATION.ORIENTED_PORTS;
  return bytes;
}

function decoded(batch: Uint8Array): {
  flows: PacketFlow[];
  names: PacketName[];
  rejected: number;
  quic: number;
} {
  const flows: PacketFlow[] = [];
  const names: PacketName[] = [];
  let quic = 0;
  const rejected = decodeBatch(batch, {
    quic: () => quic++,
    flows: (group) => flows.push(...group),
    names: (group) => names.push(...group),
  });
  return { flows, names, rejected, quic };
}

describe('decoding', () => {
  test('what is not understood is counted, and what follows it is read', () => {
    const unknown = record(200, Buffer.alloc(8));
    const newer = record(RECORD_KIND.RECORD_FLOW, Buffer.alloc(FLOW_RECORD.byteLength), VERSION + 1);
    const short = record(RECORD_KIND.RECORD_FLOW, Buffer.alloc(8));
    const { flows, rejected } = decoded(Buffer.concat([header(), unknown, newer, short, flow(2 ** 52 + 1)]));
    expect(rejected).toBe(3);
    expect(flows).toMatchObject([{ id: 2 ** 52 + 1, orientation: 'ports', ended: null }]);
  });

  test('a batch that breaks off gives what came before, and one rejection', () => {
    const batch = Buffer.concat([header(), flow(1), flow(2)]);
    const { flows, rejected } = decoded(batch.subarray(0, batch.length - 1));
    expect(flows).toMatchObject([{ id: 1 }]);
    expect(rejected).toBe(1);
  });

  test('a name that is longer than its record is rejected', () => {
    const bytes = record(RECORD_KIND.RECORD_NAME, Buffer.alloc(NAME_RECORD.byteLength));
    bytes.writeUInt32LE(NAME_KIND.NAME_DNS, NAME_RECORD.kind);
    bytes.writeUInt32LE(255, NAME_RECORD.length);
    expect(decoded(Buffer.concat([header(), bytes, flow(3)]))).toMatchObject({
      rejected: 1,
      names: [],
      flows: [{ id: 3 }],
    });
  });

  test('what flows are called comes before them, also of more than are given at once', () => {
    const named = (id: number) => {
      const name = Buffer.from('example.org');
      const size = NAME_RECORD.byteLength - RECORD_HEADER.byteLength;
      const bytes = record(RECORD_KIND.RECORD_NAME, Buffer.concat([Buffer.alloc(size), name]));
      bytes.writeBigUInt64LE(BigInt(id), NAME_RECORD.flowId);
      bytes.writeUInt32LE(NAME_KIND.NAME_HTTP_HOST, NAME_RECORD.kind);
      bytes.writeUInt32LE(name.length, NAME_RECORD.length);
      return bytes;
    };
    const ids = Array.from({ length: 70 }, (_, id) => id + 1);
    const told: string[] = [];
    decodeBatch(Buffer.concat([header(), ...ids.map(named), ...ids.map(flow)]), {
      quic: () => {},
      flows: (group) => told.push(...group.map(({ id }) => `flow ${id}`)),
      names: (group) => told.push(...group.map(({ flow: id }) => `name ${id}`)),
    });
    expect(told).toHaveLength(140);
    for (const id of ids) expect(told.indexOf(`name ${id}`)).toBeLessThan(told.indexOf(`flow ${id}`));
  });

  const kinds = fc.oneof(fc.constantFrom(...Object.values(RECORD_KIND)), fc.nat(0xffff));

  test('records with any content: each is decoded or counted', () => {
    const one = fc.tuple(kinds, fc.uint8Array({ maxLength: 400 })).map(([kind, body]) => record(kind, body));
    fc.assert(
      fc.property(fc.array(one, { maxLength: 20 }), (list) => {
        const { flows, names, rejected, quic } = decoded(Buffer.concat([header(), ...list]));
        expect(flows.length + names.length + quic + rejected).toBe(list.length);
      }),
      { interruptAfterTimeLimit: 3000 },
    );
  });

  test('any bytes at all are decoded or rejected, never thrown', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        expect(decoded(bytes).rejected).toBeGreaterThanOrEqual(
          bytes.length <= BATCH_HEADER.byteLength ? 0 : 1,
        );
      }),
      { interruptAfterTimeLimit: 2000 },
    );
  });
});
