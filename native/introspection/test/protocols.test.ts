import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cannotTest, Lab, makeNamespaces, type Watch } from './harness.js';

const ICMP = 1;
const EXPERIMENTAL = 253;
const PACKET = 255;

(cannotTest === null ? describe : describe.skip)('protocols other than TCP and UDP', () => {
  let lab: Lab;
  let watch: Watch;
  const namespaces = cannotTest === null ? makeNamespaces() : null;

  beforeAll(() => {
    lab = new Lab();
    watch = lab.watch();
  });
  afterAll(async () => {
    try {
      await lab.close();
    } finally {
      namespaces?.remove();
    }
  });

  test('a ping is told with its process and the bytes that it counted', async () => {
    const peer = lab.run(['echo-request', '127.0.0.1', '--count', '5', '--send', '56']);
    expect(peer).toMatchObject({ sent: 320, received: 320 });
    const end = await watch.first(
      'datagram',
      ({ phase, owner }) => phase === 'end' && owner?.pid === peer.pid,
    );
    expect(end).toMatchObject({
      protocol: ICMP,
      side: 'client',
      localAddress: '127.0.0.1',
      localPort: 0,
      remotePort: 0,
      bytesSent: 320,
      packetsSent: 5,
      packetsReceived: 5,
      bytesReceived: 320,
    });
  });

  test.each(['127.0.0.1', '::1'])('a protocol without a name over a raw socket to %s', async (address) => {
    const peer = lab.run(['raw', address, String(EXPERIMENTAL), '--count', '4', '--send', '250']);
    expect(peer).toMatchObject({ sent: 1000, received: 1000 });
    const end = await watch.first(
      'datagram',
      ({ phase, owner }) => phase === 'end' && owner?.pid === peer.pid,
    );
    expect(end).toMatchObject({
      protocol: EXPERIMENTAL,
      localAddress: address,
      remoteAddress: address,
      bytesSent: 1000,
      bytesReceived: 1000,
      packetsSent: 4,
    });
  });

  (namespaces === null ? test.skip : test)(
    'frames injected below IP are shown as such, with their process',
    async () => {
      const peer = await lab.start(['packet', 'veth0', '--count', '9', '--send', '100', '--hold', '400'], {
        namespace: namespaces!.client,
      });
      const told = await watch.first(
        'datagram',
        ({ protocol, owner, packetsSent }) =>
          protocol === PACKET && owner?.pid === peer.pid && packetsSent === 9,
      );
      expect(told).toMatchObject({
        bytesSent: 900,
        packetsReceived: 0,
        side: 'client',
        localAddress: '0.0.0.0',
        remoteAddress: '0.0.0.0',
        interfaceName: 'veth0',
      });
    },
  );

  test('the kernel’s own answers are nobody’s conversation', async () => {
    const peer = lab.run(['echo-request', '127.0.0.1', '--count', '1', '--send', '56']);
    await watch.first('datagram', ({ phase, owner }) => phase === 'end' && owner?.pid === peer.pid);
    expect(watch.all('datagram', ({ protocol, owner }) => protocol === ICMP && owner === null)).toEqual([]);
  });

  test('datagrams that found the receive buffer full were not received', async () => {
    const flag = join(lab.directory, 'deaf');
    writeFileSync(flag, '');
    const server = await lab.start([
      'udp-serve',
      '127.0.0.1',
      '--receive-buffer',
      '8192',
      '--no-accept',
      '--while',
      flag,
    ]);
    const client = await lab.start([
      'udp-send',
      '127.0.0.1',
      String(server.port),
      '--count',
      '200',
      '--send',
      '1000',
    ]);
    rmSync(flag);
    const read = await server.next();
    expect(read.received).toBeGreaterThan(0);
    expect(read.received).toBeLessThan(200_000);
    await server.stop();
    const end = await watch.first(
      'datagram',
      ({ phase, localPort }) => phase === 'end' && localPort === server.port,
    );
    expect(end).toMatchObject({ bytesReceived: read.received, packetsReceived: read.received / 1000 });
    const sent = await watch.first(
      'datagram',
      ({ phase, localPort }) => phase === 'end' && localPort === client.port,
    );
    expect(sent).toMatchObject({ bytesSent: 200_000, packetsSent: 200 });
  });
});
