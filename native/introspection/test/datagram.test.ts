import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { DatagramRecord } from '../src/index.js';
import { cannotTest, Lab, type Watch } from './harness.js';

(cannotTest === null ? describe : describe.skip)('UDP', () => {
  let lab: Lab;
  let watch: Watch;

  beforeAll(() => {
    lab = new Lab();
    watch = lab.watch();
  });
  afterAll(async () => {
    await lab.close();
  });

  const routes = [
    { title: 'IPv4', listen: '127.0.0.1', to: '127.0.0.1', shown: '127.0.0.1', options: [] },
    {
      title: 'IPv4, connected',
      listen: '127.0.0.1',
      to: '127.0.0.1',
      shown: '127.0.0.1',
      options: ['--connected'],
    },
    { title: 'IPv6', listen: '::1', to: '::1', shown: '::1', options: [] },
    { title: 'IPv6, connected', listen: '::1', to: '::1', shown: '::1', options: ['--connected'] },
    { title: 'IPv4 to a socket of both', listen: '::', to: '127.0.0.1', shown: '127.0.0.1', options: [] },
    {
      title: 'IPv4-mapped IPv6',
      listen: '127.0.0.1',
      to: '::ffff:127.0.0.1',
      shown: '127.0.0.1',
      options: [],
    },
  ];

  test.each(routes)('$title: bytes and datagrams are exact at both ends, in three records', async (route) => {
    const server = await lab.start(['udp-serve', route.listen]);
    const client = lab.run([
      'udp-send',
      route.to,
      String(server.port),
      '--count',
      '7',
      '--send',
      '1100',
      ...route.options,
    ]);
    expect(client).toMatchObject({ sent: 7700, received: 7700 });

    const ofClient = (record: DatagramRecord) =>
      record.localPort === client.port && record.remotePort === server.port;
    const ofServer = (record: DatagramRecord) =>
      record.remotePort === client.port && record.localPort === server.port;
    const both = { bytesSent: 7700, bytesReceived: 7700, packetsSent: 7, packetsReceived: 7 };

    const first = await watch.first('datagram', (record) => ofClient(record) && record.phase === 'first');
    expect(first).toMatchObject({
      side: 'client',
      localAddress: route.shown,
      remoteAddress: route.shown,
      interfaceName: 'lo',
      bytesSent: 1100,
      packetsSent: 1,
      bytesReceived: 0,
      packetsReceived: 0,
      owner: { pid: client.pid, comm: 'peer', cgroupId: lab.cgroupId, evidence: 'kernel' },
    });
    const end = await watch.first('datagram', (record) => ofClient(record) && record.phase === 'end');
    expect(end).toMatchObject({
      ...both,
      side: 'client',
      socket: first.socket,
      firstTime: first.firstTime,
      owner: first.owner,
    });

    const heard = await watch.first('datagram', (record) => ofServer(record) && record.phase === 'first');
    expect(heard).toMatchObject({
      side: 'server',
      bytesReceived: 1100,
      packetsReceived: 1,
      owner: { pid: server.pid },
    });
    const update = await watch.first(
      'datagram',
      (record) => ofServer(record) && record.phase === 'update' && record.packetsSent === 7,
    );
    expect(update).toMatchObject({ ...both, side: 'server' });
    await server.stop();
    expect(
      await watch.first('datagram', (record) => ofServer(record) && record.phase === 'end'),
    ).toMatchObject(both);

    expect(await watch.first('process', (record) => record.pid === client.pid)).toMatchObject({
      exe: lab.peer,
    });
    expect(watch.all('datagram', (record) => ofClient(record)).length).toBeLessThanOrEqual(3);
  });

  test('a child that inherits a socket is named once it uses it', async () => {
    const server = await lab.start(['udp-serve', '127.0.0.1']);
    const client = lab.run([
      'udp-send',
      '127.0.0.1',
      String(server.port),
      '--send',
      '10',
      '--connected',
      '--inherit',
    ]);
    const end = await watch.first(
      'datagram',
      (record) => record.localPort === client.port && record.phase === 'end',
    );
    expect(end.owner).toMatchObject({ pid: client.pid, evidence: 'io' });
  });

  test('a crowd of conversations ends soon after its last datagram, so that others find room', async () => {
    const script = `
      const socket = require('node:dgram').createSocket('udp4');
      socket.bind(0, '127.0.0.1', () => {
        let left = 36000;
        const next = () => {
          if (left === 0) return console.log(JSON.stringify({ port: socket.address().port }));
          left -= 1;
          socket.send('x', 9, '127.1.' + (left >> 8) + '.' + (left & 255), next);
        };
        next();
      });`;
    const sender = await lab.start(['-e', script], { program: process.execPath });
    // Alone they would end after a minute, or with their socket, which stays open.
    const isEnd = ({ phase, localPort }: DatagramRecord) => phase === 'end' && localPort === sender.port;
    await watch.first('datagram', isEnd, 30_000);
    await sender.stop();
  }, 60_000);

  test('datagrams that the kernel cuts from one send are each counted', async () => {
    const server = await lab.start(['udp-serve', '127.0.0.1']);
    const client = lab.run([
      'udp-send',
      '127.0.0.1',
      String(server.port),
      '--send',
      '10000',
      '--segment',
      '1000',
    ]);
    const end = await watch.first(
      'datagram',
      (record) => record.localPort === client.port && record.phase === 'end',
    );
    expect(end).toMatchObject({ bytesSent: 10000, packetsSent: 10, bytesReceived: client.received });
  });

  test('a datagram larger than any packet is one datagram', async () => {
    const server = await lab.start(['udp-serve', '::1']);
    const client = lab.run(['udp-send', '::1', String(server.port), '--send', '65000']);
    const end = await watch.first(
      'datagram',
      (record) => record.localPort === client.port && record.phase === 'end',
    );
    expect(end).toMatchObject({ bytesSent: 65000, packetsSent: 1, bytesReceived: 65000, packetsReceived: 1 });
  });

  test('a server older than the agent is named with the first datagram', async () => {
    const server = await lab.start(['udp-serve', '127.0.0.1']);
    const late = lab.watch();
    const client = lab.run(['udp-send', '127.0.0.1', String(server.port), '--send', '10']);
    const first = await late.first('datagram', (record) => record.remotePort === client.port);
    expect(first.owner).toMatchObject({ pid: server.pid, evidence: 'snapshot' });
    const named = await late.first('process', (record) => record.pid === server.pid);
    expect(named.argv).toEqual([lab.peer, 'udp-serve', '127.0.0.1']);
  });
});
