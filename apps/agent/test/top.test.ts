/** `top` on a terminal of its own, and as plain tables. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { AgentProgram, hasKernelEvents, waitFor } from './program.js';
import { TerminalProgram } from './terminal-screen.js';
import { oneShot, pongServer } from './traffic.js';

const withKernel = (await hasKernelEvents()) ? test : test.skip;

let port: number;
let server: Awaited<ReturnType<typeof pongServer>>['server'];
let connection: Socket;
beforeAll(async () => {
  ({ port, server } = await pongServer('127.0.0.1'));
  // One that stays, so that this process has a row of its own.
  connection = connect(port, '127.0.0.1');
  await once(connection, 'connect');
});
afterAll(() => {
  connection.destroy();
  server.close();
});

const running: { end(): unknown }[] = [];
afterEach(async () => {
  for (const each of running.splice(0)) await each.end();
});

function terminal(columns: number, rows: number, ...args: string[]): TerminalProgram {
  const program = new TerminalProgram(['top', '--interval', '0.3', ...args], { columns, rows }, 'stty -a');
  running.push({ end: () => program.kill() });
  return program;
}

const own = new RegExp(`^ *${process.pid} node`);
const rowOf = (program: TerminalProgram, pattern: RegExp) =>
  program.screen()?.find((line) => pattern.test(line));

describe('the live table', () => {
  withKernel('shows this process, answers keys, and gives the terminal back', async () => {
    const program = terminal(80, 24);
    await waitFor('the row of this process', () => rowOf(program, own));
    expect(program.screen()).toHaveLength(24);
    for (const line of program.screen()!) expect(line.length).toBeLessThanOrEqual(80);

    program.type('r');
    await waitFor('rows of remote addresses', () => rowOf(program, /^127\.0\.0\.1 /));
    program.type('u');
    await waitFor('rows of users', () => rowOf(program, /^USER /) && rowOf(program, /^root /));
    program.type('p');
    program.type(`/pid:${process.pid} or port:1\r`);
    await waitFor('the filter', () => rowOf(program, /filter: pid:/) && rowOf(program, own));
    program.type('\u001b');
    await waitFor('the filter to be gone', () => !rowOf(program, /filter: pid:/));
    program.type('?');
    await waitFor('the help', () => rowOf(program, /^VIEW /));
    program.type('q');
    await program.ended();
    expect(program.output).toContain('\u001b[?1049l');
    expect(program.output).toContain('status 0');
    // The terminal echoes and reads by lines again.
    expect(program.output).toMatch(/\sicanon\b/);
    expect(program.output).toMatch(/\secho\b/);
  });

  withKernel('counts the bytes of a connection once, at the side that sent them', async () => {
    const program = terminal(120, 30, '--filter', 'process:bash');
    await waitFor('the table', () => program.screen());
    const shown = () => program.screen()!.join('\n');
    const traffic = setInterval(() => oneShot('top-token', '127.0.0.1', port), 50);
    try {
      await waitFor('short-lived processes', () => /^ *\d+ bash .* (4|\d\d) B/m.test(shown()));
    } finally {
      clearInterval(traffic);
    }
  });

  withKernel.each([
    [40, 12],
    [200, 10],
  ])('fits %i columns and %i rows', async (columns, rows) => {
    const program = terminal(columns, rows);
    await waitFor('the row of this process', () => rowOf(program, /node/));
    expect(program.screen()).toHaveLength(rows);
    for (const line of program.screen()!) expect([...line].length).toBeLessThanOrEqual(columns);
  });

  withKernel.each(['SIGTERM', 'SIGHUP'] as const)('gives the terminal back on %s', async (signal) => {
    const program = terminal(80, 24);
    await waitFor('the table', () => rowOf(program, /PROCESS/));
    const shell = Number(/pid (\d+)/.exec(program.output)?.[1]);
    process.kill(await childOf(shell), signal);
    await program.ended();
    expect(program.output).toContain('\u001b[?1049l');
    expect(program.output).toContain('status 0');
    expect(program.output).toMatch(/\sicanon\b/);
  });
});

test('the live table gives the terminal back when the program fails', async () => {
  const failing = 'data:text/javascript,setTimeout(()=>{throw(new(Error)("failed-on-purpose"))},1500)';
  const program = new TerminalProgram(
    // Nothing ever comes, so that it needs no privilege.
    ['top', '--source', 'replay:/dev/zero'],
    { columns: 80, rows: 24 },
    'stty -a',
    { NODE_OPTIONS: `--import=${failing}` },
  );
  running.push({ end: () => program.kill() });
  await program.ended();
  const restored = program.output.indexOf('\u001b[?1049l');
  expect(restored).toBeGreaterThan(program.output.indexOf('\u001b[?1049h'));
  // What went wrong is on the terminal that the user gets back.
  expect(program.output.indexOf('failed-on-purpose', restored)).toBeGreaterThan(0);
  expect(program.output).toMatch(/status [1-9]/);
  expect(program.output).toMatch(/\sicanon\b/);
});

describe('plain tables', () => {
  withKernel('are as many as were asked for, without control sequences', async () => {
    const program = new AgentProgram([
      'top',
      '--batch',
      '2',
      '--interval',
      '0.3',
      '--pid',
      String(process.pid),
    ]);
    running.push({ end: () => program.stop() });
    expect(await program.exited()).toBe(0);
    const tables = program.stdout.trimEnd().split('\n\n');
    expect(tables).toHaveLength(2);
    for (const table of tables) {
      expect(table).toMatch(/^\d\d:\d\d:\d\d by process\n +PID PROCESS .*COMMAND\n/);
      expect(table).toMatch(/\n +- total/);
    }
    expect(tables[1]).toMatch(new RegExp(`\\n *${process.pid} node`));
    expect(program.stdout).not.toContain('\u001b');
  });

  test('of a recording end with it', async () => {
    const program = new AgentProgram(['top', '--source', 'replay:/dev/null', '--batch', '5']);
    running.push({ end: () => program.stop() });
    expect(await program.exited()).toBe(0);
  });

  test.each([
    [[], /no terminal: add --once .*\nTry packetless-agent top --help/],
    [['--batch', '0'], /--batch "0"/],
    [['--view', 'host'], /write one of process, remote, container, user/],
    [['--sort', 'size'], /--sort "size": write one of traffic/],
    [['--source', 'replay:x', '--speed', 'max', '--once'], /leaves no time/],
    [['web'], /takes options only/],
  ])('%j is refused with what to write', async (args, message) => {
    const program = new AgentProgram(['top', ...args]);
    expect(await program.exited()).toBe(2);
    expect(program.stderr).toMatch(message);
  });

  test('--help is a page', async () => {
    const program = new AgentProgram(['top', '--help']);
    expect(await program.exited()).toBe(0);
    for (const section of ['NAME', 'COLUMNS', 'KEYS', 'OPTIONS', 'EXAMPLES']) {
      expect(program.stdout).toContain(`${section}\n`);
    }
    for (const line of program.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });
});

/** The one process that a shell has started and waits for. */
async function childOf(shell: number): Promise<number> {
  const { readFileSync } = await import('node:fs');
  return waitFor('the program', () => {
    const children = readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8').trim().split(' ');
    return children.length === 1 && children[0] !== '' ? Number(children[0]) : null;
  });
}
