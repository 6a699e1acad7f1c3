/** The same questions for every source: test/cases.ts is what is asked, test/knowledge.ts what each can answer. */
import { spawnSync } from 'node:child_process';
import { readlinkSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { DatagramRecord, TcpRecord } from '../src/index.js';
import { ROUTES, type Route, TRANSFERS } from './cases.js';
import { cannotTest, Lab, makeNamespaces, type PeerReport, pause, type Watch } from './harness.js';
import { KNOWLEDGE, type Knowledge } from './knowledge.js';

const ESTABLISHED = 1;
const CLOSE = 7;
const ECONNABORTED = 103;
const ECONNRESET = 104;
const ECONNREFUSED = 111;
const NOBODY = 65534;
const SWEEP_MS = 200;

const namespaces = cannotTest === null ? makeNamespaces() : null;
afterAll(() => namespaces?.remove());

for (const knows of KNOWLEDGE) {
  (cannotTest === null ? describe : describe.skip)(`source ${knows.title}`, () => questions(knows));
}

function questions(knows: Knowledge): void {
  let lab: Lab;
  let watch: Watch;
  const routes = ROUTES.filter((route) => !route.namespaces || namespaces !== null);

  beforeAll(async () => {
    lab = new Lab();
    watch = lab.watch({ ...knows.options, sweepIntervalMs: SWEEP_MS });
    await watch.sweeps(1);
  });
  afterAll(() => lab.close());

  const inside = (route: Route, side: 'client' | 'server') =>
    route.namespaces ? { namespace: namespaces![side] } : {};
  const inodeInside = (route: Route, side: 'client' | 'server') =>
    statSync(route.namespaces ? `/run/netns/${namespaces![side]}` : '/proc/self/ns/net').ino;
  // Ports are used again: only what is told after a test began is its own.
  let begun = 0;
  beforeEach(() => {
    begun = performance.timeOrigin + performance.now();
  });
  const ofServer = (port: number) => (record: TcpRecord | DatagramRecord) =>
    record.time >= begun && record.localPort === port;
  const ofClient = (port: number) => (record: TcpRecord | DatagramRecord) =>
    record.time >= begun && record.remotePort === port;

  /** What a source says of an owner: this process, or, where it cannot know, nobody. */
  const expectOwner = (record: TcpRecord | DatagramRecord, pid: number, isLongLived: boolean) => {
    if (record.owner === null && !isLongLived && !knows.namesShortLived) return;
    expect(record.owner).toMatchObject({ pid, comm: 'peer', cgroupId: lab.cgroupId });
  };

  describe.each(routes)('over $title', (route) => {
    test('a connection: beginning, counters while it lives, end, listener, processes', async () => {
      const server = await lab.start(['serve', route.listen, ...knows.servers], inside(route, 'server'));
      const hold = lab.hold();
      const client = lab.background(
        [
          'connect',
          route.connect,
          String(server.port),
          '--send',
          '123456',
          '--receive',
          '123456',
          '--while',
          hold.file,
        ],
        inside(route, 'client'),
      );
      const connect = await watch.first('connect', ofClient(server.port), 10_000);
      const accept = await watch.first('accept', ofServer(server.port), 10_000);
      const living = await watch.first(
        'netstat',
        (record) => ofServer(server.port)(record) && record.tcp?.bytesSent === 123456,
        10_000,
      );
      const clientOwner = await owned(connect);
      const serverOwner = await owned(accept);
      await watch.sweeps(2);
      const listener = watch.lastSweep().find(({ port }) => port === server.port);
      hold.release();
      const report = await client;

      const clientEnd = {
        localAddress: route.client,
        localPort: report.port,
        remoteAddress: route.server,
        remotePort: server.port,
        side: 'client',
        protocol: 6,
        netns: inodeInside(route, 'client'),
        interfaceName: route.interfaces[0],
      };
      const serverEnd = {
        localAddress: route.server,
        localPort: server.port,
        remoteAddress: route.client,
        remotePort: report.port,
        side: 'server',
        protocol: 6,
        netns: inodeInside(route, 'server'),
        interfaceName: route.interfaces[1],
      };
      expect(connect).toMatchObject({ ...clientEnd, state: ESTABLISHED, error: 0 });
      expect(accept).toMatchObject({ ...serverEnd, state: ESTABLISHED, error: 0 });
      expect(connect.interfaceIndex).toBeGreaterThan(0);
      expect(living).toMatchObject({ ...serverEnd, state: ESTABLISHED, tcp: { bytesReceived: 123456 } });
      expect(living.tcp?.rttMs).toBeGreaterThan(0);
      expect(living.tcp?.congestionWindow).toBeGreaterThan(0);
      expect(listener).toMatchObject({ address: route.listen, netns: serverEnd.netns, protocol: 6 });
      expect(listener?.since).toBeGreaterThan(0);
      expect(listener?.owner).toMatchObject({ pid: server.pid, uid: 0, comm: 'peer' });

      const close = await watch.first('close', (record) => record.socket === connect.socket, 10_000);
      const closed = await watch.first('close', (record) => record.socket === accept.socket, 10_000);
      expect(close).toMatchObject({ ...clientEnd, state: CLOSE, error: 0 });
      expect(closed).toMatchObject({ ...serverEnd, state: CLOSE, error: 0 });
      for (const record of [close, closed]) {
        expect(record.tcp).toMatchObject({ bytesSent: 123456, bytesReceived: 123456 });
      }
      expect(clientOwner).toMatchObject({
        pid: report.pid,
        uid: 0,
        gid: 0,
        comm: 'peer',
        cgroupId: lab.cgroupId,
      });
      expect(serverOwner).toMatchObject({
        pid: server.pid,
        uid: 0,
        gid: 0,
        comm: 'peer',
        cgroupId: lab.cgroupId,
      });
      expect(clientOwner.evidence).toBe(knows.evidence);
      expect(knows.evidenceOfAccepted).toContain(serverOwner.evidence);
      expect(close.owner).toMatchObject({ pid: report.pid });
      expect(closed.owner).toMatchObject({ pid: server.pid });
      expect(connect.handshake === null).toBe(!knows.seesHandshake);
      expect(connect.latencyMs === null).toBe(!knows.seesHandshake);

      for (const owner of [clientOwner, serverOwner]) {
        const named = await watch.first('process', (record) => record.pid === owner.pid);
        expect(named).toMatchObject({
          exe: lab.peer,
          exeDeleted: false,
          comm: 'peer',
          uid: 0,
          gid: 0,
          parent: { pid: process.pid, exe: readlinkSync('/proc/self/exe') },
        });
        expect(named.argv[0]).toBe(lab.peer);
        expect(named.startTime).toBeLessThanOrEqual(named.time);
      }
      await server.stop();
      for (let looks = 0; watch.lastSweep().some(({ socket }) => socket === listener?.socket); looks++) {
        expect(looks).toBeLessThan(20);
        await watch.sweeps(1);
      }
      await watch.first('exit', (record) => record.pid === server.pid);
    });

    test('a datagram conversation of a connected socket', async () => {
      const server = await lab.start(['udp-serve', route.listen], inside(route, 'server'));
      const hold = lab.hold();
      const client = lab.background(
        [
          'udp-send',
          route.connect,
          String(server.port),
          '--connected',
          '--count',
          '7',
          '--send',
          '1100',
          '--while',
          hold.file,
        ],
        inside(route, 'client'),
      );
      const first = await watch.first(
        'datagram',
        (record) => ofClient(server.port)(record) && record.phase === 'first',
        10_000,
      );
      const owner = await owned(first);
      await watch.sweeps(2);
      const listener = watch.lastSweep().find(({ port }) => port === server.port);
      hold.release();
      const report = await client;
      const end = await watch.first(
        'datagram',
        (record) => ofClient(server.port)(record) && record.phase === 'end',
        10_000,
      );
      for (const record of [first, end]) {
        expect(record).toMatchObject({
          protocol: 17,
          localAddress: route.client,
          localPort: report.port,
          remoteAddress: route.server,
          netns: inodeInside(route, 'client'),
          interfaceName: route.interfaces[0],
          socket: first.socket,
        });
      }
      expect(owner).toMatchObject({ pid: report.pid, uid: 0, comm: 'peer', cgroupId: lab.cgroupId });
      expect(end.owner).toMatchObject({ pid: report.pid });
      const counted = { bytesSent: 7700, bytesReceived: 7700, packetsSent: 7, packetsReceived: 7 };
      const unknown = { bytesSent: null, bytesReceived: null, packetsSent: null, packetsReceived: null };
      expect(end).toMatchObject(knows.countsDatagrams ? counted : unknown);
      // Bound to no address and no port in particular, it looks like a socket that only sends.
      if (route.listen !== '::' || knows.listsAnyUnconnected)
        expect(listener).toMatchObject({ protocol: 17, address: route.listen, owner: { pid: server.pid } });
      await server.stop();
    });
  });

  /** An owner may be told only after the beginning, and corrected. */
  async function owned(record: TcpRecord | DatagramRecord, isWanted = (_pid: number) => true) {
    const kinds = ['owner', 'netstat', 'datagram'] as const;
    const deadline = Date.now() + 10_000;
    for (;;) {
      const later = kinds.flatMap((kind) => watch.all(kind, ({ socket }) => socket === record.socket));
      const owners = [record, ...later].map(({ owner }) => owner);
      const found = owners.find((owner) => owner !== null && isWanted(owner.pid));
      if (found) return found;
      if (Date.now() > deadline) throw new Error(`owned by ${JSON.stringify(owners)}`);
      await pause(20);
    }
  }

  test.each(TRANSFERS)(
    '$title: bytes are exact at both ends, of a connection that lives a moment',
    async (transfer) => {
      const server = await lab.start(['serve', '127.0.0.1', ...transfer.server, ...knows.servers]);
      const client = lab.run([
        'connect',
        '127.0.0.1',
        String(server.port),
        '--send',
        String(transfer.sent),
        '--receive',
        String(transfer.received),
        ...transfer.end,
      ]);
      expect(client).toMatchObject({ sent: transfer.sent, received: transfer.received });
      const ends: readonly (readonly ['connect' | 'accept', typeof ofClient, PeerReport])[] = [
        ['connect', ofClient, client],
        ['accept', ofServer, server],
      ];
      const isHidden = transfer.end.includes('--linger') && !knows.seesAbortAtOnce;
      for (const [kind, matches, { pid }] of isHidden ? ends.slice(1) : ends) {
        const close = await watch.first('close', matches(server.port), 10_000);
        const opened = await watch.first(kind, matches(server.port), 10_000);
        expect(close.tcp?.bytesSent).toBe(kind === 'connect' ? transfer.sent : transfer.received);
        expect(close.tcp?.bytesReceived).toBe(kind === 'connect' ? transfer.received : transfer.sent);
        for (const record of [opened, close]) expectOwner(record, pid, false);
      }
      await server.stop();
    },
  );

  test('a connection that is aborted while it is known', async () => {
    const server = await lab.start(['serve', '127.0.0.1', ...knows.servers]);
    const hold = lab.hold();
    const transfer = ['--send', '500', '--receive', '500', '--while', hold.file, '--linger'];
    const client = lab.background(['connect', '127.0.0.1', String(server.port), ...transfer]);
    const has500 = (record: TcpRecord) => ofClient(server.port)(record) && record.tcp?.bytesReceived === 500;
    await owned(await watch.first('netstat', has500, 10_000));
    await owned(await watch.first('accept', ofServer(server.port), 10_000));
    hold.release();
    const { pid } = await client;
    const close = await watch.first('close', ofClient(server.port), 10_000);
    const closed = await watch.first('close', ofServer(server.port), 10_000);
    for (const record of [close, closed])
      expect(record.tcp).toMatchObject({ bytesSent: 500, bytesReceived: 500 });
    expect([close.owner?.pid, closed.owner?.pid]).toEqual([pid, server.pid]);
    expect([close.error, closed.error]).toEqual(
      knows.knowsErrors ? [ECONNABORTED, ECONNRESET] : [null, null],
    );
    await server.stop();
  });

  (namespaces === null ? test.skip : test)('segments that are sent again are all told', async () => {
    const { client, server } = namespaces!;
    const listener = await lab.start(['serve', '10.77.0.2'], { namespace: server });
    const hold = lab.hold();
    const transfer = ['--delay', '1500', '--send', '100', '--while', hold.file, '--linger'];
    const loses = lab.background(['connect', '10.77.0.2', String(listener.port), ...transfer], {
      namespace: client,
    });
    const connect = await watch.first('connect', ofClient(listener.port), 10_000);
    const ofConnection = (record: TcpRecord) => record.socket === connect.socket;
    const neighbour = ['10.77.0.2', 'dev', 'veth0'];
    // Frames to a station that does not exist are taken in by nobody.
    const nobody = ['lladdr', '02:00:00:00:00:99', 'nud', 'permanent'];
    spawnSync('ip', ['-n', client, 'neighbour', 'replace', ...neighbour, ...nobody]);
    try {
      const isLost = (record: TcpRecord) => ofConnection(record) && (record.tcp?.retransmits ?? 0) > 2;
      await watch.first('netstat', isLost, 10_000);
      hold.release();
      await loses;
    } finally {
      hold.release();
      spawnSync('ip', ['-n', client, 'neighbour', 'delete', ...neighbour]);
    }
    const close = await watch.first('close', ofConnection, 10_000);
    const told = watch.all('retransmit', ofConnection).reduce((sum, { count }) => sum + count, 0);
    expect(told).toBe(close.tcp?.retransmits);
    expect(close.tcp).toMatchObject({ bytesSent: 100, bytesReceived: 0 });
    await listener.stop();
  });

  test('a connection that its peer resets ends once, at once, although its process keeps the socket', async () => {
    const server = await lab.start(['serve', '127.0.0.1', '--no-accept', ...knows.servers]);
    const hold = lab.hold();
    const client = lab.background([
      'connect',
      '127.0.0.1',
      String(server.port),
      '--send',
      '100',
      '--while',
      hold.file,
    ]);
    const has100 = (record: TcpRecord) => ofClient(server.port)(record) && record.tcp?.bytesSent === 100;
    const owner = await owned(await watch.first('netstat', has100, 10_000));
    await server.stop();
    const close = await watch.first('close', ofClient(server.port), 10_000);
    expect(close).toMatchObject({ side: 'client', tcp: { bytesSent: 100, bytesReceived: 0 } });
    expect(close.error).toBe(knows.knowsErrors ? ECONNRESET : null);
    hold.release();
    const { pid } = await client;
    expect([owner.pid, close.owner?.pid]).toEqual([pid, pid]);
    await watch.sweeps(3);
    expect(watch.all('close', ofClient(server.port))).toHaveLength(1);
    expect(watch.all('connect', ofClient(server.port))).toHaveLength(1);
  });

  test('a connection and a listener that are older than the watch', async () => {
    const server = await lab.start(['serve', '127.0.0.1', ...knows.servers]);
    const hold = lab.hold();
    const transfer = ['--send', '700', '--receive', '700', '--while', hold.file];
    const client = lab.background(['connect', '127.0.0.1', String(server.port), ...transfer]);
    await lab.established(server.port, 2);
    const late = lab.watch({ ...knows.options, sweepIntervalMs: SWEEP_MS });
    const ofOldClient = await late.first('netstat', ofClient(server.port), 10_000);
    const ofOldServer = await late.first('netstat', ofServer(server.port), 10_000);
    expect(ofOldClient).toMatchObject({ side: 'client', state: ESTABLISHED, interfaceName: 'lo' });
    expect(ofOldServer).toMatchObject({
      side: 'server',
      state: ESTABLISHED,
      owner: { pid: server.pid },
      tcp: { bytesSent: 700, bytesReceived: 700 },
    });
    await late.sweeps(1);
    const listener = late.lastSweep().find(({ port }) => port === server.port);
    expect(listener).toMatchObject({
      since: null,
      owner: { pid: server.pid, evidence: knows.evidenceOfOld },
    });
    hold.release();
    const { pid } = await client;
    expect(ofOldClient.owner).toMatchObject({ pid, evidence: knows.evidenceOfOld });
    const close = await late.first('close', ofClient(server.port), 10_000);
    expect(close).toMatchObject({
      side: 'client',
      owner: { pid },
      tcp: { bytesSent: 700, bytesReceived: 700 },
    });
    // Their beginning was before.
    expect([
      ...late.all('connect', ofClient(server.port)),
      ...late.all('accept', ofServer(server.port)),
    ]).toEqual([]);
    late.close();
    await server.stop();
  });

  test('a refused connection', async () => {
    const server = await lab.start(['serve', '127.0.0.1', ...knows.servers]);
    await server.stop();
    const client = lab.run(['connect', '127.0.0.1', String(server.port)]);
    expect(client.error).toBe(ECONNREFUSED);
    if (!knows.knowsErrors) return;
    const failed = await watch.first('connect-failed', ofClient(server.port));
    expect(failed).toMatchObject({ error: ECONNREFUSED, side: 'client', owner: { pid: client.pid } });
  });

  test('a worker that took over a connection is its owner in the end', async () => {
    const server = await lab.start(['serve', '127.0.0.1', '--workers', '3', ...knows.servers]);
    const hold = lab.hold();
    const transfer = ['--send', '10', '--receive', '10', '--while', hold.file];
    const client = lab.background(['connect', '127.0.0.1', String(server.port), ...transfer]);
    const accept = await watch.first('accept', ofServer(server.port), 10_000);
    const owner = await owned(accept, (pid) => pid !== server.pid);
    const worker = await watch.first('process', (record) => record.pid === owner.pid);
    expect(worker).toMatchObject({ exe: lab.peer, parent: { pid: server.pid } });
    await watch.sweeps(2);
    const listener = watch.lastSweep().find(({ port }) => port === server.port);
    expect(listener?.owner?.pid).toBe(server.pid);
    hold.release();
    await client;
    const close = await watch.first('close', ofServer(server.port), 10_000);
    expect(close.owner?.pid).toBe(worker.pid);
    await server.stop();
  });

  test('another user, and an executable that is gone', async () => {
    const gone = join(lab.directory, `gone-${knows.title}`);
    lab.copyPeer(gone);
    const server = await lab.start(['serve', '127.0.0.1', ...knows.servers], { user: NOBODY, program: gone });
    rmSync(gone);
    const hold = lab.hold();
    const transfer = ['--send', '10', '--receive', '10', '--while', hold.file];
    const client = lab.background(['connect', '127.0.0.1', String(server.port), ...transfer]);
    const accept = await watch.first('accept', ofServer(server.port), 10_000);
    expect(await owned(accept)).toMatchObject({ pid: server.pid, uid: NOBODY, gid: NOBODY });
    const named = await watch.first('process', (record) => record.pid === server.pid);
    expect(named).toMatchObject({ exe: gone, uid: NOBODY, gid: NOBODY });
    if (knows.options.source === 'netlink') expect(named.exeDeleted).toBe(true);
    hold.release();
    await client;
    await server.stop();
  });

  test('many connections at once: each begins and ends once, with its own bytes, none with a wrong owner', async () => {
    const server = await lab.start(['serve', '127.0.0.1', ...knows.servers]);
    const clients = await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        lab.background([
          'connect',
          '127.0.0.1',
          String(server.port),
          '--send',
          String(i + 1),
          '--receive',
          String(i + 1),
        ]),
      ),
    );
    await watch.until('close', ofClient(server.port), clients.length);
    await watch.until('close', ofServer(server.port), clients.length);
    for (const [i, client] of clients.entries()) {
      const ends = [
        [
          'connect',
          (record: TcpRecord) => ofClient(server.port)(record) && record.localPort === client.port,
          client.pid,
        ],
        [
          'accept',
          (record: TcpRecord) => ofServer(server.port)(record) && record.remotePort === client.port,
          server.pid,
        ],
      ] as const;
      for (const [kind, matches, pid] of ends) {
        const [opened, ...others] = watch.all(kind, matches);
        const [close, ...more] = watch.all('close', matches);
        expect([others, more]).toEqual([[], []]);
        expect(close?.tcp).toMatchObject({ bytesSent: i + 1, bytesReceived: i + 1 });
        for (const record of [opened!, close!]) expectOwner(record, pid, false);
      }
    }
    await server.stop();
  });

  test('the account balances', async () => {
    watch.close();
    const account = watch.introspection.account();
    const dropped = Object.values(account.dropped).reduce((sum, count) => sum + count, 0);
    expect(account.produced).toBe(account.delivered + account.buffered + dropped);
    expect(account.delivered).toBe(watch.records.length);
    expect(account.dropped.undecodable).toBe(0);
  });
}
