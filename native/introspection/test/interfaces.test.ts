import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { InterfaceRecord } from '../src/index.js';
import { cannotTest, makeNamespaces, Watch } from './harness.js';

const IFF_UP = 1;
const IF_OPER_UP = 6;
const COUNTERS = {
  bytesReceived: ['rx_bytes'],
  packetsReceived: ['rx_packets'],
  errorsReceived: ['rx_errors'],
  dropsReceived: ['rx_dropped', 'rx_missed_errors'],
  bytesSent: ['tx_bytes'],
  packetsSent: ['tx_packets'],
  errorsSent: ['tx_errors'],
  dropsSent: ['tx_dropped'],
} as const;
type Counter = keyof typeof COUNTERS;

const inodeOf = (path: string) => statSync(path).ino;
const ip = (...args: string[]) => {
  const result = spawnSync('ip', args, { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`ip ${args.join(' ')}: ${result.stderr}`);
};

/** What sysfs says of an interface of this process's own namespace; null when it is gone. */
function sysfsCounters(name: string): Record<Counter, number> | null {
  const read = (file: string) => Number(readFileSync(`/sys/class/net/${name}/statistics/${file}`, 'utf8'));
  try {
    const entries = Object.entries(COUNTERS).map(([counter, files]) => [
      counter,
      files.map(read).reduce((sum, value) => sum + value, 0),
    ]);
    return Object.fromEntries(entries) as Record<Counter, number>;
  } catch {
    return null;
  }
}

const namespaces = cannotTest === null ? makeNamespaces() : null;
afterAll(() => namespaces?.remove());

for (const source of ['ebpf', 'netlink'] as const) {
  (cannotTest === null ? describe : describe.skip)(`network interfaces, ${source}`, () => {
    const withNamespaces = namespaces === null ? test.skip : test;
    let watch: Watch;

    beforeAll(() => {
      watch = new Watch({ source, sweepIntervalMs: 100 });
    });
    afterAll(() => {
      watch.close();
    });

    /** The first record that fits and was read after now. */
    const next = (matches: (record: InterfaceRecord) => boolean) => {
      const now = performance.timeOrigin + performance.now();
      return watch.first('interface', (record) => record.time > now + 1 && matches(record), 10_000);
    };

    test('the counters of every interface of the host are those of sysfs', async () => {
      const own = inodeOf('/proc/self/ns/net');
      for (const name of readdirSync('/sys/class/net')) {
        // Traffic goes on: a value lies between what sysfs says before and after it.
        const before = sysfsCounters(name);
        const record = await next((record) => record.netns === own && record.name === name);
        const after = sysfsCounters(name);
        if (before === null || after === null) continue;
        for (const counter of Object.keys(COUNTERS) as Counter[]) {
          expect([name, counter, record[counter] >= before[counter]]).toEqual([name, counter, true]);
          expect([name, counter, record[counter] <= after[counter]]).toEqual([name, counter, true]);
        }
        expect(record.index).toBe(Number(readFileSync(`/sys/class/net/${name}/ifindex`, 'utf8')));
        expect(record.mtu).toBe(Number(readFileSync(`/sys/class/net/${name}/mtu`, 'utf8')));
        expect(record.type).toBe(Number(readFileSync(`/sys/class/net/${name}/type`, 'utf8')));
      }
    });

    test('the host’s own namespace is named with a process that lives there', async () => {
      const own = inodeOf('/proc/self/ns/net');
      const { pid } = await next((record) => record.netns === own);
      expect(inodeOf(`/proc/${pid}/ns/net`)).toBe(own);
    });

    withNamespaces('a veth pair between two namespaces: each end names the other', async () => {
      const client = inodeOf(`/run/netns/${namespaces!.client}`);
      const server = inodeOf(`/run/netns/${namespaces!.server}`);
      const isUp = ({ operState }: InterfaceRecord) => operState === IF_OPER_UP;
      const one = await next((record) => record.netns === client && record.name === 'veth0' && isUp(record));
      const other = await next(
        (record) => record.netns === server && record.name === 'veth1' && isUp(record),
      );
      expect(one).toMatchObject({ peerIndex: other.index, peerNetns: server, operState: IF_OPER_UP });
      expect(other).toMatchObject({ peerIndex: one.index, peerNetns: client, operState: IF_OPER_UP });
      // What the driver of veth says (drivers/net/veth.c).
      expect(one).toMatchObject({ speedBps: 10_000_000_000, duplex: 'full' });
      expect(other.bytesReceived).toBeGreaterThan(0);
    });

    withNamespaces('what goes down is down, and what comes back is up', async () => {
      const client = inodeOf(`/run/netns/${namespaces!.client}`);
      const server = inodeOf(`/run/netns/${namespaces!.server}`);
      const isVeth0 = (record: InterfaceRecord) => record.netns === client && record.name === 'veth0';
      ip('-n', namespaces!.client, 'link', 'set', 'veth0', 'down');
      const down = await next((record) => isVeth0(record) && (record.flags & IFF_UP) === 0);
      expect(down).toMatchObject({ speedBps: null, duplex: null });
      const isVeth1 = (record: InterfaceRecord) => record.netns === server && record.name === 'veth1';
      const peer = await next((record) => isVeth1(record) && record.operState !== IF_OPER_UP);
      expect(peer.flags & IFF_UP).toBe(IFF_UP);
      ip('-n', namespaces!.client, 'link', 'set', 'veth0', 'up');
      await next((record) => isVeth0(record) && record.operState === IF_OPER_UP && record.speedBps !== null);
    });

    withNamespaces(
      'a namespace that only a process keeps, and that goes with it',
      async () => {
        const holder = spawn('unshare', ['--net', 'sh', '-c', 'echo; exec sleep 60'], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        await once(holder.stdout, 'data');
        const inode = inodeOf(`/proc/${holder.pid}/ns/net`);
        expect(await next((record) => record.netns === inode)).toMatchObject({ name: 'lo', pid: holder.pid });

        // One end of a pair is destroyed with its namespace, and the other with it: proof that nobody keeps it alive.
        const device = `plif${process.pid}`;
        ip('link', 'add', device, 'type', 'veth', 'peer', 'name', 'inner', 'netns', String(holder.pid));
        await next((record) => record.netns === inode && record.name === 'inner');
        const exited = once(holder, 'exit');
        holder.kill('SIGKILL');
        await exited;
        for (let waited = 0; readdirSync('/sys/class/net').includes(device); waited++) {
          expect(waited).toBeLessThan(100);
          await next(() => true);
        }
        await next(() => true);
        const rest = watch.all('interface').length;
        await next((record) => record.netns === inodeOf('/proc/self/ns/net'));
        expect(
          watch
            .all('interface')
            .slice(rest)
            .filter((record) => record.netns === inode),
        ).toEqual([]);
      },
      30_000,
    );
  });
}
