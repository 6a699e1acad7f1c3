import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { CaptureError, openCapture } from '../src/index.js';
import { gzip, LINK, pcapFile, pcapng, pcapngFile, readPath, withFile } from './capture-file.js';
import { vector } from './client-hello.js';
import { Conversation } from './conversation.js';
import { mkfifoSync } from './fifo.js';
import { ethernet, join, u8, u16, u32, udpPacket } from './packets.js';

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

  test.each([
    ['big-endian', { isBigEndian: true }],
    ['nanoseconds', { magic: 0xa1b23c4d, ticks: 1e9 }],
    ['nanoseconds, big-endian', { magic: 0xa1b23c4d, ticks: 1e9, isBigEndian: true }],
    ['without a limit to packets', { snaplen: 0 }],
    ['of an older version', { version: [2, 3] }],
    ['of Kuznetzov’s', { magic: 0xa1b2cd34, extra: 8 }],
  ] as const)('the classic format, %s', async (_name, form) => {
    const later = packets.map(({ bytes }, at) => ({ bytes, time: 1_700_000_000.25 + at / 1000 }));
    const { flows, error } = await withFile(pcapFile(later, LINK.ethernet, form), (path) => readPath(path));
    expect(error).toBeNull();
    expect(flows).toMatchObject([{ state: 'CLOSED', client: { packets: 5, bytes: 300 } }]);
    expect(flows[0]!.firstTime).toBeCloseTo(1_700_000_000_250, 2);
  });

  test('of a packet that is longer than its file allows the rest is left out', async () => {
    const inIp = udpPacket({
      source: '10.0.0.1',
      destination: '10.0.0.2',
      sourcePort: 1,
      destinationPort: 2,
    });
    const { account } = await withFile(
      pcapFile([{ bytes: ethernet(inIp) }], LINK.ethernet, { snaplen: 20 }),
      (path) => readPath(path),
    );
    expect(account.undecoded['IP header cut off']).toBe(1);
  });

  test('one that is much larger than memory for it is read as the same packets of another format', async () => {
    const many = Array.from({ length: 3000 }, (_, at) => ({
      bytes: ethernet(
        udpPacket({
          source: '10.0.0.1',
          destination: '10.0.0.2',
          sourcePort: 1024 + (at % 100),
          destinationPort: 53,
          payload: new Uint8Array((at * 7919) % 3000),
        }),
      ),
    }));
    const [classic, blocks] = await Promise.all(
      [pcapFile(many), pcapngFile(many)].map((bytes) => withFile(bytes, (path) => readPath(path))),
    );
    expect(classic!.account.received).toBe(3000);
    expect(classic!.flows).toEqual(blocks!.flows);
  });

  test.each([
    ['a packet of two billion bytes', 0x7fffffff, /length of 2147483647 bytes/],
    ['a packet that is not there whole', 5000, /in the middle of a packet/],
  ])('one with %s tells what came before', async (_name, captured, message) => {
    const bytes = pcapFile(packets);
    const last = Buffer.alloc(16);
    last.writeUInt32LE(captured, 8);
    const { account, error } = await withFile(Buffer.concat([bytes, last]), (path) => readPath(path));
    expect(error?.message).toMatch(message);
    expect(account.received).toBe(packets.length);
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

  test('packets of a link that is not understood are counted', async () => {
    const { flows, account, error } = await withFile(pcapFile(packets, LINK.usb), (path) => readPath(path));
    expect(flows).toEqual([]);
    expect(error).toBeNull();
    expect(account).toMatchObject({ received: packets.length, decoded: 0 });
    expect(account.undecoded['unknown link']).toBe(packets.length);
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

  test('more names and beginnings of QUIC than may wait for JavaScript are told nevertheless, each one', async () => {
    const name = join(...Array.from({ length: 3 }, () => vector(1, new Uint8Array(63).fill(0x61))), u8(0));
    const answers = Array.from({ length: 64 }, (_, at) =>
      join(u16(0xc00c), u16(1), u16(1), u32(60), u16(4), u8(10, 0, 0, at)),
    );
    const response = join(u32(0x00018180), u16(1), u16(64), u32(0), name, u16(1), u16(1), ...answers);
    const initial = join(u8(0xc0), u32(1), u8(255), new Uint8Array(1494));
    const ends = { source: '10.0.0.1', destination: '10.0.0.2' };
    const datagrams = [
      udpPacket({ ...ends, sourcePort: 53, destinationPort: 1024, payload: response }),
      udpPacket({ ...ends, sourcePort: 1024, destinationPort: 443, payload: initial }),
    ].map((bytes) => ethernet(bytes));
    // What one interval has would be more than may wait, whichever kind it is of.
    const counts = [8000, 50_000];
    for (const [kind, datagram] of datagrams.entries()) {
      const many = Array.from({ length: counts[kind]! }, (_, at) => {
        const bytes = Buffer.from(datagram);
        // Each names other addresses.
        if (kind === 0) for (let i = 1; i <= 64; i++) bytes.writeUInt16BE(at, bytes.length - 16 * i + 13);
        return { bytes };
      });
      await withFile(pcapFile(many), async (path) => {
        const { names, account } = await readPath(path, { intervalMs: 3_600_000 });
        expect(names).toHaveLength(kind === 0 ? 64 * counts[0]! : 0);
        expect(account).toMatchObject({ decoded: counts[kind], tellings: { lost: 0, rejected: 0 } });
        expect(account.tellings.made).toBeGreaterThan(kind === 0 ? 64 * counts[0]! : counts[1]!);
      });
    }
  }, 60_000);

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

describe('a file that is much larger than it looks', () => {
  const empty = gzip(pcapng.empty(16 * 1024 * 1024));
  const blocks = Array.from({ length: 400 }, () => empty);

  /** How far this process has read the file, bytes. */
  const position = (path: string): number => {
    for (const descriptor of readdirSync('/proc/self/fd')) {
      try {
        if (readlinkSync(`/proc/self/fd/${descriptor}`) !== path) continue;
        return Number(/^pos:\s*(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))![1]);
      } catch {
        // Closed meanwhile.
      }
    }
    return 0;
  };

  test('is not read to its end when it is closed before', async () => {
    const file = Buffer.concat([gzip(Buffer.concat([pcapng.section(), pcapng.interface()])), ...blocks]);
    await withFile(file, async (path) => {
      const capture = openCapture({ source: { file: path }, onFlows: nothing });
      const begun = position(path);
      expect(begun).toBeGreaterThan(0);
      while (position(path) === begun) await new Promise((resolve) => setTimeout(resolve, 5));
      capture.close();
      expect(position(path)).toBeLessThan(file.length);
    });
  });

  test('is refused when no interface is described in its first part', async () => {
    const file = Buffer.concat([gzip(pcapng.section()), ...blocks, gzip(pcapng.interface())]);
    expect(await withFile(file, (path) => failure(opening(path)))).toMatchObject({
      code: 'FORMAT',
      message: expect.stringMatching(/describes no interface at its beginning/),
    });
  });
});

describe('pcapng', () => {
  const inIp = udpPacket({
    source: '10.0.0.1',
    destination: '10.0.0.2',
    sourcePort: 4000,
    destinationPort: 53,
  });
  const read = (parts: readonly Buffer[], filter = '') =>
    withFile(Buffer.concat(parts), (path) => readPath(path, { filter }));
  const MICROSECONDS = 1_700_000_000_000_000n;

  test('interfaces of different links and cut-off lengths in one file', async () => {
    const parts = [
      pcapng.section(),
      pcapng.interface({ link: LINK.ethernet, snaplen: 65_535 }),
      pcapng.interface({ link: LINK.raw, snaplen: 262_144 }),
      pcapng.interface({ link: 189 }),
      pcapng.packet(0, ethernet(inIp), MICROSECONDS),
      pcapng.packet(1, inIp, MICROSECONDS),
      pcapng.packet(2, inIp, MICROSECONDS),
    ];
    const { flows, account, error } = await read(parts);
    expect(error).toBeNull();
    expect(flows).toMatchObject([{ client: { packets: 2, bytes: 56 } }]);
    expect(account).toMatchObject({ received: 3, decoded: 2, undecoded: { 'unknown link': 1 } });
    const filtered = await read(parts.slice(0, 3).concat(parts.slice(4, 6)), 'src host 10.0.0.1');
    expect(filtered.flows).toMatchObject([{ client: { packets: 2 } }]);
    expect((await read(parts, 'src host 10.0.0.2')).flows).toEqual([]);
  });

  test.each([
    ['microseconds, unless it says otherwise', [], MICROSECONDS + 250n, 0.25],
    ['nanoseconds', [[9, Uint8Array.of(9)]], MICROSECONDS * 1000n + 250_500n, 0.2505],
    ['parts of a power of two', [[9, Uint8Array.of(0x80 | 10)]], 1_700_000_000n * 1024n + 512n, 500],
    [
      'seconds after an offset',
      [
        [9, Uint8Array.of(0)],
        [14, Uint8Array.of(0, 0x10, 0x5e, 0x5f, 0, 0, 0, 0)],
      ],
      100_000_000n,
      0,
    ],
  ] as const)('times in %s', async (_name, options, ticks, milliseconds) => {
    const { flows } = await read([
      pcapng.section(),
      pcapng.interface({ options }),
      pcapng.packet(0, ethernet(inIp), ticks),
    ]);
    expect(flows[0]!.firstTime).toBeCloseTo(1_700_000_000_000 + milliseconds, 3);
  });

  test('packets without a time, and a second section with interfaces of its own', async () => {
    const first = [
      pcapng.section(),
      pcapng.interface({ snaplen: 60 }),
      pcapng.packet(0, ethernet(inIp), MICROSECONDS),
    ];
    const second = [pcapng.section(), pcapng.interface({ link: LINK.raw }), pcapng.simplePacket(inIp)];
    const { flows, error } = await read([...first, pcapng.simplePacket(ethernet(inIp)), ...second]);
    expect(error).toBeNull();
    expect(flows).toMatchObject([{ client: { packets: 3 }, lastTime: 1_700_000_000_000 }]);
  });

  const whole = [
    pcapng.section(),
    pcapng.interface(),
    pcapng.packet(0, ethernet(inIp), MICROSECONDS),
  ] as const;
  test.each([
    [
      'a packet of an interface that is not described',
      [whole[0], whole[1], whole[2], pcapng.packet(5, ethernet(inIp), 0n)],
      /not described/,
    ],
    [
      'two lengths that differ',
      [whole[0], whole[1], whole[2], Buffer.concat([whole[2].subarray(0, -4), Buffer.from([1, 0, 0, 0])])],
      /lengths of a block differ/,
    ],
    ['a block of no length', [whole[0], whole[1], whole[2], Buffer.alloc(16)], /length of 0 bytes/],
    [
      'a block of four billion bytes',
      [whole[0], whole[1], whole[2], Buffer.alloc(16, 0xfc)],
      /length of 4244438268 bytes/,
    ],
  ])('with %s tells what came before it, and what is wrong', async (_name, parts, message) => {
    const { flows, error } = await read(parts);
    expect(flows).toMatchObject([{ client: { packets: 1 } }]);
    expect(error?.message).toMatch(message);
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
