/** The agent as little privileged as it can be: what it still has, and that it still sees everything. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { ConversationEvent, Event } from '@packetless/model';
import { AgentProgram, hasKernelEvents, waitFor } from './program.js';
import { pongServer } from './traffic.js';

/** New namespaces are looked for, and their names read, now and then only. */
const LATE_MS = 40_000;
const TEST_MS = 90_000;

const withKernel = (await hasKernelEvents()) ? describe : describe.skip;

const agents: AgentProgram[] = [];
afterEach(async () => {
  await Promise.all(agents.splice(0).map((agent) => agent.stop()));
});

let port: number;
let server: Awaited<ReturnType<typeof pongServer>>['server'];
beforeAll(async () => {
  ({ port, server } = await pongServer('127.0.0.1'));
});
afterAll(() => {
  server.close();
});

/**
 * CAP_SYS_PTRACE, to read the executables of other users' processes, and CAP_NET_ADMIN, to ask for network interfaces in
 * namespaces that come later.
 */
const KEPT = (1n << 19n) | (1n << 12n);

/** CAP_SYS_ADMIN and CAP_NET_ADMIN. */
const TO_ENTER = (1n << 21n) | (1n << 12n);

function childrenOf(pid: number): number[] {
  const children = readText(`/proc/${pid}/task/${pid}/children`) ?? '';
  return children.split(' ').filter(Boolean).map(Number);
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/** What the threads of a process may do, each distinct one once. */
function privileges(pid: number): { permitted: bigint; effective: bigint; other: bigint; noNew: string }[] {
  const found = readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
    const status = readText(`/proc/${pid}/task/${thread}/status`);
    // Some threads live only a moment.
    if (status === null) return [];
    const field = (name: string) => new RegExp(`^${name}:\\s+(\\S+)$`, 'm').exec(status)?.[1] ?? '';
    const bits = (name: string) => BigInt(`0x${field(name)}`);
    return {
      permitted: bits('CapPrm'),
      effective: bits('CapEff'),
      other: bits('CapInh') | bits('CapAmb'),
      noNew: field('NoNewPrivs'),
    };
  });
  return found.filter((one, i) => found.findIndex((other) => same(one, other)) === i);
}

const same = (one: object, other: object) => Object.values(one).join() === Object.values(other).join();

/** bash of another user, which talks over TCP and UDP and then waits to be killed. */
function stranger(token: string) {
  const script =
    'exec 3<>/dev/tcp/127.0.0.1/$1 && printf ping >&3 && read -r line <&3; exec 4<>/dev/udp/127.0.0.1/$1 && printf x >&4; read -r line';
  const args = ['--reuid=1234', '--regid=1235', '--clear-groups', 'bash', '-c', script, token, String(port)];
  return spawn('setpriv', args, { stdio: ['pipe', 'ignore', 'ignore'] });
}

const CAPABILITIES = '-all,+bpf,+perfmon,+net_admin,+sys_ptrace';
const users = [
  { title: 'root', wrapper: [], opens: true },
  {
    title: 'an ordinary user with CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN and CAP_SYS_PTRACE',
    wrapper: [
      'setpriv',
      '--reuid=65534',
      '--regid=65534',
      '--clear-groups',
      `--inh-caps=${CAPABILITIES}`,
      `--ambient-caps=${CAPABILITIES}`,
      `--bounding-set=${CAPABILITIES}`,
    ],
    opens: false,
  },
];

withKernel.each(users)('started by $title', ({ wrapper, opens }) => {
  test(
    'no thread can do more than it needs, and everything is seen',
    async () => {
      const agent = new AgentProgram(['--format', 'json', '--interval', '0.3'], wrapper);
      agents.push(agent);
      await agent.ready();
      const expected = [{ permitted: KEPT, effective: KEPT, other: 0n, noNew: '1' }];
      expect(privileges(agent.child.pid!)).toEqual(expected);

      const child = stranger('a-token');
      const namespace = `plpriv-${process.pid}`;
      const ip = (...args: string[]) => expect(spawnSync('ip', args, { encoding: 'utf8' }).stderr).toBe('');
      const events = () => agent.lines().map((line) => JSON.parse(line) as Event);
      const flows = () =>
        events().filter(
          (event): event is ConversationEvent => event.type === 'flow' || event.type === 'netstat',
        );
      try {
        const bash = { name: 'bash', exe: realpathSync('/bin/bash'), uid: 1234, gid: 1235 };
        const connect = await waitFor('the connection', () =>
          flows().find(({ name, server }) => name === 'CONNECT' && server.port === port),
        );
        expect(connect.client.process).toMatchObject({ ...bash, pid: child.pid, evidence: 'kernel' });
        expect(connect.client.process?.cmdline).toContain('a-token');
        const accept = await waitFor('the other end', () =>
          flows().find(({ name, server }) => name === 'ACCEPT' && server.port === port),
        );
        expect(accept.server.process).toMatchObject({ pid: process.pid });
        const send = await waitFor('the datagram', () =>
          flows().find(({ protocol, server }) => protocol === 17 && server.port === port),
        );
        expect(send.client.process).toMatchObject(bash);
        await waitFor('counters of a living connection', () =>
          flows().some(({ type }) => type === 'netstat'),
        );
        const listening = await waitFor('the listener', () =>
          events()
            .flatMap((event) => (event.type === 'listening' ? event.sockets : []))
            .find((socket) => socket.protocol === 6 && socket.port === port),
        );
        expect(listening.process).toMatchObject({ pid: process.pid });
        await waitFor('counters of lo', () =>
          events().some((event) => event.type === 'counters' && event.name === 'lo'),
        );
        ip('netns', 'add', namespace);
        ip('-n', namespace, 'link', 'add', 'one', 'type', 'veth', 'peer', 'name', 'other');
        ip('-n', namespace, 'link', 'set', 'other', 'up');
        ip('-n', namespace, 'link', 'set', 'one', 'up');
        const inside = await waitFor(
          'an interface of a namespace that came later',
          () =>
            events().find(
              (event) =>
                event.type === 'counters' &&
                event.namespace === namespace &&
                event.name === 'one' &&
                event.operUp,
            ),
          LATE_MS,
        );
        expect(inside).toMatchObject({ speedBps: 10_000_000_000, duplex: 'full', mtu: 1500 });
      } finally {
        spawnSync('ip', ['netns', 'delete', namespace]);
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      // Threads that began meanwhile have no more than those that began them.
      expect(privileges(agent.child.pid!)).toEqual(expected);
      // Whoever may enter namespaces at all has it done by one that can do nothing else (docs/decisions/0023).
      const beside = childrenOf(agent.child.pid!);
      expect(beside.map(privileges)).toEqual(
        opens ? [[{ permitted: TO_ENTER, effective: TO_ENTER, other: 0n, noNew: '1' }]] : [],
      );
      for (const pid of beside) {
        expect(readText(`/proc/${pid}/status`)).toMatch(/^Name:\s+netns opener$[\s\S]*^Seccomp:\s+2$/m);
        expect(childrenOf(pid)).toEqual([]);
        expect(readlinkSync(`/proc/${pid}/ns/net`)).toBe(readlinkSync('/proc/self/ns/net'));
      }
      expect(await agent.stop()).toBe(0);
      expect(agent.stderr).not.toMatch(/privileges/);
      for (const pid of beside) expect(readText(`/proc/${pid}/comm`)).toBeNull();
    },
    TEST_MS,
  );
});

withKernel('without eBPF, started by root', () => {
  /** CAP_NET_ADMIN, CAP_SYS_PTRACE, CAP_SYS_ADMIN; before Linux 5.14 CAP_DAC_READ_SEARCH, too. */
  const hasInodes = /^ino:/m.test(readFileSync('/proc/self/fdinfo/0', 'utf8'));
  const kept = (1n << 12n) | (1n << 19n) | (1n << 21n) | (hasInodes ? 0n : 1n << 2n);

  test(
    'it keeps what it needs to look into processes and namespaces that come later',
    async () => {
      const agent = new AgentProgram(['-e', '--format', 'json', '--interval', '0.3']);
      agents.push(agent);
      await agent.ready();
      expect(privileges(agent.child.pid!)).toEqual([
        { permitted: kept, effective: kept, other: 0n, noNew: '1' },
      ]);

      const events = () => agent.lines().map((line) => JSON.parse(line) as Event);
      const child = stranger('another-token');
      const namespace = `plprivn-${process.pid}`;
      spawnSync('ip', ['netns', 'add', namespace]);
      spawnSync('ip', ['-n', namespace, 'link', 'set', 'lo', 'up']);
      const script = "require('net').createServer().listen(4242, '127.0.0.1'); setTimeout(() => {}, 60_000)";
      const inside = spawn('ip', ['netns', 'exec', namespace, process.execPath, '-e', script], {
        stdio: 'ignore',
      });
      try {
        const conversation = await waitFor('the connection', () =>
          events().find((event) => 'client' in event && event.client.process?.pid === child.pid),
        );
        expect(conversation).toMatchObject({ client: { process: { name: 'bash', uid: 1234 } } });
        const listening = await waitFor(
          'the listener in a namespace that came later',
          () =>
            events()
              .flatMap((event) => (event.type === 'listening' ? event.sockets : []))
              .find((socket) => socket.port === 4242),
          LATE_MS,
        );
        expect(listening.process).toMatchObject({ pid: inside.pid });
      } finally {
        for (const one of [child, inside]) {
          one.kill('SIGKILL');
          await once(one, 'exit');
        }
        spawnSync('ip', ['netns', 'delete', namespace]);
      }
    },
    TEST_MS,
  );
});
