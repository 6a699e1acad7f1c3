/** What the program says and with which status it ends, without any traffic. */

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { AgentProgram } from './program.js';

const isRoot = process.getuid?.() === 0;
const asRoot = isRoot ? test : test.skip;
if (!isRoot) process.stderr.write('SKIPPED, needs root: what the agent says without privileges\n');

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

asRoot('without privileges it ends with status 3 and says what is missing and what to do', async () => {
  const nobody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--inh-caps=-all'];
  const { status, stdout, stderr } = await outcome(['--source', 'ebpf'], nobody);
  expect([status, stdout]).toEqual([3, '']);
  expect(stderr).toMatch(/^packetless-agent: .*(root|CAP_BPF)/);
  expect(stderr).not.toMatch(/MEMLOCK| at .*\.js/);
});
