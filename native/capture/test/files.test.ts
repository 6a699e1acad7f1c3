import { describe, expect, test } from '@jest/globals';
import { CaptureError, openCapture } from '../src/index.js';
import { gzip, pcapFile, pcapngFile, readPath, withFile } from './capture-file.js';
import { Conversation } from './conversation.js';
import { mkfifoSync } from './fifo.js';
import { ethernet, udpPacket } from './packets.js';

const { packets } = new Conversation().open().data('client', 100).close();
const nothing = () => {};
const opening =
  (path: string, filter = '') =>
  () =>
    openCapture({ source: { file: path }, filter, onFlows: nothing });

function failure(action: () => unknown): CaptureError {
  try {
    action();
  } catch (error) {
    if (error instanceof CaptureError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('capture files', () => {
  test.each([
    ['pcap', pcapFile(packets)],
    ['pcapng', pcapngFile(packets)],
    ['pcap, compressed', gzip(pcapFile(packets))],
    ['pcapng, compressed', gzip(pcapngFile(packets))],
  ])('%s', async (_name, bytes) => {
    const { flows, account, error } = await withFile(bytes, (path) => readPath(path));
    expect(error).toBeNull();
    expect(flows).toMatchObject([
      { state: 'CLOSED', client: { packets: 5, bytes: 300 }, firstTime: 1_700_000_000_000 },
    ]);
    expect(account).toMatchObject({
      received: packets.length,
      decoded: packets.length,
      tellings: { lost: 0, rejected: 0 },
    });
  });

  test('an empty one has no flows and no error', async () => {
    const { flows, error } = await withFile(pcapFile([]), (path) => readPath(path));
    expect([flows, error]).toEqual([[], null]);
  });

  test.each([
    ['pcap', pcapFile(packets)],
    ['pcapng', pcapngFile(packets)],
    ['compressed', gzip(pcapFile(packets))],
  ])('one that breaks off (%s) tells what came before, and that it breaks off', async (_name, bytes) => {
    const { account, error } = await withFile(bytes.subarray(0, bytes.length - 20), (path) => readPath(path));
    expect(error).toMatchObject({ code: 'FORMAT' });
    expect(error?.message).toMatch(/could not be read to its end/);
    expect(account.received).toBeLessThan(packets.length);
  });

  test('a filter chooses packets', async () => {
    const { flows } = await withFile(pcapFile(packets), (path) => readPath(path, { filter: 'src port 443' }));
    expect(flows).toMatchObject([{ client: { packets: 0 }, server: { packets: 2 } }]);
  });

  test('a filter that makes no sense is refused with the reason', async () => {
    const error = await withFile(pcapFile(packets), (path) => failure(opening(path, 'port and host')));
    expect(error).toMatchObject({ code: 'FILTER' });
    expect(error.message).toMatch(/"port and host" is not understood: .*syntax error/);
  });

  test('what is no capture file is refused', async () => {
    for (const bytes of [
      Buffer.from('<html>not a capture</html>'.repeat(10)),
      Buffer.alloc(0),
      gzip(Buffer.from('text')),
    ]) {
      const error = await withFile(bytes, (path) => failure(opening(path)));
      expect(error).toMatchObject({ code: 'FORMAT' });
      expect(error.message).toMatch(/is not a capture file/);
    }
  });

  test('a link that is not understood is named', async () => {
    const error = await withFile(pcapFile(packets, 189), (path) => failure(opening(path)));
    expect(error).toMatchObject({ code: 'LINK_TYPE' });
    expect(error.message).toMatch(/USB/);
  });

  test('a file that is not there, and one that nobody could read to its end', async () => {
    expect(failure(opening('/nonexistent/x.pcap'))).toMatchObject({
      code: 'FILE',
      message: expect.stringMatching(/No such file/),
    });
    expect(failure(opening('/tmp'))).toMatchObject({
      code: 'FILE',
      message: expect.stringMatching(/not a regular file/),
    });
    await withFile(Buffer.alloc(0), (path) => {
      mkfifoSync(`${path}.fifo`);
      expect(failure(opening(`${path}.fifo`))).toMatchObject({ code: 'FILE' });
    });
  });

  test('more flows than may wait for JavaScript are told nevertheless, each one', async () => {
    const count = 350_000;
    const datagram = Buffer.from(
      ethernet(udpPacket({ source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 1, destinationPort: 2 })),
    );
    const many = Array.from({ length: count }, (_, at) => {
      const bytes = Buffer.from(datagram);
      bytes.writeUInt32BE(0x0b000000 + at, 26);
      return { bytes, time: 1_700_000_000 };
    });
    let told = 0;
    await withFile(pcapFile(many), async (path) => {
      const account = await new Promise((resolve) => {
        const capture = openCapture({
          source: { file: path },
          onFlows: (flows) => {
            told += flows.filter((flow) => flow.ended !== null).length;
          },
          onEnd: () => resolve(capture.account()),
        });
      });
      expect(told).toBe(count);
      expect(account).toMatchObject({
        tellings: { lost: 0, rejected: 0 },
        flows: { begun: count, living: 0 },
      });
    });
  });

  test('closing in the middle of it ends at once and tells nothing more', async () => {
    const many = Array.from(
      { length: 2000 },
      (_, at) => new Conversation({ clientPort: 1024 + at }).open().packets,
    ).flat();
    await withFile(pcapFile(many), async (path) => {
      let told = 0;
      const capture = openCapture({ source: { file: path }, onFlows: () => told++, onEnd: () => told++ });
      capture.close();
      capture.close();
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(told).toBe(0);
      expect(capture.account().flows.living).toBe(0);
    });
  });
});

test('options out of range are refused', () => {
  const source = { interface: 'lo' };
  for (const options of [
    { snaplen: 0 },
    { bufferBytes: 1 },
    { maxFlows: 0 },
    { maxFlows: 2 ** 30 },
    { intervalMs: 1.5 },
  ]) {
    expect(() => openCapture({ source, ...options, onFlows: nothing })).toThrow(RangeError);
  }
  expect(() => openCapture({ source, filter: 'tcp\0', onFlows: nothing })).toThrow(RangeError);
  expect(
    failure(() => openCapture({ source: { interface: 'x'.repeat(99) }, onFlows: nothing })),
  ).toMatchObject({ code: 'NO_INTERFACE' });
});
