import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { TcpRecord } from '../src/index.js';
import { cannotTest, Lab, pause } from './harness.js';

const ESTABLISHED = 1;
const SWEEP_MS = 100;

(cannotTest === null ? describe : describe.skip)('what lives', () => {
  let lab: Lab;
  const watch = () => lab.watch({ sweepIntervalMs: SWEEP_MS });

  beforeAll(() => {
    lab = new Lab();
  });
  afterEach(() => lab.unwatch());
  afterAll(() => lab.close());

  const onPort = (port: number) => (record: TcpRecord) =>
    record.localPort === port || record.remotePort === port;

  test('a connection older than the programs is told at once, with both owners, counters and sides', async () => {
    const flag = join(lab.directory, 'old');
    writeFileSync(flag, '');
    const server = await lab.start(['serve', '127.0.0.1']);
    const client = lab.background([
      'connect',
      '127.0.0.1',
      String(server.port),
      '--send',
      '70000',
      '--receive',
      '70000',
      '--while',
      flag,
    ]);
    await lab.established(server.port, 2);

    const late = watch();
    const ofServer = await late.first('netstat', (record) => record.localPort === server.port);
    expect(ofServer).toMatchObject({
      side: 'server',
      state: ESTABLISHED,
      owner: { pid: server.pid, comm: 'peer' },
      tcp: { bytesSent: 70000, bytesReceived: 70000 },
    });
    const ofClient = await late.first('netstat', (record) => record.remotePort === server.port);
    expect(ofClient).toMatchObject({ side: 'client', owner: { evidence: 'snapshot' } });
    expect(ofClient.owner?.pid).not.toBe(server.pid);
    expect(ofClient.handshake).toBe(ofServer.handshake);
    expect(ofClient.tcp?.rttMs).toBeGreaterThan(0);
    expect(ofClient.tcp?.congestionWindow).toBeGreaterThan(0);

    rmSync(flag);
    await client;
    const end = await late.first('close', (record) => record.socket === ofClient.socket);
    expect(end.owner?.pid).toBe(ofClient.owner?.pid);
    expect(late.all('connect', onPort(server.port))).toEqual([]);
  });

  test('a worker that accepts and asks who connects is the owner before the first byte', async () => {
    const flag = join(lab.directory, 'asked');
    writeFileSync(flag, '');
    const server = await lab.start(['serve', '127.0.0.1', '0', '--workers', '2', '--ask']);
    const seen = watch();
    const client = lab.background(['connect', '127.0.0.1', String(server.port), '--while', flag]);
    const accept = await seen.first('accept', (record) => record.localPort === server.port);
    const living = await seen.first(
      'netstat',
      ({ socket, owner }) => socket === accept.socket && owner !== null,
    );
    expect(living.owner).toMatchObject({ comm: 'peer', evidence: 'kernel' });
    expect(living.owner?.pid).not.toBe(server.pid);
    expect(accept.owner?.pid).toBe(living.owner?.pid);
    rmSync(flag);
    await client;
    expect((await seen.first('close', ({ socket }) => socket === accept.socket)).owner?.pid).toBe(
      living.owner?.pid,
    );
  });

  test('an idle connection is told once, a busy one in every sweep', async () => {
    const flag = join(lab.directory, 'idle');
    writeFileSync(flag, '');
    const server = await lab.start(['serve', '127.0.0.1']);
    const seen = watch();
    const idle = lab.background([
      'connect',
      '127.0.0.1',
      String(server.port),
      '--send',
      '10',
      '--while',
      flag,
    ]);
    const first = await seen.first('netstat', (record) => record.remotePort === server.port);
    expect(first.tcp).toMatchObject({ bytesSent: 10 });
    await seen.sweeps(3);
    const told = seen.all('netstat', (record) => record.socket === first.socket).length;
    await seen.sweeps(3);
    expect(seen.all('netstat', (record) => record.socket === first.socket)).toHaveLength(told);
    rmSync(flag);
    await idle;
  });

  test.each(['127.0.0.1', '::1'])(
    'listening sockets on %s are all told, with owner and since when',
    async (address) => {
      const older = await lab.start(['serve', address, '0', '--backlog', '7']);
      const seen = watch();
      const before = Date.now();
      const tcp = await lab.start(['serve', address]);
      const udp = await lab.start(['udp-serve', address]);

      const ofOlder = await seen.first('listener', ({ owner }) => owner?.pid === older.pid);
      expect(ofOlder).toMatchObject({
        address,
        protocol: 6,
        since: null,
        backlogLimit: 7,
        owner: { pid: older.pid },
      });
      const ofTcp = await seen.first('listener', ({ owner }) => owner?.pid === tcp.pid);
      expect(ofTcp).toMatchObject({ address, owner: { pid: tcp.pid, evidence: 'kernel' } });
      expect(Math.abs(ofTcp.since! - before)).toBeLessThan(5000);
      const ofUdp = await seen.first('listener', ({ owner }) => owner?.pid === udp.pid);
      expect(ofUdp).toMatchObject({ address, owner: { pid: udp.pid } });
      expect(Math.abs(ofUdp.since! - before)).toBeLessThan(5000);

      await tcp.stop();
      await seen.sweeps(2);
      const last = seen.lastSweep();
      expect(last.some(({ owner }) => owner?.pid === tcp.pid)).toBe(false);
      expect(last.some(({ owner }) => owner?.pid === udp.pid)).toBe(true);
    },
  );

  test('connections opened and closed all through the attach are neither lost nor doubled', async () => {
    const flag = join(lab.directory, 'attach');
    writeFileSync(flag, '');
    const server = await lab.start(['serve', '127.0.0.1']);
    const clients = [0, 1, 2].map(() =>
      lab.background([
        'many',
        '127.0.0.1',
        String(server.port),
        '--send',
        '64',
        '--delay',
        '1',
        '--while',
        flag,
      ]),
    );
    const seen = watch();
    await seen.until('connect', onPort(server.port), 300);
    rmSync(flag);
    await Promise.all(clients);
    await seen.sweeps(2);

    // Once the first CONNECT of a client was told, each later connection of it is told from beginning to end.
    const opened = seen.all('connect', (record) => record.remotePort === server.port);
    const closed = seen.all('close', (record) => record.remotePort === server.port);
    expect(seen.introspection.account().dropped).toMatchObject({ 'ring buffer full': 0 });
    expect(opened.length).toBeGreaterThan(100);
    const closedSockets = new Set(closed.map(({ socket }) => socket));
    expect(opened.filter(({ socket }) => !closedSockets.has(socket))).toEqual([]);
    expect(closedSockets.size).toBe(closed.length);
    expect(new Set(opened.map(({ socket }) => socket)).size).toBe(opened.length);
    // What is closed without having been opened here was open when the programs came: at most one a client.
    expect(closed.length - opened.length).toBeLessThanOrEqual(3);
    const openedSockets = new Set(opened.map(({ socket }) => socket));
    for (const { owner, socket, tcp } of closed) {
      // One whose process had let it go before the programs came has no owner any more; nobody else is named.
      if (owner !== null || openedSockets.has(socket)) expect(owner?.comm).toBe('peer');
      expect(tcp).toMatchObject({ bytesSent: 64, bytesReceived: 64 });
    }
  });

  test('nothing is told of a connection before its beginning or after its end', async () => {
    const server = await lab.start(['serve', '127.0.0.1']);
    const seen = lab.watch({ sweepIntervalMs: 10 });
    const clients = [0, 1].map(() =>
      lab.background(['many', '127.0.0.1', String(server.port), '--count', '1500', '--send', '64']),
    );
    await Promise.all(clients);
    await seen.sweeps(2);

    const life = new Map<number, string[]>();
    for (const record of seen.records) {
      if (record.kind !== 'connect' && record.kind !== 'netstat' && record.kind !== 'close') continue;
      if (record.remotePort !== server.port) continue;
      life.set(record.socket, [...(life.get(record.socket) ?? []), record.kind]);
    }
    expect(life.size).toBe(3000);
    const orders = new Set(
      [...life.values()].map((kinds) => kinds.join(' ').replace(/(netstat )+/, 'netstat ')),
    );
    expect(
      [...orders].filter((order) => order !== 'connect close' && order !== 'connect netstat close'),
    ).toEqual([]);
    expect(orders).toContain('connect netstat close');
  });

  test('a connected UDP socket without a datagram is known by its peer; how much it carried is not', async () => {
    const flag = join(lab.directory, 'udp');
    writeFileSync(flag, '');
    const server = await lab.start(['udp-serve', '127.0.0.1']);
    const client = lab.background([
      'udp-send',
      '127.0.0.1',
      String(server.port),
      '--connected',
      '--count',
      '0',
      '--while',
      flag,
    ]);
    const seen = watch();
    const peer = await seen.first('datagram', (record) => record.remotePort === server.port);
    expect(peer).toMatchObject({
      phase: 'update',
      bytesSent: null,
      packetsReceived: null,
      owner: { comm: 'peer' },
    });
    rmSync(flag);
    await client;
    await pause(0);
  });

  test('no look misses a listener or tells it twice, however many connections end meanwhile', async () => {
    // More than the kernel hands over in one part.
    const servers = await Promise.all(
      Array.from({ length: 400 }, async () => {
        const server = createServer().listen(0, '127.0.0.1');
        await once(server, 'listening');
        return server;
      }),
    );
    const ports = new Set(servers.map((server) => (server.address() as AddressInfo).port));
    const churn = spawn(lab.compile('churn.c'), ['1000'], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(churn.stdout, 'data');
    try {
      const seen = lab.watch({ sweepIntervalMs: 20 });
      for (let looks = 0; looks < 20; looks += 5) await seen.sweeps(5);
      const looks: number[][] = [[]];
      for (const record of seen.records) {
        if (record.kind === 'sweep') looks.push([]);
        else if (record.kind === 'listener' && record.owner?.pid === process.pid && ports.has(record.port))
          looks.at(-1)!.push(record.port);
      }
      // The last one is not over.
      const counts = looks.slice(0, -1).map((found) => [found.length, new Set(found).size]);
      expect(counts.length).toBeGreaterThanOrEqual(20);
      expect(counts.filter(([all, different]) => all !== 400 || different !== 400)).toEqual([]);
    } finally {
      churn.kill('SIGKILL');
      for (const server of servers) server.close();
    }
  }, 100_000);

  test('a listener that is closed is gone with the next look', async () => {
    const seen = watch();
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const isMine = (listener: { port: number }) => listener.port === port;
    await seen.sweeps(2);
    expect(seen.lastSweep().filter(isMine)).toHaveLength(1);
    server.close();
    await once(server, 'close');
    await seen.sweeps(2);
    expect(seen.lastSweep().filter(isMine)).toEqual([]);
  });
});
