/** Translation of addresses (NAT), by real rules of real namespaces. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { KernelRecord, ProgramReport, TranslationRecord } from '../src/index.js';
import { cannotTest, pause, Watch } from './harness.js';

/** What goes to port 53 of anybody is answered at port 5353 here. */
const RULES = `
table inet redirecting {
  chain out {
    type nat hook output priority -100;
    udp dport 53 redirect to :5353
  }
}`;

const hasNft = spawnSync('nft', ['--version']).status === 0;
if (!hasNft) console.warn('Tests of translations are skipped: apt-get install nftables.');
const withRules = cannotTest === null && hasNft ? describe : describe.skip;

let made = 0;
const undo: ((() => void) & { namespace?: string })[] = [];
afterEach(() => {
  for (const each of undo.splice(0).reverse()) each();
});

function run(command: string, args: readonly string[], input = ''): string {
  const result = spawnSync(command, args, { encoding: 'utf8', input });
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${result.stderr}`);
  return result.stdout;
}

const inside = (namespace: string, ...words: string[]) => ['netns', 'exec', namespace, ...words];

/** A namespace that redirects; its name and inode. */
function makeRedirecting(): { name: string; inode: number } {
  made += 1;
  const name = `plnat-${process.pid}-${made}`;
  run('ip', ['netns', 'add', name]);
  undo.push(Object.assign(() => run('ip', ['netns', 'delete', name]), { namespace: name }));
  run('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
  run('ip', inside(name, 'nft', '-f', '-'), RULES);
  return { name, inode: statSync(`/run/netns/${name}`).ino };
}

/** Sends one datagram to port 53 of each of so many addresses of loopback, from one port. */
function send(namespace: string, count: number, address = '127.0.0.1'): void {
  const program = `
    const socket = require('dgram').createSocket('udp${address.includes(':') ? 6 : 4}');
    let left = ${count};
    const next = () => {
      const to = ${count} === 1 ? '${address}' : '127.0.' + (left >> 8) + '.' + (left & 255);
      socket.send('x', 53, to, () => (--left > 0 ? next() : socket.close()));
    };
    next();`;
  run('ip', inside(namespace, process.execPath, '-e', program));
}

const isOf =
  (inode: number) =>
  ({ netns }: { netns: number }) =>
    netns === inode;

for (const source of ['ebpf', 'netlink'] as const) {
  withRules(`translations, ${source}`, () => {
    function start(ringBytes?: number): Watch {
      const watch = new Watch({ source, ...(ringBytes === undefined ? {} : { ringBytes }) });
      undo.push(() => watch.close());
      return watch;
    }

    test.each([
      ['IPv4', '127.0.0.1', '127.0.0.1'],
      ['IPv6', '::1', '::1'],
    ])(
      '%s: begin and end, with the addresses before and behind',
      async (_, address, behind) => {
        const { name, inode } = makeRedirecting();
        run('ip', inside(name, 'sysctl', '-qw', 'net.netfilter.nf_conntrack_udp_timeout=1'));
        const watch = start();
        await watch.first('translations-told', isOf(inode), 10_000);
        send(name, 1, address);
        const began = await watch.first('translation', isOf(inode));
        const { clientPort } = began.before;
        expect(began).toMatchObject({
          phase: 'began',
          protocol: 17,
          before: { clientAddress: address, clientPort, serverAddress: address, serverPort: 53 },
          after: { clientAddress: address, clientPort, serverAddress: behind, serverPort: 5353 },
        });
        expect(Math.abs(began.time - Date.now())).toBeLessThan(5000);
        // The kernel lets go of what is over when somebody looks.
        const asking = setInterval(() => watch.introspection.tellTranslations(), 500);
        undo.push(() => clearInterval(asking));
        const ended = await watch.first(
          'translation',
          (each) => isOf(inode)(each) && each.phase === 'ended',
          15_000,
        );
        expect(ended).toMatchObject({ before: began.before, after: began.after });
      },
      30_000,
    );

    test('those that are older than the watch are found, and found again for whoever asks', async () => {
      const { name, inode } = makeRedirecting();
      send(name, 20);
      const watch = start();
      const told = await watch.first('translations-told', isOf(inode), 10_000);
      const found = watch.all('translation', (each) => isOf(inode)(each) && each.time <= told.time);
      expect(found).toHaveLength(20);
      expect(new Set(found.map(({ phase }) => phase))).toEqual(new Set(['found']));
      expect(found.every(({ time }) => time >= told.since)).toBe(true);
      watch.introspection.tellTranslations();
      await watch.first('translations-told', (each) => isOf(inode)(each) && each.since > told.time, 10_000);
      expect(watch.all('translation', isOf(inode))).toHaveLength(40);
    });

    test.each(['ct zone set 7', 'ct original zone set 7'])(
      'of zones, where the same addresses mean something else, they are counted, not told: %s',
      async (setZone) => {
        const { name, inode } = makeRedirecting();
        run('ip', inside(name, 'nft', 'add table inet zones'));
        run('ip', inside(name, 'nft', 'add chain inet zones out { type filter hook output priority -300; }'));
        run('ip', inside(name, 'nft', `add rule inet zones out ip daddr 127.0.0.2 ${setZone}`));
        const watch = start();
        await watch.first('translations-told', isOf(inode), 10_000);
        const counted = () => watch.introspection.account().dropped['translation in a conntrack zone']!;
        const before = counted();
        send(name, 1, '127.0.0.2');
        send(name, 1, '127.0.0.3');
        const told = await watch.first('translation', isOf(inode));
        expect(told.before.serverAddress).toBe('127.0.0.3');
        expect(counted()).toBeGreaterThan(before);
      },
      30_000,
    );

    test('notices that the kernel has no room for are counted, and all is told anew', async () => {
      const { name, inode } = makeRedirecting();
      // The kernel gives no less, and it is less than a moment’s worth.
      const watch = start(4096);
      await watch.first('translations-told', isOf(inode), 10_000);
      send(name, 3000);
      const lost = () => watch.introspection.account().dropped['translation notices overflowed']!;
      const known = () =>
        new Set(
          watch.all('translation', isOf(inode)).map(({ before }: TranslationRecord) => before.serverAddress),
        );
      for (let waited = 0; lost() === 0 || known().size < 3000; waited++) {
        if (waited === 300) throw new Error(`${lost()} overflows, ${known().size} known`);
        await pause(50);
      }
      const { produced, delivered, buffered, dropped } = watch.introspection.account();
      expect(produced).toBe(
        delivered + buffered + Object.values(dropped).reduce((sum, count) => sum + count, 0),
      );
    }, 30_000);
  });
}

/** A watch in a process of its own, which tells its translations line by line, and first what works. */
class Apart {
  state: { programs: readonly ProgramReport[]; dropped: Record<string, number> } | null = null;
  readonly records: KernelRecord[] = [];
  readonly child: ChildProcess;

  constructor(source: string, wrapper: readonly string[] = []) {
    const program = `
      import { dropPrivileges, openIntrospection } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)};
      const print = (value) => process.stdout.write(JSON.stringify(value) + '\\n');
      const opened = openIntrospection({
        source: ${JSON.stringify(source)},
        onRecords: (records) => records.filter(({ kind }) => kind.startsWith('translation')).forEach(print),
      });
      const { error } = dropPrivileges(opened.capabilities.filter((name) => name !== 'CAP_SYS_ADMIN'));
      if (error !== null) throw new Error(error);
      const state = () => print({ programs: opened.programs, dropped: opened.account().dropped });
      state();
      process.stdin.on('data', state).on('end', () => opened.close());`;
    const [command = '', ...args] = [...wrapper, process.execPath, '--input-type=module', '-e', program];
    this.child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    undo.push(() => this.child.kill('SIGKILL'));
    createInterface({ input: this.child.stdout! }).on('line', (line) => {
      const value = JSON.parse(line);
      if ('programs' in value) this.state = value;
      else this.records.push(value);
    });
  }

  program(name: string): ProgramReport | undefined {
    return this.state?.programs.find((each) => each.name === name);
  }

  /** Looks again and again at how it is now. */
  async untilState(isSo: (apart: this) => boolean): Promise<void> {
    await this.until(() => {
      this.child.stdin!.write('?');
      return isSo(this) ? true : undefined;
    });
  }

  async until<Found>(find: () => Found | undefined): Promise<Found> {
    for (const end = Date.now() + 15_000; ; ) {
      const found = find();
      if (found !== undefined) return found;
      if (Date.now() > end) throw new Error(`it does not come; ${JSON.stringify(this.records.slice(-5))}`);
      await pause(50);
    }
  }
}

const openerOf = ({ child }: Apart) =>
  run('pgrep', ['-P', String(child.pid), '-f', 'packetless-namespace-opener']).trim();

withRules('translations, where a system call is refused', () => {
  const directory = mkdtempSync(join(tmpdir(), 'refusing-'));
  const refusing = join(directory, 'refusing');
  beforeAll(() => {
    const source = fileURLToPath(new URL('refusing.c', import.meta.url));
    run(process.env.CC ?? 'cc', ['-Wall', '-Werror', '-o', refusing, source]);
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  const entering = async (apart: Apart) => {
    await apart.until(() => apart.program('translations'));
    return apart.program('namespace_translations');
  };

  test('by a filter that does not know close_range: namespaces are entered, with nothing else left open', async () => {
    const apart = new Apart('netlink', [refusing, 'close_range']);
    expect(await entering(apart)).toMatchObject({ state: 'attached' });
    const files = `/proc/${openerOf(apart)}/fd`;
    const open = readdirSync(files).map((file) => readlinkSync(join(files, file)).replace(/\d+/, ''));
    expect(open.sort()).toEqual(['net:[]', 'socket:[]']);
    const { inode } = makeRedirecting();
    await apart.until(() =>
      apart.records.find((each) => each.kind === 'translations-told' && each.netns === inode),
    );
  }, 40_000);

  test('which whoever enters namespaces needs for his own safety: it is said', async () => {
    const apart = new Apart('netlink', [refusing, 'filters']);
    expect(await entering(apart)).toMatchObject({
      state: 'failed',
      error: 'the program that enters them (namespace-opener) cannot get ready: Operation not permitted',
    });
  });
});

withRules('translations, told late', () => {
  test('of a notice that waited nobody knows when its translation began', async () => {
    const apart = new Apart('netlink');
    const { name, inode } = makeRedirecting();
    await apart.until(() =>
      apart.records.find((each) => each.kind === 'translations-told' && each.netns === inode),
    );
    apart.child.kill('SIGSTOP');
    send(name, 1, '127.0.0.2');
    await pause(3000);
    apart.child.kill('SIGCONT');
    const to = (address: string) => () =>
      apart.records.find(
        (each): each is TranslationRecord =>
          each.kind === 'translation' && each.netns === inode && each.before.serverAddress === address,
      );
    expect(await apart.until(to('127.0.0.2'))).toMatchObject({ phase: 'found' });
    send(name, 1, '127.0.0.3');
    expect(await apart.until(to('127.0.0.3'))).toMatchObject({ phase: 'began' });
  }, 40_000);
});

withRules('translations, when whoever enters namespaces fails', () => {
  test('killed, with no right to start another: it is said and counted, and no namespace is held', async () => {
    const apart = new Apart('ebpf');
    await apart.until(() => apart.program('translations'));
    const { name, inode } = makeRedirecting();
    // It ends with the namespace that its other end is in.
    const link = `plnat${process.pid % 100_000}`;
    run('ip', ['link', 'add', link, 'type', 'veth', 'peer', 'name', 'inside', 'netns', name]);
    await apart.until(() =>
      apart.records.find((each) => each.kind === 'translations-told' && each.netns === inode),
    );
    process.kill(Number(openerOf(apart)), 'SIGKILL');
    await apart.untilState(() => apart.program('namespace_translations')?.state === 'failed');
    expect(apart.program('namespace_translations')!.error).toBe(
      'the program that enters them (namespace-opener) was killed by signal 9; ' +
        'it takes CAP_SYS_ADMIN to start another: restart the agent',
    );
    send(name, 1);
    await apart.until(() =>
      apart.records.find((each) => each.kind === 'translation' && each.netns === inode),
    );
    const counted = () => apart.state!.dropped['namespace of translations not entered']!;
    const before = counted();
    makeRedirecting();
    await apart.untilState(() => counted() > before);
    undo.splice(
      undo.findIndex(({ namespace }) => namespace === name),
      1,
    )[0]!();
    await apart.until(() => (spawnSync('ip', ['link', 'show', link]).status === 0 ? undefined : true));
  }, 60_000);

  test('stopped, with the right to start another: another is started', async () => {
    const watch = new Watch({ source: 'netlink' });
    undo.push(() => watch.close());
    const openers = () =>
      spawnSync('pgrep', ['-P', String(process.pid), '-f', 'packetless-namespace-opener'], {
        encoding: 'utf8',
      }).stdout.trim();
    const first = openers();
    process.kill(Number(first), 'SIGSTOP');
    const { inode } = makeRedirecting();
    await watch.first('translations-told', isOf(inode), 15_000);
    expect(openers()).toMatch(/^\d+$/);
    expect(openers()).not.toBe(first);
    const entering = watch.introspection.programs.find((each) => each.name === 'namespace_translations');
    expect(entering).toMatchObject({ state: 'attached', error: null });
  }, 30_000);
});

withRules('translations, with few rights', () => {
  test('a namespace that comes when the right to enter it was given up', async () => {
    const apart = new Apart('ebpf');
    await apart.until(() => apart.program('translations'));
    const { name, inode } = makeRedirecting();
    await apart.until(() =>
      apart.records.find((each) => each.kind === 'translations-told' && each.netns === inode),
    );
    send(name, 1);
    const found = await apart.until(() =>
      apart.records.find((each) => each.kind === 'translation' && each.netns === inode),
    );
    expect(found).toMatchObject({ phase: 'began', after: { serverPort: 5353 } });
    // Whoever opens namespaces keeps none alive, and ends with who started it.
    const helper = openerOf(apart);
    expect(run('readlink', [`/proc/${helper}/ns/net`])).toBe(run('readlink', ['/proc/self/ns/net']));
    const status = run('cat', [`/proc/${helper}/status`]);
    // CAP_NET_ADMIN and CAP_SYS_ADMIN, and a filter of system calls.
    expect([/CapPrm:\s+(\w+)/.exec(status)?.[1], /Seccomp:\s+(\d)/.exec(status)?.[1]]).toEqual([
      '0000000000201000',
      '2',
    ]);
    apart.child.kill('SIGKILL');
    await apart.until(() => (spawnSync('ps', ['-p', helper]).status === 0 ? undefined : true));
  }, 40_000);

  const reports = async (capabilities: readonly string[]) => {
    const all = ['-all', ...capabilities].join(',');
    const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups', `--inh-caps=${all}`];
    const apart = new Apart('netlink', [
      'setpriv',
      ...nobody,
      `--ambient-caps=${all}`,
      `--bounding-set=${all}`,
    ]);
    await apart.until(() => apart.program('translations'));
    return [apart.program('translations'), apart.program('namespace_translations')] as const;
  };

  test('none at all: it is said once, with what is needed', async () => {
    expect(await reports([])).toEqual([
      expect.objectContaining({ state: 'failed', error: 'CAP_NET_ADMIN is needed to ask for them' }),
      undefined,
    ]);
  });

  test('only those of the own namespace', async () => {
    expect(await reports(['+net_admin'])).toEqual([
      expect.objectContaining({ state: 'attached', error: null }),
      expect.objectContaining({
        state: 'failed',
        error: 'CAP_SYS_ADMIN is needed at the start, to enter them',
      }),
    ]);
  });

  test('a user who is not root, with the rights that it takes', async () => {
    const states = (await reports(['+net_admin', '+sys_admin'])).map((each) => each?.state);
    expect(states).toEqual(['attached', 'attached']);
  });
});
