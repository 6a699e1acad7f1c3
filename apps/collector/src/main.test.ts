/** The program as a user starts it; needs the built collector. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';
import { waitFor } from '../test/wait.js';

const BIN = fileURLToPath(new URL('../bin/packetless-collector.js', import.meta.url));

class Program {
  stdout = '';
  stderr = '';
  exit: { readonly code: number | null; readonly signal: string | null } | null = null;
  readonly child: ChildProcess;

  constructor(args: readonly string[], environment: NodeJS.ProcessEnv) {
    this.child = spawn(process.execPath, [BIN, ...args], { env: environment });
    this.child.stdout!.on('data', (text) => {
      this.stdout += text;
    });
    this.child.stderr!.on('data', (text) => {
      this.stderr += text;
    });
    this.child.on('close', (code, signal) => {
      this.exit = { code, signal };
    });
  }

  ended(): Promise<{ readonly code: number | null }> {
    return waitFor('the end', () => this.exit, 15_000);
  }
}

describe('packetless-collector', () => {
  let directory: string;
  let programs: Program[];
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'packetless-main-'));
    programs = [];
  });
  afterEach(() => {
    for (const { child } of programs) child.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  });

  function start(...args: string[]): Program {
    const environment = { ...process.env, XDG_STATE_HOME: directory, NODE_OPTIONS: '' };
    const program = new Program(args, environment);
    programs.push(program);
    return program;
  }

  async function ready(program: Program): Promise<string> {
    return waitFor('the address', () => /http:\/\/\S+/.exec(program.stdout)?.[0], 15_000);
  }

  test('tells where to look and how to send events, serves, and ends on SIGTERM', async () => {
    const program = start(
      '-i',
      'tcp://*:*c',
      '-i',
      'tcp://10.9.8.7:1234',
      '-m',
      '192.168.2.0/24',
      '-w',
      ':0',
    );
    const url = await ready(program);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    await waitFor('the rest', () => program.stdout.includes('10.9.8.7\n'));
    expect(program.stdout).toMatch(/packetless-agent -v --zmq tcp:\/\/127\.0\.0\.1:\d+c {3}on this host\n/);
    expect(program.stdout).toMatch(/packetless-agent -v --zmq "tcp:\/\/\*:1234" {3}on 10\.9\.8\.7\n/);
    expect((await fetch(`${url}api/v1/health`)).status).toBe(200);
    program.child.kill('SIGTERM');
    expect(await program.ended()).toMatchObject({ code: 0 });
  });

  test('SIGINT ends it too, also with a page open', async () => {
    const program = start('-i', 'tcp://127.0.0.1:*c', '-w', ':0');
    const url = await ready(program);
    const socket = new WebSocket(`${url.replace('http', 'ws')}api/v1/live`);
    await new Promise((resolve) => socket.once('open', resolve));
    program.child.kill('SIGINT');
    expect(await program.ended()).toMatchObject({ code: 0 });
  });

  test('warns when everyone can read', async () => {
    const program = start('-i', 'tcp://127.0.0.1:*c', '-w', '0.0.0.0:0');
    await ready(program);
    await waitFor('the warning', () => /warn .*Everyone who can reach/.test(program.stderr));
  });

  test('a port in use is one sentence and exit status 1', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const web = start('-i', 'tcp://127.0.0.1:*c', '-w', `127.0.0.1:${port}`, '-d', join(directory, 'a'));
    const zmq = start('-i', `tcp://127.0.0.1:${port}c`, '-w', ':0', '-d', join(directory, 'b'));
    expect([await web.ended(), await zmq.ended()]).toMatchObject([{ code: 1 }, { code: 1 }]);
    expect(web.stderr).toBe(
      `packetless-collector: Another program already uses 127.0.0.1:${port}. ` +
        'End it, or serve the page elsewhere with -w [ADDR:]PORT.\n',
    );
    expect(zmq.stderr).toMatch(/^packetless-collector: .*in use.*\n$/);
    server.close();
  });

  test('wrong arguments are refused with exit status 2', async () => {
    const program = start('-i', 'lo,eth0');
    expect(await program.ended()).toMatchObject({ code: 2 });
    expect(program.stderr).toMatch(
      /^packetless-collector: -i "lo,eth0" is neither a network interface nor an endpoint/,
    );
    expect(program.stdout).toBe('');
  });

  test('--help reads like a manual page, -V tells the version', async () => {
    const [help, version] = [start('--help'), start('-V')];
    expect([await help.ended(), await version.ended()]).toMatchObject([{ code: 0 }, { code: 0 }]);
    for (const heading of ['NAME', 'SYNOPSIS', 'OPTIONS', 'EXIT STATUS', 'EXAMPLES']) {
      expect(help.stdout).toMatch(new RegExp(`^${heading}$`, 'm'));
    }
    for (const line of help.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
    expect(version.stdout).toMatch(/^packetless-collector \d+\.\d+\.\d+\n$/);
  });
});
