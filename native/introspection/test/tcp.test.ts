import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { TcpRecord } from '../src/index.js';
import { cannotTest, Lab, makeNamespaces, type Watch } from './harness.js';

const ECONNABORTED = 103;
const ECONNRESET = 104;
const ETIMEDOUT = 110;
const EADDRNOTAVAIL = 99;
const ENETUNREACH = 101;
const NO_ROUTE = 4096;
const ECONNREFUSED = 111;

(cannotTest === null ? describe : describe.skip)('TCP', () => {
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

  const onPort = (port: number) => (record: TcpRecord) =>
    record.localPort === port || record.remotePort === port;

  test('every program of tier A is attached here, or it is said why not', () => {
    const { tier, programs } = watch.introspection;
    const isAttached = (name: string) =>
      programs.some((part) => part.name === name && part.state === 'attached');
    const extra = isAttached('accept_done') || isAttached('accept_done_before_6_10');
    expect(tier).toBe(extra ? 'A+' : 'A');
    for (const { state, error } of programs) expect(error === null).toBe(state === 'attached');
    expect(programs.find(({ name }) => name === 'tcp_state')?.state).toBe('attached');
  });

  interface Route {
    readonly title: string;
    readonly listen: string;
    readonly connect: string;
    /** How the addresses are shown. */
    readonly client: string;
    readonly server: string;
    readonly interfaces: readonly [client: string, server: string];
    readonly namespaces?: boolean;
  }
  const routes: readonly Route[] = [
    {
      title: 'IPv4',
      listen: '127.0.0.1',
      connect: '127.0.0.1',
      client: '127.0.0.1',
      server: '127.0.0.1',
      interfaces: ['lo', 'lo'],
    },
    { title: 'IPv6', listen: '::1', connect: '::1', client: '::1', server: '::1', interfaces: ['lo', 'lo'] },
    {
      title: 'IPv4 to a socket of both',
      listen: '::',
      connect: '127.0.0.1',
      client: '127.0.0.1',
      server: '127.0.0.1',
      interfaces: ['lo', 'lo'],
    },
    {
      title: 'IPv4-mapped IPv6',
      listen: '127.0.0.1',
      connect: '::ffff:127.0.0.1',
      client: '127.0.0.1',
      server: '127.0.0.1',
      interfaces: ['lo', 'lo'],
    },
    {
      title: 'IPv4 between namespaces',
      listen: '10.77.0.2',
      connect: '10.77.0.2',
      client: '10.77.0.1',
      server: '10.77.0.2',
      interfaces: ['veth0', 'veth1'],
      namespaces: true,
    },
    {
      title: 'IPv6 between namespaces',
      listen: 'fd77::2',
      connect: 'fd77::2',
      client: 'fd77::1',
      server: 'fd77::2',
      interfaces: ['veth0', 'veth1'],
      namespaces: true,
    },
  ];

  for (const route of routes.filter((route) => !route.namespaces || namespaces !== null)) {
    test(`a connection over ${route.title} is told by both ends, from beginning to end`, async () => {
      const inside = (side: 'client' | 'server') =>
        route.namespaces ? { namespace: namespaces![side] } : {};
      const server = await lab.start(['serve', route.listen], inside('server'));
      const client = lab.run(
        ['connect', route.connect, String(server.port), '--send', '123456', '--receive', '123456'],
        inside('client'),
      );
      expect(client).toMatchObject({ sent: 123456, received: 123456 });

      const mine = onPort(server.port);
      const connect = await watch.first('connect', mine);
      const accept = await watch.first('accept', mine);
      const clientClose = await watch.first('close', (record) => mine(record) && record.side === 'client');
      const serverClose = await watch.first('close', (record) => mine(record) && record.side === 'server');

      const clientEnd = {
        localAddress: route.client,
        localPort: client.port,
        remoteAddress: route.server,
        remotePort: server.port,
        side: 'client',
        interfaceName: route.interfaces[0],
        socket: connect.socket,
        netns: connect.netns,
      };
      const serverEnd = {
        localAddress: route.server,
        localPort: server.port,
        remoteAddress: route.client,
        remotePort: client.port,
        side: 'server',
        interfaceName: route.interfaces[1],
        socket: accept.socket,
        netns: accept.netns,
      };
      expect(connect).toMatchObject({ ...clientEnd, state: 1, error: 0 });
      expect(accept).toMatchObject({ ...serverEnd, state: 1, error: 0 });
      expect(clientClose).toMatchObject({ ...clientEnd, state: 7, error: 0 });
      expect(serverClose).toMatchObject({ ...serverEnd, state: 7, error: 0 });
      expect(connect.netns === accept.netns).toBe(!route.namespaces);
      expect(connect.interfaceIndex).toBeGreaterThan(0);

      expect(connect.owner).toMatchObject({
        pid: client.pid,
        tid: client.pid,
        uid: 0,
        comm: 'peer',
        cgroupId: lab.cgroupId,
        evidence: 'kernel',
      });
      expect(accept.owner).toMatchObject({
        pid: server.pid,
        uid: 0,
        comm: 'peer',
        cgroupId: lab.cgroupId,
        evidence: 'io',
      });
      expect(connect.latencyMs).toBeGreaterThan(0);

      expect(connect.handshake).toMatch(/^[0-9a-f]{16}$/);
      for (const record of [accept, clientClose, serverClose])
        expect(record.handshake).toBe(connect.handshake);

      expect(clientClose.tcp).toMatchObject({ bytesSent: 123456, bytesReceived: 123456 });
      expect(serverClose.tcp).toMatchObject({ bytesSent: 123456, bytesReceived: 123456 });
      expect(clientClose.tcp.segmentsSent).toBeGreaterThan(2);
      expect(clientClose.tcp.segmentsReceived).toBeGreaterThan(2);
      expect(clientClose.tcp.rttMs).toBeGreaterThan(0);
      expect(Math.abs(connect.time - Date.now())).toBeLessThan(10_000);
      await server.stop();
    });
  }

  test('the FIN is not payload, whoever closes first', async () => {
    const server = await lab.start(['serve', '127.0.0.1', '--send', '1000']);
    const client = lab.run([
      'connect',
      '127.0.0.1',
      String(server.port),
      '--send',
      '1000',
      '--receive',
      '1000',
      '--half-close',
    ]);
    expect(client.received).toBe(1000);
    for (const side of ['client', 'server'] as const) {
      const close = await watch.first(
        'close',
        (record) => onPort(server.port)(record) && record.side === side,
      );
      expect(close.tcp).toMatchObject({ bytesSent: 1000, bytesReceived: 1000 });
      expect(close.error).toBe(0);
    }
  });

  test('an aborted connection says who aborted it, and loses no byte to a FIN that never came', async () => {
    const server = await lab.start(['serve', '::1']);
    lab.run(['connect', '::1', String(server.port), '--send', '500', '--receive', '500', '--linger']);
    const client = await watch.first('close', (record) => record.remotePort === server.port);
    const accepted = await watch.first('close', (record) => record.localPort === server.port);
    expect(client.error).toBe(ECONNABORTED);
    expect(accepted.error).toBe(ECONNRESET);
    expect(accepted.tcp).toMatchObject({ bytesSent: 500, bytesReceived: 500 });
  });

  test('a socket that connects to itself has connected; nobody has accepted', async () => {
    // Below the ports that the kernel gives to others by itself.
    const port = 20_000 + (process.pid % 10_000);
    const script = `require('node:net').connect({ host: '127.0.0.1', port: ${port}, localPort: ${port} }).on('connect', function () { this.destroy() })`;
    expect(spawnSync(process.execPath, ['-e', script]).status).toBe(0);
    const own = (record: TcpRecord) => record.localPort === port && record.remotePort === port;
    expect(await watch.first('connect', own)).toMatchObject({ side: 'client' });
    await watch.first('close', own);
    expect(watch.all('accept').filter(own)).toEqual([]);
  });

  test('who reset a connection, and why', async () => {
    const server = await lab.start(['serve', '127.0.0.1']);
    const client = lab.run(['connect', '127.0.0.1', String(server.port), '--linger']);
    const own = await watch.first('close', (record) => record.localPort === client.port);
    expect(own.reset).toEqual({ by: 'self', reason: 'closed with linger time 0' });
    const peers = await watch.first('close', (record) => record.remotePort === client.port);
    expect(peers.reset).toMatchObject({ by: 'peer' });
    // It closes with the echo unread.
    const rude = lab.run(['connect', '127.0.0.1', String(server.port), '--send', '100', '--unread']);
    const unread = await watch.first('close', (record) => record.localPort === rude.port);
    expect(unread.reset).toEqual({ by: 'self', reason: 'closed with unread data' });
    const orderly = lab.run(['connect', '127.0.0.1', String(server.port), '--send', '10', '--receive', '10']);
    expect((await watch.first('close', (record) => record.localPort === orderly.port)).reset).toBeNull();
  });

  test('a process that a connection is passed to becomes its owner', async () => {
    const server = await lab.start(['serve', '127.0.0.1', '0', '--pass']);
    const client = await lab.start([
      'connect',
      '127.0.0.1',
      String(server.port),
      '--send',
      '10',
      '--receive',
      '10',
      '--again',
      '10',
    ]);
    const before = await watch.first('accept', (record) => record.remotePort === client.port);
    const end = await watch.first('close', (record) => record.remotePort === client.port);
    const owners = watch
      .all('owner', ({ socket }) => socket === before.socket)
      .map(({ owner }) => owner?.pid);
    expect(before.owner?.pid).toBe(server.pid);
    expect(end.owner?.pid).not.toBe(server.pid);
    expect(end.owner).toMatchObject({ comm: 'peer', evidence: 'io' });
    expect(owners).toEqual([end.owner?.pid]);
  });

  test('a refused connection', async () => {
    const server = await lab.start(['serve', '127.0.0.1']);
    await server.stop();
    const client = lab.run(['connect', '127.0.0.1', String(server.port)]);
    expect(client.error).toBe(ECONNREFUSED);
    const failed = await watch.first('connect-failed', (record) => record.remotePort === server.port);
    expect(failed).toMatchObject({
      error: ECONNREFUSED,
      side: 'client',
      remoteAddress: '127.0.0.1',
      handshake: null,
    });
    expect(failed.localPort).toBeGreaterThan(0);
    expect(failed.owner).toMatchObject({ pid: client.pid, evidence: 'kernel' });
  });

  const unreachable = namespaces === null ? test.skip : test;
  unreachable.each(['198.51.100.7', '2001:db8::7'])(
    'a connection to %s, where no route leads',
    async (address) => {
      const client = lab.run(['connect', address, '443'], { namespace: namespaces!.client });
      expect(client.error).toBe(ENETUNREACH);
      const failed = await watch.first('connect-failed', ({ owner }) => owner?.pid === client.pid);
      expect(failed).toMatchObject({
        error: NO_ROUTE,
        remoteAddress: address,
        remotePort: 443,
        side: 'client',
      });
    },
  );

  test('a connection for which no port is free', async () => {
    const server = await lab.start(['serve', '127.0.0.1']);
    const first = await lab.start([
      'connect',
      '127.0.0.1',
      String(server.port),
      '--hold',
      '300',
      '--from',
      '127.0.0.9',
      '--early',
    ]);
    const second = lab.run([
      'connect',
      '127.0.0.1',
      String(server.port),
      '--from',
      `127.0.0.9:${first.port}`,
    ]);
    expect(second.error).toBe(EADDRNOTAVAIL);
    const failed = await watch.first('connect-failed', ({ owner }) => owner?.pid === second.pid);
    expect(failed).toMatchObject({ error: EADDRNOTAVAIL, remotePort: server.port, localPort: first.port });
  });

  test('a connection that times out, with its retransmitted SYN', async () => {
    const server = await lab.start(['serve', '127.0.0.1', '--backlog', '0', '--no-accept']);
    lab.run(['connect', '127.0.0.1', String(server.port)]); // fills the queue
    // It takes seconds, and whoever waits for it synchronously lets the ring buffer fill meanwhile.
    const client = await lab.start(['connect', '127.0.0.1', String(server.port), '--syn-count', '1']);
    expect(client.error).toBe(ETIMEDOUT);
    const failed = await watch.first('connect-failed', onPort(server.port));
    expect(failed).toMatchObject({ error: ETIMEDOUT, owner: { pid: client.pid } });
    expect(failed.tcp.retransmits).toBeGreaterThan(0);
    const told = watch.all('retransmit', (record) => record.socket === failed.socket);
    expect(told[0]).toMatchObject({ count: 1, remotePort: server.port, owner: { pid: client.pid } });
    expect(countOf(told)).toBe(failed.tcp.retransmits);
  }, 15_000);

  test('of workers that share a listener, the one that has the connection is named, and no other', async () => {
    const server = await lab.start(['serve', '127.0.0.1', '--workers', '2']);
    lab.run(['connect', '127.0.0.1', String(server.port), '--send', '10', '--receive', '10']);
    const accept = await watch.first('accept', onPort(server.port));
    expect(accept.owner).toMatchObject({ comm: 'peer', evidence: 'io' });
    expect(accept.owner?.pid).not.toBe(server.pid);
    const close = await watch.first('close', (record) => record.socket === accept.socket);
    expect(close.owner).toEqual(accept.owner);
    expect(watch.all('owner', ({ socket }) => socket === accept.socket)).toEqual([]);
    const worker = await watch.first('process', (record) => record.pid === accept.owner?.pid);
    expect(worker.parent?.pid).toBe(server.pid);
  });

  test('a server that accepts without a word is found by what it holds', async () => {
    const patient = lab.watch({ sweepIntervalMs: 200 });
    const server = await lab.start(['serve', '127.0.0.1']);
    const client = await lab.start([
      'connect',
      '127.0.0.1',
      String(server.port),
      '--early',
      '--hold',
      '9000',
    ]);
    const accept = await patient.first('accept', (record) => record.remotePort === client.port);
    const found = await patient.first('owner', ({ socket }) => socket === accept.socket);
    expect(found).toMatchObject({ side: 'server', owner: { pid: server.pid, evidence: 'snapshot' } });
    await client.stop();
  });

  test('a connection that nobody has accepted is told without an owner', async () => {
    const patient = lab.watch({ sweepIntervalMs: 200 });
    const server = await lab.start(['serve', '127.0.0.1', '0', '--no-accept']);
    const client = await lab.start([
      'connect',
      '127.0.0.1',
      String(server.port),
      '--early',
      '--hold',
      '5000',
    ]);
    const accept = await patient.first('accept', (record) => record.remotePort === client.port);
    expect(accept).toMatchObject({ side: 'server', owner: null });
    await client.stop();
  });

  test('a child that inherits a connected socket becomes its owner with its first send', async () => {
    const server = await lab.start(['serve', '127.0.0.1']);
    const client = lab.run([
      'connect',
      '127.0.0.1',
      String(server.port),
      '--send',
      '10',
      '--receive',
      '10',
      '--inherit',
    ]);
    const connect = await watch.first('connect', onPort(server.port));
    expect(connect.owner?.pid).not.toBe(client.pid);
    const owner = await watch.first('owner', (record) => record.socket === connect.socket);
    expect(owner.owner).toMatchObject({ pid: client.pid, evidence: 'io' });
  });

  (namespaces === null ? test.skip : test)(
    'retransmissions are told once a second at most, and all of them',
    async () => {
      const { client, server } = namespaces!;
      const listener = await lab.start(['serve', '10.77.0.2'], { namespace: server });
      const loses = lab.start(
        [
          'connect',
          '10.77.0.2',
          String(listener.port),
          '--delay',
          '500',
          '--send',
          '100',
          '--hold',
          '2500',
          '--linger',
        ],
        { namespace: client },
      );
      const connect = await watch.first('connect', onPort(listener.port));
      // Frames to a station that does not exist are taken in by nobody.
      const neighbour = ['10.77.0.2', 'lladdr', '02:00:00:00:00:99', 'dev', 'veth0', 'nud', 'permanent'];
      spawnSync('ip', ['-n', client, 'neighbour', 'replace', ...neighbour]);
      await loses;
      const close = await watch.first('close', (record) => record.socket === connect.socket);
      const told = watch.all('retransmit', (record) => record.socket === connect.socket);
      expect(close.tcp.retransmits).toBeGreaterThan(2);
      expect(countOf(told)).toBe(close.tcp.retransmits);
      expect(told.length).toBeLessThan(close.tcp.retransmits);
      expect(close.tcp).toMatchObject({ bytesSent: 100, bytesReceived: 0 });
    },
    15_000,
  );
});

const countOf = (records: readonly TcpRecord[]) => records.reduce((sum, { count }) => sum + count, 0);
