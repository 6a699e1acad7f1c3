/** The source netlink with few rights or none: what it sees is true, what it cannot see it leaves open and says so. */
import { spawn, spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { InterfaceRecord, Introspection, KernelAccount, KernelRecord } from '../src/index.js';
import { cannotTest, Lab, makeNamespaces, pause } from './harness.js';

const NOBODY = 65534;
const IFF_UP = 1;
const IF_OPER_UP = 6;

/** A watch in a process of its own, as another user and with these capabilities only. */
class Outsider {
  readonly records: KernelRecord[] = [];
  readonly #child;
  #opened: (Pick<Introspection, 'tier' | 'programs'> & { readonly account?: KernelAccount }) | null = null;
  #account: KernelAccount | null = null;

  constructor(source: string, capabilities: readonly string[]) {
    const caps = ['-all', ...capabilities.map((name) => `+${name}`)].join(',');
    const program = `
      import { openIntrospection } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)};
      const print = (value) => process.stdout.write(JSON.stringify(value) + '\\n');
      const opened = openIntrospection({
        source: ${JSON.stringify(source)},
        sweepIntervalMs: 200,
        onRecords: (records) => records.forEach(print),
      });
      print({ tier: opened.tier, programs: opened.programs });
      process.stdin.on('end', () => { opened.close(); print({ account: opened.account() }); }).resume();`;
    this.#child = spawn(
      'setpriv',
      [
        `--reuid=${NOBODY}`,
        `--regid=${NOBODY}`,
        '--clear-groups',
        `--inh-caps=${caps}`,
        `--ambient-caps=${caps}`,
        `--bounding-set=${caps}`,
        process.execPath,
        '--input-type=module',
        '-e',
        program,
      ],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      const value = JSON.parse(line);
      if ('kind' in value) this.records.push(value);
      else if ('account' in value) this.#account = value.account;
      else this.#opened = value;
    });
  }

  async until<Found>(what: string, find: () => Found | null | undefined): Promise<Found> {
    const deadline = Date.now() + 15_000;
    for (;;) {
      const found = find();
      if (found !== null && found !== undefined) return found;
      if (Date.now() > deadline || this.#child.exitCode !== null) throw new Error(`${what} did not come`);
      await pause(20);
    }
  }

  opened() {
    return this.until('the start', () => this.#opened);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  async close(): Promise<KernelAccount> {
    this.#child.stdin.end();
    return this.until('the account', () => this.#account);
  }
}

(cannotTest === null ? describe : describe.skip)('source netlink as another user', () => {
  let lab: Lab;
  const outsiders: Outsider[] = [];
  const watchAs = (source: string, capabilities: readonly string[]) => {
    const outsider = new Outsider(source, capabilities);
    outsiders.push(outsider);
    return outsider;
  };
  const namespaces = cannotTest === null ? makeNamespaces() : null;

  beforeAll(() => {
    lab = new Lab();
  });
  afterAll(async () => {
    for (const outsider of outsiders) outsider.kill();
    try {
      await lab.close();
    } finally {
      namespaces?.remove();
    }
  });

  const errorOf = (parts: Introspection['programs'], name: string) =>
    parts.find((part) => part.name === name)?.error ?? null;

  test('without any right: its own processes with their names, others’ conversations without', async () => {
    const outsider = watchAs('netlink', []);
    const { tier, programs } = await outsider.opened();
    expect(tier).toBe('D');
    expect(errorOf(programs, 'destroy_notices')).toBeNull();
    expect(errorOf(programs, 'network_namespaces')).toMatch(/CAP_SYS_ADMIN/);
    expect(errorOf(programs, 'other_processes')).toMatch(/CAP_SYS_PTRACE/);

    const own = await lab.start(['serve', '127.0.0.1'], { user: NOBODY });
    const foreign = await lab.start(['serve', '127.0.0.1']);
    const hold = lab.hold();
    const talk = (port: number, user?: number) =>
      lab.background(
        ['connect', '127.0.0.1', String(port), '--send', '300', '--receive', '300', '--while', hold.file],
        user === undefined ? {} : { user },
      );
    const clients = [talk(own.port), talk(foreign.port, NOBODY)];
    const find = (kind: KernelRecord['kind'], port: number, end: 'localPort' | 'remotePort') =>
      outsider.until(`${kind} of ${port}`, () =>
        outsider.records.find(
          (record) =>
            record.kind === kind && end in record && (record as { [key: string]: unknown })[end] === port,
        ),
      );
    const ends = [
      await find('accept', own.port, 'localPort'),
      await find('connect', own.port, 'remotePort'),
      await find('accept', foreign.port, 'localPort'),
      await find('connect', foreign.port, 'remotePort'),
    ];
    // A last look at everything, by which all is known that can be.
    const sweeps = () => outsider.records.filter(({ kind }) => kind === 'sweep').length;
    const before = sweeps();
    await outsider.until('two looks', () => (sweeps() >= before + 2 ? true : null));
    hold.release();
    const [clientOfOwn, clientOfForeign] = await Promise.all(clients);
    await find('close', own.port, 'localPort');
    await find('close', foreign.port, 'remotePort');

    const pids = [own.pid, clientOfOwn!.pid, foreign.pid, clientOfForeign!.pid];
    const mine = new Set([own.pid, clientOfForeign!.pid]);
    for (const [i, end] of ends.entries()) {
      const socket = 'socket' in end ? end.socket : null;
      const told = outsider.records.filter((record) => 'owner' in record && record.socket === socket);
      const owners = new Set(told.map((record) => ('owner' in record ? (record.owner?.pid ?? null) : null)));
      owners.delete(null);
      expect([...owners]).toEqual(mine.has(pids[i]!) ? [pids[i]] : []);
    }
    const named = outsider.records.filter((record) => record.kind === 'process');
    for (const record of named) expect(record.uid).toBe(NOBODY);
    expect(named.find(({ pid }) => pid === own.pid)).toMatchObject({
      exe: lab.peer,
      comm: 'peer',
      gid: NOBODY,
    });

    const close = await find('close', own.port, 'localPort');
    expect(close).toMatchObject({ tcp: { bytesSent: 300, bytesReceived: 300 }, error: 0 });

    const account = await outsider.close();
    const dropped = Object.values(account.dropped).reduce((sum, count) => sum + count, 0);
    expect(account.produced).toBe(account.delivered + account.buffered + dropped);
    await own.stop();
    await foreign.stop();
  });

  test('with CAP_NET_ADMIN and CAP_SYS_PTRACE: everybody’s processes, and exact ends', async () => {
    const outsider = watchAs('netlink', ['net_admin', 'sys_ptrace']);
    const { tier, programs } = await outsider.opened();
    expect(tier).toBe('C');
    expect(errorOf(programs, 'other_processes')).toBeNull();
    const server = await lab.start(['serve', '127.0.0.1']);
    const hold = lab.hold();
    const client = lab.background(['connect', '127.0.0.1', String(server.port), '--while', hold.file]);
    const owned = (port: number) =>
      outsider.until(`the owner of ${port}`, () =>
        outsider.records.find(
          (record) => 'localPort' in record && record.localPort === port && record.owner !== null,
        ),
      );
    expect(await owned(server.port)).toMatchObject({ owner: { pid: server.pid, uid: 0 } });
    hold.release();
    const { pid, port } = await client;
    expect(await owned(port)).toMatchObject({ owner: { pid, uid: 0 } });
    await outsider.close();
    await server.stop();
  });

  const byName = {
    flags: expect.any(Number),
    operState: IF_OPER_UP,
    speedBps: 10_000_000_000,
    duplex: 'full',
  };
  const ways = [
    {
      title: 'netlink, with CAP_NET_ADMIN: by the namespace’s name',
      source: 'netlink',
      rights: ['net_admin', 'sys_ptrace'],
      shown: byName,
    },
    {
      title: 'ebpf: by the namespace’s name',
      source: 'ebpf',
      rights: ['net_admin', 'sys_ptrace', 'bpf', 'perfmon'],
      shown: byName,
    },
    {
      title: 'netlink, with CAP_SYS_PTRACE alone: as far as /proc shows them',
      source: 'netlink',
      rights: ['sys_ptrace'],
      shown: { flags: IFF_UP, operState: 0, speedBps: null, duplex: null },
    },
  ];
  (namespaces === null ? test.skip : test).each(ways)(
    'interfaces of namespaces that it may not enter, $title',
    async ({ source, rights, shown }) => {
      // A namespace is found by a process that lives there.
      const server = await lab.start(['serve', '10.77.0.2'], { namespace: namespaces!.server });
      const talk = ['connect', '10.77.0.2', String(server.port), '--send', '5000', '--receive', '5000'];
      lab.run(talk, { namespace: namespaces!.client });
      const outsider = watchAs(source, rights);
      const { programs } = await outsider.opened();
      const hasName = rights.includes('net_admin');
      if (source === 'netlink') expect(errorOf(programs, 'network_namespaces')).toMatch(/CAP_SYS_ADMIN/);
      if (hasName) expect(errorOf(programs, 'namespace_interfaces')).toBeNull();
      else expect(errorOf(programs, 'namespace_interfaces')).toMatch(/CAP_NET_ADMIN/);

      const netns = statSync(`/run/netns/${namespaces!.server}`).ino;
      const read = (file: string) => {
        const script = `mount -t sysfs sysfs /sys && cat /sys/class/net/veth1/${file}`;
        const args = [`--net=/run/netns/${namespaces!.server}`, 'sh', '-c', script];
        return Number(spawnSync('unshare', ['-m', 'nsenter', ...args], { encoding: 'utf8' }).stdout);
      };
      const counters = () => ({
        bytesReceived: read('statistics/rx_bytes'),
        packetsReceived: read('statistics/rx_packets'),
        bytesSent: read('statistics/tx_bytes'),
        packetsSent: read('statistics/tx_packets'),
      });
      // Neighbours are discovered meanwhile: the counters are those of one moment or another.
      const before = counters();
      const now = Date.now();
      const found = await outsider.until('the interface', () =>
        outsider.records.find(
          (record) =>
            record.kind === 'interface' &&
            record.netns === netns &&
            record.name === 'veth1' &&
            record.time > now + 1,
        ),
      );
      const after = counters();
      expect(found).toMatchObject({ ...shown, index: read('ifindex'), pid: server.pid });
      expect((found as InterfaceRecord).flags & IFF_UP).toBe(IFF_UP);
      for (const name of Object.keys(before) as (keyof typeof before)[]) {
        const value = (found as InterfaceRecord)[name];
        expect([name, value >= before[name] && value <= after[name]]).toEqual([name, true]);
      }
      await outsider.close();
      await server.stop();
    },
  );
});
