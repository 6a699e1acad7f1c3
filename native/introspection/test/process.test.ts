import { spawnSync } from 'node:child_process';
import { mkdirSync, readlinkSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { TcpRecord } from '../src/index.js';
import { cannotTest, Lab, type Watch } from './harness.js';

(cannotTest === null ? describe : describe.skip)('processes', () => {
  let lab: Lab;
  let watch: Watch;
  let oldServer: Awaited<ReturnType<Lab['start']>>;

  beforeAll(async () => {
    lab = new Lab();
    oldServer = await lab.start(['serve', '127.0.0.1']);
    watch = lab.watch();
  });
  afterAll(async () => {
    await lab.close();
  });

  const to = (port: number) => (record: TcpRecord) => record.remotePort === port;

  test('one that lives a few milliseconds is fully named, before the connection it makes', async () => {
    const args = ['connect', '127.0.0.1', String(oldServer.port), '--send', '1', '--receive', '1'];
    const client = lab.run(args);
    const connect = await watch.first('connect', (record) => record.localPort === client.port);
    const process_ = await watch.first('process', (record) => record.pid === client.pid);
    expect(process_).toMatchObject({
      exe: lab.peer,
      argv: [lab.peer, ...args],
      argvTruncated: false,
      comm: 'peer',
      uid: 0,
      gid: 0,
      cgroupId: lab.cgroupId,
      parent: { pid: process.pid, uid: 0, gid: 0, exe: readlinkSync('/proc/self/exe') },
    });
    expect(watch.records.indexOf(process_)).toBeLessThan(watch.records.indexOf(connect));
    expect(process_.startTime).toBeLessThanOrEqual(process_.time);
    expect(process_.time - process_.startTime).toBeLessThan(1000);
    await watch.first('exit', (record) => record.pid === client.pid);
  });

  test('a control group is told when it is made, before anything is in it, and when it is removed', async () => {
    const name = 'docker-0123.scope';
    const directory = join(lab.cgroup, name);
    mkdirSync(directory);
    const { ino } = statSync(directory);
    rmdirSync(directory);
    const path = `/${basename(lab.cgroup)}/${name}`;
    const made = await watch.first('cgroup', ({ cgroupId, removed }) => cgroupId === ino && !removed);
    expect(made).toMatchObject({ path, pathCut: false });
    const gone = await watch.first('cgroup', ({ cgroupId, removed }) => cgroupId === ino && removed);
    expect(gone.path).toBe(path);
  });

  test('control groups that are older than the watch are told with it, the root too', async () => {
    const own = await watch.first('cgroup', ({ cgroupId }) => cgroupId === lab.cgroupId);
    expect(own).toMatchObject({ path: `/${basename(lab.cgroup)}`, removed: false });
    await watch.first('cgroup', ({ path }) => path === '/');
  });

  test('one hundred one-shot processes: each named, none wrongly', async () => {
    const clients = Array.from({ length: 100 }, (_, i) =>
      lab.run([
        'connect',
        '127.0.0.1',
        String(oldServer.port),
        '--send',
        String(i + 1),
        '--receive',
        String(i + 1),
      ]),
    );
    for (const [i, client] of clients.entries()) {
      const close = await watch.first(
        'close',
        (record) => to(oldServer.port)(record) && record.localPort === client.port,
      );
      expect(close.owner?.pid).toBe(client.pid);
      expect(close.tcp).toMatchObject({ bytesSent: i + 1, bytesReceived: i + 1 });
      const [named, ...again] = watch.all('process', (record) => record.pid === client.pid);
      expect(named?.argv.at(-1)).toBe(String(i + 1));
      expect(again).toEqual([]);
    }
  }, 30_000);

  test('a relative path on the command line gives an absolute executable', async () => {
    const client = lab.run(['connect', '127.0.0.1', String(oldServer.port)], {
      cwd: dirname(lab.peer),
      program: `./${basename(lab.peer)}`,
    });
    const named = await watch.first('process', (record) => record.pid === client.pid);
    expect(named.argv[0]).toBe('./peer');
    expect(named.exe).toBe(lab.peer);
  });

  test('a child that never called exec is a process of its own', async () => {
    const client = lab.run(['connect', '127.0.0.1', String(oldServer.port), '--fork']);
    const named = await watch.first('process', (record) => record.pid === client.pid);
    expect(named).toMatchObject({ exe: lab.peer, parent: { exe: lab.peer, comm: 'peer' } });
    expect(named.parent?.pid).not.toBe(process.pid);
    expect(named.argv).toContain('--fork');
  });

  test('a server older than the agent is named when it accepts', async () => {
    const client = lab.run(['connect', '127.0.0.1', String(oldServer.port), '--send', '5', '--receive', '5']);
    const accept = await watch.first('accept', (record) => record.remotePort === client.port);
    expect(accept.owner).toMatchObject({ pid: oldServer.pid, comm: 'peer', uid: 0, cgroupId: lab.cgroupId });
    const named = await watch.first('process', (record) => record.pid === oldServer.pid);
    expect(named).toMatchObject({ exe: lab.peer, argv: [lab.peer, 'serve', '127.0.0.1'] });
  });

  test('a connection older than the agent is told at its end, with its side and its owner', async () => {
    const server = await lab.start(['serve', '127.0.0.1']);
    const open = join(lab.directory, 'open');
    writeFileSync(open, '');
    const transfer = ['--send', '700', '--receive', '700', '--while', open];
    const held = lab.start(['connect', '127.0.0.1', String(server.port), ...transfer]);
    await watch.first('connect', (record) => record.remotePort === server.port);
    const late = lab.watch();
    rmSync(open);
    const client = await held;
    const ofClient = await late.first('close', (record) => record.localPort === client.port);
    const ofServer = await late.first('close', (record) => record.remotePort === client.port);
    expect(ofClient).toMatchObject({ side: 'client', owner: { pid: client.pid, evidence: 'io' } });
    expect(ofServer).toMatchObject({ side: 'server', owner: { pid: server.pid } });
    expect(ofServer.handshake).toBe(ofClient.handshake);
    expect(ofClient.tcp).toMatchObject({ bytesSent: 700, bytesReceived: 700 });
    expect(late.all('process', (record) => record.pid === client.pid)).toHaveLength(1);
  });

  test('a long command line is cut, and said to be', async () => {
    const filler = Array.from({ length: 400 }, (_, i) => `argument-${i}`);
    const client = lab.run(['connect', '127.0.0.1', String(oldServer.port), ...filler]);
    const named = await watch.first('process', (record) => record.pid === client.pid);
    expect(named.argvTruncated).toBe(true);
    expect(named.argv.slice(0, 6)).toEqual([
      lab.peer,
      'connect',
      '127.0.0.1',
      String(oldServer.port),
      'argument-0',
      'argument-1',
    ]);
    expect(named.argv.join(' ').length).toBeLessThanOrEqual(2048);
  });

  test('another user is named by his ids', async () => {
    const listing = spawnSync('setpriv', ['--version']);
    expect(listing.status).toBe(0);
    const port = String(oldServer.port);
    spawnSync('chmod', ['755', lab.directory]);
    const result = spawnSync(
      'setpriv',
      ['--reuid=65534', '--regid=65534', '--clear-groups', lab.peer, 'connect', '127.0.0.1', port],
      { encoding: 'utf8' },
    );
    const client = JSON.parse(result.stdout);
    const connect = await watch.first('connect', (record) => record.localPort === client.port);
    expect(connect.owner).toMatchObject({ pid: client.pid, uid: 65534, gid: 65534 });
    const named = await watch.first('process', (record) => record.pid === client.pid);
    expect(named).toMatchObject({ uid: 65534, gid: 65534, parent: { uid: 0 } });
  });
});
