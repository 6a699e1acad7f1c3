/** The program as a debugging tool: real kernel, real connections, standard output. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, readlinkSync, realpathSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { ConversationEvent } from '@packetless/model';
import { AgentProgram, BIN, hasKernelEvents, waitFor } from './program.js';
import { TerminalProgram } from './terminal-screen.js';
import { datagram, oneShot, pongServer } from './traffic.js';

const kernelEvents = await hasKernelEvents();
const withKernel = kernelEvents ? test : test.skip;

const agents: AgentProgram[] = [];
function start(...args: string[]): Promise<AgentProgram> {
  const agent = new AgentProgram(args);
  agents.push(agent);
  return agent.ready();
}
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

/** Every event about one server port; other traffic of the machine is no concern of these tests. */
function about(agent: AgentProgram, serverPort: number): ConversationEvent[] {
  return agent.events().filter((event) => event.server.port === serverPort);
}

function named(events: readonly ConversationEvent[], name: string, side: string) {
  return events.find((event) => event.name === name && event.side === side) ?? null;
}

describe('a program that lives a few milliseconds', () => {
  withKernel('is named on both ends, with user, arguments and parent, and its bytes are exact', async () => {
    const agent = await start('--format', 'json');
    const child = oneShot('one-shot-token', '127.0.0.1', port);
    await once(child, 'exit');
    const bash = realpathSync('/bin/bash');

    const closed = await waitFor('both ends to close', () => {
      const events = about(agent, port);
      return named(events, 'CLOSE', 'client') && named(events, 'CLOSE', 'server') ? events : null;
    });
    const connect = named(closed, 'CONNECT', 'client')!;
    expect(connect.client.process).toMatchObject({
      pid: child.pid,
      uid: 0,
      user: 'root',
      gid: 0,
      group: 'root',
      name: 'bash',
      exe: bash,
      cmdline: `/bin/bash -c ${child.spawnargs[2]} one-shot-token 127.0.0.1 ${port}`,
      evidence: 'kernel',
      parent: { pid: process.pid, user: 'root', exe: readlinkSync('/proc/self/exe') },
    });
    expect(connect.client.process?.parent?.cmdline).toContain('jest');
    expect(connect.connectLatencyMs).toBeGreaterThan(0);
    expect(connect).toMatchObject({ state: 'ESTABLISHED', interfaceName: 'lo', oriented: true });

    const accept = named(closed, 'ACCEPT', 'server')!;
    const owned = closed.filter(({ side }) => side === 'server').at(-1)!;
    expect(owned.server.process).toMatchObject({ pid: process.pid, user: 'root' });
    expect(accept.client.port).toBe(connect.client.port);
    expect(accept.handshake).toMatch(/^[0-9a-f]{16}$/);
    expect(accept.handshake).toBe(connect.handshake);
    expect(accept.location).toBe(connect.location);
    expect(accept.socket).not.toBe(connect.socket);

    for (const side of ['client', 'server']) {
      const close = named(closed, 'CLOSE', side)!;
      expect(close.counters).toMatchObject({ kind: 'absolute', bytesSent: 4, bytesReceived: 5 });
    }
    expect(named(closed, 'CLOSE', 'client')?.client.process?.pid).toBe(child.pid);
  });

  withKernel('is named also over IPv6, and a refused connection says why', async () => {
    const six = await pongServer('::1');
    six.server.close();
    await once(six.server, 'close');
    const agent = await start('--format', 'json', '-o');
    await once(oneShot('refused-token', '::1', six.port), 'exit');
    const failed = await waitFor('the failure', () =>
      named(about(agent, six.port), 'CONNECT_FAILED', 'client'),
    );
    expect(failed).toMatchObject({
      client: { address: '::1', process: { name: 'bash', user: 'root' } },
      server: { address: '::1' },
      failure: 'refused',
    });
  });
});

describe('UDP', () => {
  const cgroup = join(cgroup2Root(), `packetless-agent-test-${process.pid}`);
  beforeAll(() => mkdirSync(cgroup));
  afterAll(() => waitFor('the control group to be empty', () => removed(cgroup)));

  withKernel(
    'of a control group: the datagrams of both directions, counted exactly, and the end',
    async () => {
      const agent = await start('--format', 'json', '-u', '--cgroup', cgroup, '--interval', '0.3');
      const { port: udpPort, end } = await datagram('datagram-token', cgroup);
      end();
      const events = await waitFor('the conversation to end', () => {
        const found = about(agent, udpPort);
        return named(found, 'CLOSE', 'client') ? found : null;
      });
      const send = named(events, 'SEND', 'client')!;
      expect(send).toMatchObject({ protocol: 17, client: { process: { user: 'root' } } });
      expect(send.client.process?.cmdline).toContain('datagram-token');
      expect(named(events, 'CLOSE', 'client')?.counters).toMatchObject({
        bytesSent: 4,
        bytesReceived: 4,
        packetsSent: 1,
        packetsReceived: 1,
      });
    },
  );
});

describe('what is chosen', () => {
  withKernel(
    'by name, port, address, user and an expression are the conversations of just those',
    async () => {
      const agent = await start(
        ...['--format', 'json', '-o', '--process', 'ba*', '--port', `1,${port}`, '--user', 'root'],
        ...['--address', '127.0.0.0/8', '--filter', 'cmdline:chosen-token'],
      );
      await once(oneShot('other-token', '127.0.0.1', port), 'exit');
      await once(oneShot('chosen-token', '127.0.0.1', port), 'exit');
      await waitFor('its end', () => named(agent.events(), 'CLOSE', 'client'));
      expect(new Set(agent.events().map(({ side }) => side))).toEqual(new Set(['client']));
      for (const event of agent.everything()) {
        if (event.type === 'listening') expect(event.sockets).toEqual([]);
        else expect(JSON.stringify(event)).toContain('chosen-token');
      }
    },
  );

  withKernel('without loopback and listening sockets, neither is told', async () => {
    const agent = await start('--format', 'json', '-l', '-L', '--interval', '0.2');
    await once(oneShot('loopback-token', '127.0.0.1', port), 'exit');
    await waitFor(
      'some accounts',
      () => agent.everything().filter(({ type }) => type === 'status').length > 4,
    );
    expect(agent.stdout).not.toContain('loopback-token');
    expect(agent.everything().some(({ type }) => type === 'listening')).toBe(false);
  });
});

describe('the printed form', () => {
  withKernel('text: a line for each event, and an account of the run at its end', async () => {
    const agent = await start('--port', String(port));
    await once(oneShot('text-token', '127.0.0.1', port), 'exit');
    await waitFor('the lines', () => agent.stdout.match(/CLOSE .*bash\(.*→ 4 B {2}← 5 B {2}in .* ms/));
    expect(agent.stdout).toMatch(
      new RegExp(
        `^\\d\\d:\\d\\d:\\d\\d\\.\\d{3} CONNECT +tcp +bash\\(\\d+\\) +root +127\\.0\\.0\\.1:\\d+ +→ 127\\.0\\.0\\.1:${port} +[\\d.]+ ms$`,
        'm',
      ),
    );
    expect(await agent.stop('SIGINT')).toBe(0);
    expect(agent.stderr).toMatch(/\d+ events in \d.*, nothing lost\n$/);
  });

  withKernel('text: ends by itself after --duration, with who talked and what every hop saw', async () => {
    const agent = await start('--duration', '4', '--filter', 'cmdline:duration-token');
    await once(oneShot('duration-token', '127.0.0.1', port), 'exit');
    expect(await agent.exited()).toBe(0);
    expect(agent.stderr).toMatch(/\nEVENTS .*CONNECT \d/);
    expect(agent.stderr).toMatch(/\nTOP TALKERS .*\nbash\(\d+\) +4 B +5 B +1 +0\n/);
    expect(agent.stderr).toMatch(/\nACCOUNT .*\nkernel +\d+ +\d+ +0/);
    expect(agent.stderr).toMatch(/nothing lost\n$/);
  });

  withKernel('text: a terminal gets a header, and lines that fit', async () => {
    const terminal = new TerminalProgram(['--port', String(port)], { columns: 80, rows: 24 });
    try {
      await waitFor('the agent to start', () => terminal.output.includes('(version '));
      await once(oneShot('pty-token', '127.0.0.1', port), 'exit');
      const lines = () => terminal.output.split('\r\n');
      await waitFor('both ends', () => lines().filter((line) => line.includes(' CLOSE ')).length >= 2);
      const header = lines().findIndex((line) => /^TIME +EVENT +PROCESS\(PID\) +LPORT/.test(line));
      const close = lines().find((line) => / CLOSE +bash\(/.test(line))!;
      expect(close).toMatch(new RegExp(`→ 127\\.0\\.0\\.1:${port} +↑4B ↓5B [\\d.]+ms$`));
      expect(lines().findIndex((line) => / CONNECT /.test(line))).toBeGreaterThan(header);
      expect(close.length).toBeLessThanOrEqual(80);
    } finally {
      terminal.type('\u0003');
      await terminal.ended();
    }
  });

  withKernel('json: every kind of event, one object a line', async () => {
    const agent = await start('--format', 'json', '--interval', '0.3');
    await once(oneShot('kinds-token', '127.0.0.1', port), 'exit');
    const kinds = () => new Set(agent.everything().map(({ type }) => type));
    await waitFor('flow, listening and status', () =>
      ['flow', 'listening', 'status'].every((type) => kinds().has(type as 'flow')),
    );
    const mine = () =>
      agent
        .everything()
        .flatMap((event) => (event.type === 'listening' ? event.sockets : []))
        .find((socket) => socket.port === port && socket.process?.pid === process.pid);
    expect(await waitFor('the listener', () => mine())).toMatchObject({
      protocol: 6,
      address: '127.0.0.1',
      process: { pid: process.pid },
    });
    expect(agent.everything().find((event) => event.type === 'status')).toMatchObject({ source: 'ebpf' });
  });

  withKernel('ntop: the very JSON that collectors get, never null', async () => {
    const agent = await start('--format', 'ntop', '-t', '-i');
    await once(oneShot('ntop-token', '127.0.0.1', port), 'exit');
    const line = await waitFor('the accept', () =>
      agent.lines().find((text) => text.includes('"ACCEPT"') && text.includes(`:${port}`)),
    );
    expect(JSON.parse(line)).toMatchObject({ TCP_EVENT_TYPE: 'ACCEPT', L4_DST_PORT: port, PROTOCOL: 6 });
    expect(line).not.toContain('null');
  });

  withKernel('ends quietly when its reader has seen enough', async () => {
    const shell = spawn('/bin/bash', [
      '-c',
      '"$0" "$1" --format json | head -n 1; echo $PIPESTATUS',
      process.execPath,
      BIN,
    ]);
    let output = '';
    let errors = '';
    shell.stdout.on('data', (text) => {
      output += text;
    });
    shell.stderr.on('data', (text) => {
      errors += text;
    });
    await waitFor('the agent to start', () => errors.includes('(version '));
    const traffic = setInterval(() => oneShot('head-token', '127.0.0.1', port), 100);
    await once(shell, 'close');
    clearInterval(traffic);
    const [line = '', status] = output.trimEnd().split('\n');
    expect(JSON.parse(line)).toHaveProperty('type');
    expect(status).toBe('0');
    expect(errors).not.toMatch(/EPIPE|Error/);
  });
});

function cgroup2Root(): string {
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '));
  return mounts.find(([, , type]) => type === 'cgroup2')?.[1] ?? '/sys/fs/cgroup';
}

/** The kernel refuses while a process that was just killed is still leaving. */
function removed(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch {
    return false;
  }
}
