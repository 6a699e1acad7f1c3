/** Recordings: what `--format json` wrote comes back through every sink. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { ConversationEvent, Event } from '@packetless/model';
import { sampleEvent } from '../src/activity/events.sample.js';
import { AgentProgram, BIN, hasKernelEvents, waitFor } from './program.js';
import { oneShot, pongServer } from './traffic.js';

const withKernel = (await hasKernelEvents()) ? test : test.skip;

const folder = mkdtempSync(join(tmpdir(), 'packetless-replay-'));
afterAll(() => rmSync(folder, { recursive: true }));

const running: { end(): unknown }[] = [];
afterEach(async () => {
  for (const each of running.splice(0)) await each.end();
});

let files = 0;
function fileOf(content: string | Buffer): string {
  files += 1;
  const file = join(folder, `${files}.ndjson`);
  writeFileSync(file, content);
  return file;
}

const linesOf = (events: readonly Event[]) => events.map((event) => `${JSON.stringify(event)}\n`).join('');

/** Conversations of the reporting host, one every `stepMs`. */
function conversations(count: number, stepMs: number): Event[] {
  return Array.from({ length: count }, (_, index) =>
    sampleEvent({ socket: index + 1, time: 1_700_000_000_000 + index * stepMs }),
  );
}

/** Runs until the recording is over. `input` goes to standard input. */
async function replay(args: readonly string[], input: Buffer | null = null) {
  const agent = new AgentProgram(args);
  running.push({ end: () => agent.stop() });
  if (input !== null) agent.child.stdin.end(input);
  const status = await agent.exited();
  return { status, stdout: agent.stdout, stderr: agent.stderr };
}

describe('a recording of this host', () => {
  let recorded = '';
  beforeAll(async () => {
    if (withKernel === test.skip) return;
    const { port, server } = await pongServer('127.0.0.1');
    const agent = new AgentProgram(['--format', 'json', '--interval', '0.3']);
    running.push({ end: () => agent.stop() });
    await agent.ready();
    await once(oneShot('recorded-token', '127.0.0.1', port), 'exit');
    const types = () => new Set(agent.everything().map(({ type }) => type));
    await waitFor('every kind of event', () => agent.stdout.includes('recorded-token') && types().size >= 4);
    await agent.stop();
    server.close();
    recorded = agent.stdout;
  });

  withKernel('comes back byte for byte, accounts of the agent included', async () => {
    const { status, stdout, stderr } = await replay([
      '--source',
      `replay:${fileOf(recorded)}`,
      '--speed',
      'max',
      '--format',
      'json',
    ]);
    expect(stdout).toBe(recorded);
    expect([status, stderr.split('\n').length]).toEqual([0, 2]);
  });

  withKernel('may be compressed, and come from standard input', async () => {
    const args = ['--source', 'replay:-', '--speed', 'max', '--format', 'json'];
    expect((await replay(args, gzipSync(recorded))).stdout).toBe(recorded);
    expect((await replay(args, Buffer.from(recorded))).stdout).toBe(recorded);
  });

  withKernel('can be looked at through filters, as text', async () => {
    const { stdout } = await replay([
      '--source',
      `replay:${fileOf(recorded)}`,
      '--speed',
      'max',
      '-c',
      '--filter',
      'cmdline:recorded-token',
    ]);
    expect(stdout).toMatch(/^[^\n]* CLOSE +tcp +bash\([^\n]*\n$/);
  });

  withKernel.each<[string[], (event: ConversationEvent) => boolean]>([
    [
      ['--pid', String(process.pid)],
      ({ client, server }) => [client, server].some((end) => end.process?.pid === process.pid),
    ],
    [
      ['--process', 'BASH'],
      ({ client, server }) => [client, server].some((end) => end.process?.name === 'bash'),
    ],
    [['--failed'], ({ failure }) => failure !== null],
    [
      ['--filter', 'sent>=4 received<6'],
      ({ counters }) => counters!.bytesSent >= 4 && counters!.bytesReceived < 6,
    ],
    [
      ['-i', '--filter', 'state:ESTABLISHED'],
      ({ side, state }) => side === 'server' && state === 'ESTABLISHED',
    ],
  ])('%j chooses what it says, no more and no less', async (args, isChosen) => {
    const source = ['--source', `replay:${fileOf(recorded)}`, '--speed', 'max', '--format', 'json'];
    const { stdout } = await replay([...source, ...args]);
    const conversationsOf = (text: string) =>
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line || '{}') as ConversationEvent)
        .filter(({ type }) => type === 'flow' || type === 'netstat');
    expect(conversationsOf(stdout)).toEqual(conversationsOf(recorded).filter(isChosen));
  });
});

describe('time', () => {
  test('passes as it was recorded, and the given times are kept', async () => {
    const events = conversations(3, 400);
    const begun = Date.now();
    const { stdout } = await replay(['--source', `replay:${fileOf(linesOf(events))}`, '--format', 'json']);
    expect(Date.now() - begun).toBeGreaterThanOrEqual(800);
    expect(stdout).toBe(linesOf(events));
  });

  test('passes faster on demand', async () => {
    const file = fileOf(linesOf(conversations(100, 100_000)));
    const begun = Date.now();
    const { stderr } = await replay(['--source', `replay:${file}`, '--speed', '1000000']);
    expect(stderr).toMatch(/100 events in .*, nothing lost\n$/);
    expect(Date.now() - begun).toBeLessThan(9_900_000 / 1000);
  });

  test('of a recording that waits for the next event ends with a signal', async () => {
    const agent = new AgentProgram(['--source', `replay:${fileOf(linesOf(conversations(2, 1_000_000)))}`]);
    running.push({ end: () => agent.stop() });
    await waitFor('the first event', () => agent.stdout.includes('CONNECT'));
    expect(await agent.stop('SIGINT')).toBe(0);
  });
});

describe('what cannot be read', () => {
  test('is counted by reason and told with the first place, and the rest is replayed', async () => {
    const [first, second] = conversations(2, 0).map((event) => linesOf([event]));
    const hostile = [
      first,
      'no JSON\u001b[2J\n',
      '{"type":"flow"}\n',
      `"${'x'.repeat(2_000_000)}"\n`,
      '\n',
      `{"type":"netstat","time":1e999${','.repeat(10)}\n`,
      second!.replace('"port":80', '"port":-80'),
      second,
    ].join('');
    const { status, stdout, stderr } = await replay([
      '--source',
      `replay:${fileOf(hostile)}`,
      '--speed',
      'max',
      '--format',
      'json',
    ]);
    expect([status, stdout]).toEqual([0, `${first}${second}`]);
    expect(stderr).toContain('2 not JSON, 2 not an event, 1 line too long (first: line 2');
    expect(stderr).toMatch(/lost: 2 \(recording: not JSON\), 2 \(recording: not an event\), 1 /);
    expect(stderr).not.toContain('\u001b');
  });

  test('is told without steering the terminal', async () => {
    const status = {
      type: 'status',
      time: 1,
      ledgers: [{ hop: 'x', seen: 0, delivered: 0, inFlight: 0, dropped: {} }],
    };
    const hostile = JSON.stringify(status).replace('"dropped":{}', '"dropped":{"\\u001b[2J":-1}');
    const { stderr } = await replay(['--source', `replay:${fileOf(`${hostile}\n`)}`]);
    expect(stderr).toContain('ledgers.0.dropped.\\x1b[2J: ');
    expect(stderr).not.toContain('\u001b');
  });

  test('of a compressed file that ends in its midst is said, after all that could be', async () => {
    const events = conversations(2000, 0);
    const whole = gzipSync(linesOf(events));
    const file = fileOf(whole.subarray(0, whole.length - 100));
    const { status, stdout, stderr } = await replay([
      '--source',
      `replay:${file}`,
      '--speed',
      'max',
      '--format',
      'json',
    ]);
    expect(status).toBe(0);
    expect(linesOf(events).startsWith(stdout.slice(0, stdout.lastIndexOf('\n') + 1))).toBe(true);
    expect(stderr).toMatch(/1 unreadable \(first: the compressed data ends or is damaged/);
  });

  test('at all ends with status 3 and what to do', async () => {
    const { status, stderr } = await replay(['--source', `replay:${folder}/none`]);
    expect(status).toBe(3);
    expect(stderr).toMatch(/no such file\. Record with packetless-agent --format json/);
  });
});

describe('a slow taker holds the recording up and loses nothing', () => {
  /** More than every queue on the way holds. */
  const COUNT = 60_000;
  const big = fileOf(linesOf(conversations(COUNT, 0)));

  test('of the printed form', async () => {
    const shell = spawn('/bin/bash', [
      '-c',
      '"$0" "$1" --source "replay:$2" --speed max --format json | (sleep 1.5; sha256sum)',
      process.execPath,
      BIN,
      big,
    ]);
    running.push({ end: () => shell.kill() });
    let output = '';
    shell.stdout.on('data', (text) => {
      output += text;
    });
    await once(shell, 'close');
    const expected = await import('node:crypto').then(({ createHash }) =>
      createHash('sha256').update(readFileSync(big)).digest('hex'),
    );
    expect(output).toContain(expected);
  });

  test('over ZeroMQ, where it waits for the collector first', async () => {
    const script = fileURLToPath(new URL('./slow-subscriber.mjs', import.meta.url));
    const collector = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    running.push({ end: () => collector.kill('SIGKILL') });
    let latest: { [key: string]: unknown } = {};
    createInterface(collector.stdout).on('line', (line) => {
      latest = JSON.parse(line) as { [key: string]: unknown };
    });
    const address = await waitFor('the collector to listen', () => latest.listening as string | undefined);
    const { status, stderr } = await replay([
      '--source',
      `replay:${big}`,
      '--speed',
      'max',
      '--zmq',
      `${address}c`,
    ]);
    expect([status, stderr.includes('lost')]).toEqual([0, false]);
    await waitFor('all events to be taken', () => latest.flow === COUNT);
    // A collector is to see the agent that was recorded, and no other.
    expect(latest).toEqual({ flow: COUNT });
  });
});
