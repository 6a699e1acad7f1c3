import { describe, expect, test } from '@jest/globals';
import type { StatusEvent } from '@packetless/model';
import { decodeMessage } from '../message.js';
import { header, RECEIVED_AT } from '../testing/fixtures.js';
import { MAX_EVENT_BYTES } from './room.js';
import { encodeStatus } from './status.js';

const status: StatusEvent = {
  type: 'status',
  time: 1795312133123.457,
  agent: '0123456789abcdef0123456789abcdef01234567',
  name: 'web-1',
  address: '192.168.2.131',
  version: '0.1.0',
  system: 'Debian GNU/Linux 12',
  kernel: '6.1.0',
  source: 'ebpf',
  tier: 'A',
  cpuSeconds: 1.5,
  memoryBytes: 50_000_000,
  lost: [{ what: 'exact owner of accepted connections', why: 'fexit: Operation not permitted' }],
  ledgers: [
    { hop: 'kernel', seen: 10, delivered: 7, dropped: { 'ring buffer full': 2 }, inFlight: 1 },
    { hop: 'agent queue', seen: 7, delivered: 6, dropped: { 'queue full': 1 }, inFlight: 0 },
  ],
};
const decode = (text: string) => decodeMessage([header('event'), Buffer.from(text)], RECEIVED_AT).events;

describe('the status of our agent', () => {
  test('is read as it was written', () => {
    expect(decode(encodeStatus(status, 7))).toEqual([status]);
  });

  test('is read as it was written when little is known', () => {
    const little: StatusEvent = {
      ...status,
      agent: null,
      name: null,
      address: null,
      version: null,
      system: null,
      kernel: null,
      source: null,
      tier: null,
      cpuSeconds: null,
      memoryBytes: null,
      lost: [],
      ledgers: [],
    };
    expect(decode(encodeStatus(little, 7))).toEqual([little]);
    expect(encodeStatus(little, 7)).not.toContain('null');
  });

  test('has what ntopng reads', () => {
    const written = JSON.parse(encodeStatus(status, 7));
    expect(written).toMatchObject({
      time: 1795312133,
      probe: { ip: '192.168.2.131', unique_source_id: 7, version: '0.1.0', osname: 'Debian GNU/Linux 12' },
      mode: 'agent',
      timeout: { lifetime: 120, idle: 60, collected_lifetime: 120 },
      drops: { export_queue_full: 1 },
      zmq: { num_flow_exports: 6, num_zmq_exporters: 1 },
    });
    expect(written.probe.uuid).toHaveLength(35);
  });

  test('stays within 8 KiB however much is not seen and why', () => {
    const lost = Array.from({ length: 40 }, (_, index) => ({
      what: `part ${index}`,
      why: 'é'.repeat(600),
    }));
    const text = encodeStatus({ ...status, lost }, 7);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_EVENT_BYTES);
    const [read] = decode(text) as StatusEvent[];
    expect(read!.lost.map(({ what }) => what)).toEqual(lost.slice(0, 32).map(({ what }) => what));
    expect(read!.lost[0]!.why).toMatch(/^é{32,}$/);
  });

  test('with nonsense in it is read as far as it makes sense', () => {
    const text = JSON.stringify({
      time: 'never',
      probe: { ip: 7.5, version: 9, uuid: 'x' },
      packetless: {
        lost: [1, {}, { what: 'a' }, { what: 7, why: 'b' }],
        ledgers: [1, {}, { hop: 'h', seen: 1, delivered: 1, dropped: { a: -1, b: 2 } }],
        cpuSeconds: -1,
      },
    });
    expect(decode(text)).toMatchObject([
      {
        time: RECEIVED_AT,
        agent: 'x',
        address: null,
        version: null,
        cpuSeconds: null,
        lost: [{ what: 'a', why: '' }],
        ledgers: [{ hop: 'h', seen: 1, delivered: 1, dropped: { b: 2 }, inFlight: 0 }],
      },
    ]);
  });
});
