import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openIntrospection } from '../src/index.js';
import { openScript } from './child.js';
import { cannotTest, Lab, pause } from './harness.js';

const open = openScript();
const printFailure = `${open} console.log(JSON.stringify({ code: opened.code, message: opened.message })); if (opened.close) opened.close();`;

const kernel = cannotTest === null ? describe : describe.skip;

test('options out of range are refused with the range', () => {
  const onRecords = () => undefined;
  expect(() => openIntrospection({ onRecords, ringBytes: 100 })).toThrow(/ringBytes must be .* from 4096/);
  expect(() => openIntrospection({ onRecords, datagramIntervalMs: 0.5 })).toThrow(RangeError);
});

kernel('without privilege', () => {
  test('a process without capabilities is told which it lacks, and libbpf prints nothing', () => {
    const child = spawnSync(
      'setpriv',
      [
        '--reuid=65534',
        '--regid=65534',
        '--clear-groups',
        '--inh-caps=-all',
        '--bounding-set=-all',
        process.execPath,
        '-e',
        printFailure,
      ],
      { encoding: 'utf8' },
    );
    const failure = JSON.parse(child.stdout);
    expect(failure.code).toBe('PERMISSION');
    expect(failure.message).toMatch(/CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN/);
    expect(failure.message).not.toMatch(/RLIMIT/);
    expect(child.stderr).toBe('');
  });

  test('root of a user namespace is told that this is no root', () => {
    const child = spawnSync('unshare', ['--user', '--map-root-user', process.execPath, '-e', printFailure], {
      encoding: 'utf8',
    });
    const failure = JSON.parse(child.stdout);
    expect(failure.code).toBe('PERMISSION');
    expect(failure.message).toMatch(/user namespace/);
    expect(child.stderr).toBe('');
  });
});

kernel('account', () => {
  let lab: Lab;
  beforeAll(() => {
    lab = new Lab();
  });
  afterAll(() => lab.close());

  test('produced = delivered + dropped + buffered, also when the ring overflows', async () => {
    const server = await lab.start(['serve', '127.0.0.1']);
    const watch = lab.watch({ ringBytes: 4096 });
    // JavaScript is busy meanwhile, and so is the ring: sixteen records fill it.
    for (let i = 0; i < 60; i++) lab.run(['connect', '127.0.0.1', String(server.port)]);
    spawnSync('sh', [
      '-c',
      `for i in $(seq 40); do ${lab.peer} connect 127.0.0.1 ${server.port} & done; wait`,
    ]);
    for (let waited = 0; waited < 20; waited++) {
      await pause(50);
      if (watch.introspection.account().buffered === 0) break;
    }
    const account = watch.introspection.account();
    const dropped = Object.values(account.dropped).reduce((sum, count) => sum + count, 0);
    expect(account.produced).toBe(account.delivered + dropped + account.buffered);
    expect(account.dropped['ring buffer full']).toBeGreaterThan(0);
    expect(watch.records.length).toBe(account.delivered);
    // Both ends, open and close, and the client's process: what was not delivered was dropped.
    expect(account.produced).toBeGreaterThanOrEqual(100 * 5);
    watch.close();
    expect(watch.introspection.account().delivered).toBe(account.delivered);
    await server.stop();
  }, 20_000);

  test('notices that netlink cannot hold are counted, and what was known of ends all the same', async () => {
    // A server serves one client after another.
    const [server, busy] = [await lab.start(['serve', '127.0.0.1']), await lab.start(['serve', '127.0.0.1'])];
    const hold = lab.hold();
    // The smallest buffer that a socket can have holds a few notices.
    const watch = lab.watch({ source: 'netlink', ringBytes: 4096 });
    // What the first look finds is older than the watch: told, but not as a beginning.
    await watch.sweeps(1);
    const held = lab.background(['connect', '127.0.0.1', String(server.port), '--while', hold.file]);
    const connect = await watch.first('connect', (record) => record.remotePort === server.port, 10_000);
    for (let tries = 0; (watch.introspection.account().dropped['notices overflowed'] ?? 0) === 0; tries++) {
      expect(tries).toBeLessThan(20);
      await lab.background(['many', '127.0.0.1', String(busy.port), '--count', '300', '--send', '1']);
      await pause(100);
    }
    hold.release();
    await held;
    await watch.first('close', (record) => record.socket === connect.socket, 10_000);
    watch.close();
    const account = watch.introspection.account();
    const dropped = Object.values(account.dropped).reduce((sum, count) => sum + count, 0);
    expect(account.produced).toBe(account.delivered + dropped + account.buffered);
    expect(account.delivered).toBe(watch.records.length);
    for (const peer of [server, busy]) await peer.stop();
  }, 60_000);

  test('after close nothing is delivered, and a second close does nothing', async () => {
    const server = await lab.start(['serve', '127.0.0.1']);
    const watch = lab.watch();
    lab.run(['connect', '127.0.0.1', String(server.port)]);
    watch.close();
    const delivered = watch.records.length;
    watch.close();
    await pause(200);
    expect(watch.records.length).toBe(delivered);
    await server.stop();
  });
});
