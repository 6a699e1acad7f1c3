/** What the program says and with which status it ends, without any traffic. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { AgentProgram, waitFor } from './program.js';
import { pongServer } from './traffic.js';

const isRoot = process.getuid?.() === 0;
const asRoot = isRoot ? test : test.skip;
if (!isRoot) process.stderr.write('SKIPPED, needs root: what the agent says without privileges\n');

const NOBODY = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--inh-caps=-all'];

async function outcome(args: readonly string[], wrapper: readonly string[] = []) {
  const agent = new AgentProgram(args, wrapper);
  const status = await agent.exited();
  return { status, stdout: agent.stdout, stderr: agent.stderr };
}

test('--help is a manual page on standard output', async () => {
  const { status, stdout, stderr } = await outcome(['--help']);
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toContain('packetless-agent -v --zmq tcp://127.0.0.1:1234c');
  for (const section of ['NAME', 'SYNOPSIS', 'OPTIONS', 'EXIT STATUS', 'EXAMPLES']) {
    expect(stdout).toContain(`${section}\n`);
  }
  for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
});

test('-V is one line', async () => {
  expect((await outcome(['-V'])).stdout).toMatch(/^packetless-agent \d+\.\d+\.\d+\n$/);
});

test('a wrong option ends with status 2, the reason and what to write', async () => {
  const { status, stdout, stderr } = await outcome(['--zmq', 'tcp://127.0.0.1']);
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^packetless-agent: --zmq: .*port.*\nTry packetless-agent --help\n$/);
});

test('an address in use ends with status 1 and says which', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { status, stderr } = await outcome(['--zmq', `tcp://127.0.0.1:${port}`]);
  server.close();
  expect(status).toBe(1);
  expect(stderr).toContain(`tcp://127.0.0.1:${port}`);
  expect(stderr).toContain('in use');
});

test('a source that this host does not have ends with status 3 and says why', async () => {
  const { status, stdout, stderr } = await outcome(['--source', 'libebpfflow:/no/such/library.so']);
  expect([status, stdout]).toEqual([3, '']);
  expect(stderr).toMatch(/^packetless-agent: .*library\.so/);
});

asRoot(
  'without privileges it goes on with netlink, says so, and names the processes of its user',
  async () => {
    const { port, server } = await pongServer('127.0.0.1');
    const agent = new AgentProgram(['--format', 'json', '--interval', '0.2'], NOBODY);
    const [command = '', ...rest] = [
      ...NOBODY,
      'bash',
      '-c',
      `exec 3<>/dev/tcp/127.0.0.1/${port}; read -t 60 -r <&3`,
    ];
    const child = spawn(command, rest);
    try {
      await agent.ready();
      const own = () => agent.events().find((event) => event.side === 'client' && event.server.port === port);
      await waitFor('its connection with its owner', () => own()?.client.process != null);
      expect(own()?.client.process).toMatchObject({
        pid: child.pid,
        uid: 65534,
        name: 'bash',
        evidence: 'proc',
      });
      const status = agent.everything().find((event) => event.type === 'status')!;
      expect(status).toMatchObject({ source: 'netlink' });
      expect(status.lost[0]).toMatchObject({
        what: expect.stringContaining('eBPF'),
        why: expect.stringContaining('CAP_BPF'),
      });
      expect(agent.stderr.match(/without eBPF, with netlink/g)).toHaveLength(1);
    } finally {
      child.kill();
      await agent.stop();
      server.close();
    }
  },
);

asRoot('and where netlink is not wanted, it ends with status 3', async () => {
  const { status, stderr } = await outcome(['-n'], NOBODY);
  expect([status, stderr]).toEqual([3, expect.stringContaining('CAP_BPF')]);
});

asRoot(
  'without privileges the kernel’s own events end with status 3 and says what is missing and what to do',
  async () => {
    const { status, stdout, stderr } = await outcome(['--source', 'ebpf'], NOBODY);
    expect([status, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(/^packetless-agent: .*(root|CAP_BPF)/);
    expect(stderr).not.toMatch(/MEMLOCK| at .*\.js/);
  },
);
