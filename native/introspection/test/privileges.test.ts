/** Giving up privileges, in processes of their own: nothing gives them back. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import { ADDON, openScript } from './child.js';
import { cannotTest } from './harness.js';

const kernel = cannotTest === null ? describe : describe.skip;

/** Bits of the capabilities in /proc/PID/status. */
const BIT = {
  CAP_DAC_READ_SEARCH: 2,
  CAP_SETPCAP: 8,
  CAP_NET_ADMIN: 12,
  CAP_SYS_PTRACE: 19,
  CAP_PERFMON: 38,
  CAP_BPF: 39,
};
const mask = (...names: (keyof typeof BIT)[]) =>
  names.reduce((sum, name) => sum | (1n << BigInt(BIT[name])), 0n);

/** Capabilities of one thread as its status shows them. */
interface Thread {
  readonly name: string;
  readonly CapInh: bigint;
  readonly CapPrm: bigint;
  readonly CapEff: bigint;
  readonly CapBnd: bigint;
  readonly CapAmb: bigint;
  readonly NoNewPrivs: bigint;
}

interface Outcome {
  readonly dropped: { readonly kept: readonly string[]; readonly error: string | null };
  /** Right after, and at the end. */
  readonly threads: readonly Thread[];
  /** Records after. */
  readonly delivered: number;
  /** What the source says that it goes on needing. */
  readonly capabilities: readonly string[];
}

/**
 * Opens the kernel's records, starts threads of every kind that Node.js knows, gives up all but `keep`, and goes on
 * watching. Threads that block all signals, as libzmq's do, are among them.
 */
const PROGRAM = `
const { Worker } = require('worker_threads');
const { promises, readdirSync, readFileSync } = require('fs');
const { createServer, connect } = require('net');
const addon = require(process.argv[1]);
const kinds = ['Name', 'CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb', 'NoNewPrivs'];
const threads = () => readdirSync('/proc/self/task').map((id) => {
  const status = readFileSync('/proc/self/task/' + id + '/status', 'utf8');
  return Object.fromEntries(kinds.map((kind) => [kind, new RegExp('^' + kind + ':\\\\s+(.*)$', 'm').exec(status)[1]]));
});
(async () => {
  ${openScript()}
  if (opened.code) throw new Error(opened.message);
  const worker = new Worker('setInterval(() => {}, 100)', { eval: true });
  await new Promise((resolve) => worker.once('online', resolve));
  await Promise.all([1, 2, 3, 4].map(() => promises.readFile('/proc/self/status')));
  const dropped = addon.dropPrivileges(JSON.parse(process.argv[2]));
  const after = threads();
  const before = opened.account().delivered;
  const server = createServer((socket) => socket.end('x')).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  for (let i = 0; i < 5; i++) {
    const socket = connect(server.address().port, '127.0.0.1').resume();
    await new Promise((resolve) => socket.once('close', resolve));
  }
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const later = new Worker('setInterval(() => {}, 100)', { eval: true });
  await new Promise((resolve) => later.once('online', resolve));
  const account = opened.account();
  console.log(JSON.stringify({
    dropped, threads: [...after, ...threads()], delivered: account.delivered - before,
    capabilities: opened.capabilities,
  }));
  process.exit(0);
})();
`;

function run(keep: readonly string[], wrapper: readonly string[] = []): Outcome {
  const [command = '', ...args] = [...wrapper, process.execPath, '-e', PROGRAM, ADDON, JSON.stringify(keep)];
  const child = spawnSync(command, args, { encoding: 'utf8', timeout: 20_000 });
  if (child.status !== 0) throw new Error(child.stderr);
  const outcome = JSON.parse(child.stdout) as Omit<Outcome, 'threads'> & {
    readonly threads: readonly { readonly [field: string]: string }[];
  };
  return { ...outcome, threads: outcome.threads.map(threadOf) };
}

function threadOf({ Name, ...masks }: { readonly [field: string]: string }): Thread {
  const numbers = Object.entries(masks).map(([name, hex]) => [name, BigInt(`0x${hex}`)]);
  return { name: Name, ...Object.fromEntries(numbers) };
}

kernel('every thread has given up what it does not need', () => {
  test('of root', () => {
    const { dropped, threads, delivered } = run(['CAP_SYS_PTRACE']);
    expect(dropped).toEqual({ kept: ['CAP_SYS_PTRACE'], error: null });
    expect(threads.length).toBeGreaterThan(20);
    for (const thread of threads) {
      expect(thread).toMatchObject({
        CapInh: 0n,
        CapPrm: mask('CAP_SYS_PTRACE'),
        CapEff: mask('CAP_SYS_PTRACE'),
        CapBnd: 0n,
        CapAmb: 0n,
        NoNewPrivs: 1n,
      });
    }
    // Five connections with both ends, their ends, and many looks at all sockets.
    expect(delivered).toBeGreaterThan(20);
  });

  test('of an ordinary user with some capabilities, who cannot touch the bounding set', () => {
    const capabilities = '-all,+bpf,+perfmon,+net_admin,+sys_ptrace';
    const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups', `--inh-caps=${capabilities}`];
    const { dropped, threads, delivered } = run(
      ['CAP_SYS_PTRACE', 'CAP_DAC_READ_SEARCH'],
      ['setpriv', ...nobody, `--ambient-caps=${capabilities}`],
    );
    expect(dropped).toEqual({ kept: ['CAP_SYS_PTRACE'], error: null });
    for (const thread of threads) {
      expect(thread).toMatchObject({
        CapInh: 0n,
        CapPrm: mask('CAP_SYS_PTRACE'),
        CapAmb: 0n,
        NoNewPrivs: 1n,
      });
    }
    expect(delivered).toBeGreaterThan(20);
  });

  test('down to nothing', () => {
    const { dropped, threads } = run([]);
    expect(dropped).toEqual({ kept: [], error: null });
    for (const thread of threads) expect([thread.CapPrm, thread.CapEff]).toEqual([0n, 0n]);
  });
});

kernel('what the source goes on needing', () => {
  test('CAP_BPF where the kernel lets nobody else read their own maps, before Linux 5.19', () => {
    const [major = 0, minor = 0] = release().split('.').map(Number);
    const isOld = major < 5 || (major === 5 && minor < 19);
    const restricted = Number(readFileSync('/proc/sys/kernel/unprivileged_bpf_disabled', 'utf8')) !== 0;
    expect(run([]).capabilities.includes('CAP_BPF')).toBe(isOld && restricted);
  });
});

kernel('a thread that cannot be reached', () => {
  /** A library whose thread blocks every signal, with a system call of its own that the C library does not see. */
  const SOURCE = `
    #define _GNU_SOURCE
    #include <pthread.h>
    #include <stdint.h>
    #include <sys/syscall.h>
    #include <unistd.h>
    static void *sleeper(void *nothing)
    {
      uint64_t all = ~0ull;
      syscall(SYS_rt_sigprocmask, 2, &all, 0, 8);
      for (;;) pause();
    }
    __attribute__((constructor)) static void begin(void)
    {
      pthread_t thread;
      pthread_create(&thread, 0, sleeper, 0);
      usleep(100000);
    }`;

  test('is reported, and the process lives on', () => {
    const library = `/tmp/stubborn-${process.pid}.so`;
    const compiled = spawnSync('gcc', ['-x', 'c', '-shared', '-fPIC', '-o', library, '-', '-lpthread'], {
      input: SOURCE,
    });
    expect(compiled.stderr.toString()).toBe('');
    try {
      const { dropped, threads } = run(['CAP_SYS_PTRACE'], ['env', `LD_PRELOAD=${library}`]);
      expect(dropped.error).toMatch(/^1 of its threads still have privileges/);
      const stubborn = threads.filter(({ CapPrm }) => CapPrm !== mask('CAP_SYS_PTRACE'));
      // Before and after: only that one.
      expect(stubborn).toHaveLength(2);
    } finally {
      spawnSync('rm', [library]);
    }
  });
});
