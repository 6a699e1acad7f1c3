import { execFileSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { initialKeys, readInitial } from '../src/quic.js';
import { capture, pcapFile, withFile } from './capture-file.js';
import { clientHello, padding, protocols, serverName } from './client-hello.js';
import { type Bytes, ethernet, u8, udpPacket } from './packets.js';
import { cryptoFrame, quicInitial } from './quic-packets.js';
import { hasTshark } from './tshark.js';

const RECORD_HEADER = 5;
const handshake = (...extensions: Bytes[]) => clientHello(...extensions).subarray(RECORD_HEADER);
const sent = (payload: Bytes, sourcePort = 50_000) =>
  ethernet(
    udpPacket({ source: '10.0.0.1', destination: '10.0.0.2', sourcePort, destinationPort: 443, payload }),
  );
const hello = handshake(serverName('www.example.org'), protocols('h3'));

describe('the keys are those of the standards’ examples', () => {
  test.each([
    [
      'RFC 9001 A.1',
      1,
      '1f369613dd76d5467730efcbe3b1a22d',
      'fa044b2f42a3fd3b46fb255c',
      '9f50449e04a0e810283a1e9933adedd2',
    ],
    [
      'RFC 9369 A.1',
      0x6b3343cf,
      '8b1a0bc121284290a29e0971b5cd045d',
      '91f73e2351d8fa91660e909f',
      '45b95e15235d6f45a6b19cbcb0294ba9',
    ],
  ])('%s', (_name, version, key, iv, hp) => {
    const keys = initialKeys(version, Buffer.from('8394c8f03e515708', 'hex'))!;
    expect([keys.key, keys.iv, keys.hp].map((bytes) => bytes.toString('hex'))).toEqual([key, iv, hp]);
  });
});

describe('the server that a client of QUIC asks for', () => {
  test.each([
    1, 0x6b3343cf, 0xff000015, 0xff000017, 0xff00001d, 0xff000020, 0xff000022, 0xfaceb001, 0xfaceb002,
    0x54303530, 0x54303531,
  ])('version %i', async (version) => {
    const { names, flows } = await capture([
      sent(quicInitial([cryptoFrame(0, hello)], 0, undefined, version)),
    ]);
    expect(names).toMatchObject([
      { kind: 'quic', name: 'www.example.org', flow: flows[0]!.id, address: null },
      { kind: 'alpn', name: 'h3', flow: flows[0]!.id },
    ]);
  });

  test('in two datagrams, in pieces out of order, and other connections between them', async () => {
    const long = handshake(padding(1500), serverName('long.example.org'));
    const [a, b, c] = [long.subarray(0, 700), long.subarray(700, 1100), long.subarray(1100)];
    const first = quicInitial([cryptoFrame(700, b!), cryptoFrame(0, a!)], 0);
    const second = quicInitial([cryptoFrame(1100, c!)], 1);
    const other = sent(quicInitial([cryptoFrame(0, hello)], 0, u8(9, 9, 9, 9)), 50_001);
    for (const order of [
      [sent(first), other, sent(second)],
      [sent(second), other, sent(first)],
    ]) {
      const { names } = await capture(order);
      expect(names.filter(({ kind }) => kind === 'quic').map(({ name }) => name)).toEqual([
        'www.example.org',
        'long.example.org',
      ]);
    }
  });

  test('is not read from what was changed on the way, or made up', async () => {
    const broken = quicInitial([cryptoFrame(0, hello)]);
    broken[700]! ^= 1;
    const { names, account, flows } = await capture([sent(broken), sent(new Uint8Array(1200).fill(0xc1))]);
    expect(names).toEqual([]);
    expect(account).toMatchObject({ decoded: 2, names: { told: 0 }, tellings: { rejected: 0 } });
    expect(flows).toMatchObject([{ client: { packets: 2 } }]);
  });

  (hasTshark ? test : test.skip)('as tshark reads it', async () => {
    await withFile(pcapFile([{ bytes: sent(quicInitial([cryptoFrame(0, hello)])) }]), (path) => {
      const args = ['-r', path, '-n', '-T', 'fields', '-e', 'tls.handshake.extensions_server_name'];
      expect(
        execFileSync('tshark', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim(),
      ).toBe('www.example.org');
    });
  });

  test('any bytes, or any change of a right one: read, or not, never thrown', () => {
    const right = quicInitial([cryptoFrame(0, hello)]);
    const changed = fc.tuple(fc.nat(60), fc.nat(255), fc.nat(1200)).map(([at, value, length]) => {
      const bytes = Uint8Array.from(right);
      bytes[at] = value;
      return bytes.subarray(0, length);
    });
    fc.assert(
      fc.property(fc.oneof(changed, fc.uint8Array({ maxLength: 200 })), (bytes) => {
        const frames = readInitial(bytes);
        expect(
          frames === null || frames.every(({ offset, data }) => offset >= 0 && data.length <= 1200),
        ).toBe(true);
      }),
      { numRuns: 2000, interruptAfterTimeLimit: 4000 },
    );
  });
});
