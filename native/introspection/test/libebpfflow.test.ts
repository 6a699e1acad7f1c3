/** ntop's library as a source, against a stand-in of it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { IntrospectionError, openIntrospection } from '../src/index.js';
import { openScript } from './child.js';
import { pause, Watch } from './harness.js';
import {
  ETYPE,
  type EventFields,
  eventBytes,
  ipv4Bytes,
  ipv6Bytes,
  StandIn,
  type TaskFields,
} from './standin.js';

const canCompile = spawnSync('gcc', ['--version']).status === 0;
if (!canCompile) console.warn('Tests of the source libebpfflow are skipped: gcc is missing.');
const library = canCompile ? describe : describe.skip;

const made: { close(): void }[] = [];
afterEach(() => {
  for (const { close } of made.splice(0).reverse()) close();
});

function standIn(script: readonly string[] = [], flags: readonly string[] = []): StandIn {
  const library = new StandIn(script, flags);
  made.push({ close: () => library.remove() });
  return library;
}

function watch(library: StandIn): Watch {
  const watch = new Watch({ source: 'libebpfflow', library: library.path });
  made.push({ close: () => watch.close() });
  return watch;
}

/** The source over a stand-in, with everything ended after the test. */
function lab(): { library: StandIn; watch: Watch } {
  const library = standIn();
  return { library, watch: watch(library) };
}

/** A process that lives until the test has ended, as the library names its tasks. */
async function livingProcess(): Promise<TaskFields & { readonly child: ChildProcess }> {
  const child = spawn('sleep', ['300'], { stdio: 'ignore' });
  made.push({ close: () => child.kill('SIGKILL') });
  await once(child, 'spawn');
  for (;;) {
    // Between fork and exec it still has the name of this process.
    if (readFileSync(`/proc/${child.pid}/comm`, 'utf8') === 'sleep\n') break;
    await pause(5);
  }
  return { pid: child.pid!, tid: child.pid!, comm: 'sleep', child };
}

const PORT = 40_100;
const connect = (changes: Partial<EventFields> = {}): EventFields => ({
  type: ETYPE.connect,
  source: '10.9.0.1',
  sourcePort: PORT,
  destination: '10.9.0.2',
  destinationPort: 443,
  interfaceName: 'eth0',
  latencyUs: 35,
  ...changes,
});
/** The library's own order for what others opened. */
const accept = (changes: Partial<EventFields> = {}): EventFields =>
  connect({ type: ETYPE.accept, sent: false, latencyUs: 0, ...changes });

function failureOf(library: string): IntrospectionError {
  try {
    openIntrospection({ source: 'libebpfflow', library, onRecords: () => undefined }).close();
  } catch (error) {
    if (error instanceof IntrospectionError) return error;
    throw error;
  }
  throw new Error('it was opened');
}

describe('without the library', () => {
  test('its absence is said, with what to do', () => {
    const installed = spawnSync('sh', ['-c', 'ldconfig -p | grep -q libebpfflow']).status === 0;
    if (installed) return;
    const { code, message } = failureOf('');
    expect(code).toBe('UNSUPPORTED');
    expect(message).toMatch(/libebpfflow is not installed/);
    expect(message).toMatch(/github\.com\/ntop\/libebpfflow/);
  });

  test('a path that leads nowhere is named', () => {
    expect(failureOf('/no/such/libebpfflow.so').message).toMatch(
      /There is no library \/no\/such\/libebpfflow\.so/,
    );
  });

  test('what is no library at all is refused, with the reason on one inert line', () => {
    const library = standIn();
    const file = join(library.path, '../no\u001blibrary.so');
    writeFileSync(file, 'text');
    const { message } = failureOf(file);
    expect(message).toMatch(/cannot be loaded: .*no\?library\.so/);
    expect(message).not.toMatch(/\p{Cc}/u);
  });
});

library('an incompatible library', () => {
  test('one without a function is refused by the function’s name', () => {
    const library = standIn([], ['-DWITHOUT_POLL']);
    expect(failureOf(library.path).message).toMatch(/libebpfflow\.so has no function ebpf_poll_event/);
  });

  test('another version is refused', () => {
    const library = standIn([], ['-DVERSION="2.0\\n\\033[1m"']);
    const { code, message } = failureOf(library.path);
    expect(code).toBe('UNSUPPORTED');
    expect(message).toMatch(/says that it is version "2\.0.*" of libebpfflow\. Only version 1 is known/);
    expect(message).not.toMatch(/\p{Cc}/u);
  });

  test.each([[287], [296], [40], [4000]])('one whose events have %d bytes is refused, and ended', (size) => {
    const library = standIn([`event ${Buffer.alloc(size).toString('hex')}`]);
    expect(failureOf(library.path).message).toMatch(new RegExp(`events of ${size} bytes, not of the 288`));
    expect(library.isTerminated).toBe(true);
  });

  test('one that cannot start says its own reason, and what it prints does not reach our output', () => {
    const library = standIn(['fail 4', 'print ERROR: tcp_v4_connect/trace_connect_entry: -1', 'print more']);
    const script = `${openScript({ source: 'libebpfflow', library: library.path })}
      process.stdout.write('before ');
      console.log(JSON.stringify({ code: opened.code, message: opened.message }));`;
    const child = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
    expect(child.stderr).toBe('');
    expect(child.stdout.startsWith('before {')).toBe(true);
    const { code, message } = JSON.parse(child.stdout.slice('before '.length));
    expect(code).toBe('UNSUPPORTED');
    expect(message).toMatch(
      /libebpfflow 1\.0\.1 cannot start: ebpf_kprobe_attach_error \(ERROR: tcp_v4_connect\/trace_connect_entry: -1\)/,
    );
    expect(message).toMatch(/kprobes/);
  });
});

library('what ntop’s library tells', () => {
  test('it says what it does not know', () => {
    const { introspection } = lab().watch;
    expect(introspection).toMatchObject({ source: 'libebpfflow', tier: '' });
    expect(introspection.programs[0]).toMatchObject({ name: 'libebpfflow 1.0.1', state: 'attached' });
    for (const missing of ['bytes', 'sockets', 'translations', 'existing', 'losses']) {
      const part = introspection.programs.find(({ name }) => name === missing);
      expect(part?.state).toBe('not here');
      expect(part?.error).toMatch(/ntop's library/);
    }
  });

  test('a connection: who began it owns it to its end, and nothing is said that is not known', async () => {
    const { library, watch } = lab();
    const client = await livingProcess();
    const softirq = { pid: 1, tid: 1, comm: 'init' };
    library.tell(
      connect({ process: { ...client, uid: 1000, gid: 1001 } }),
      connect({ type: ETYPE.close, process: softirq }),
    );
    const opened = await watch.first('connect', () => true);
    expect(opened).toMatchObject({
      socket: null,
      netns: null,
      protocol: 6,
      localAddress: '10.9.0.1',
      localPort: PORT,
      remoteAddress: '10.9.0.2',
      remotePort: 443,
      side: 'client',
      interfaceName: 'eth0',
      owner: { pid: client.pid, tid: client.pid, uid: 1000, gid: 1001, comm: 'sleep', evidence: 'kernel' },
      tcp: null,
      handshake: null,
      // Of a connection to another host the library measures nothing of the kind.
      latencyMs: null,
      state: 2,
    });
    expect(Math.abs(opened.time - Date.now())).toBeLessThan(10_000);
    const closed = await watch.first('close', () => true);
    expect(closed).toMatchObject({
      side: 'client',
      owner: { pid: client.pid },
      error: null,
      tcp: null,
      state: 7,
    });
    expect(closed.time).toBeGreaterThanOrEqual(opened.time);

    const process_ = await watch.first('process', ({ pid }) => pid === client.pid);
    expect(process_).toMatchObject({
      exe: readlinkSync(`/proc/${client.pid}/exe`),
      argv: ['sleep', '300'],
      fromProc: true,
      parent: { pid: process.pid },
    });
    expect(watch.records.indexOf(process_)).toBeLessThan(watch.records.indexOf(opened));
    expect(watch.all('process', ({ pid }) => pid === 1)).toEqual([]);
  });

  test('an accepted connection has its peers the right way round', async () => {
    const { library, watch } = lab();
    const server = await livingProcess();
    library.tell(accept({ process: server }));
    expect(await watch.first('accept', () => true)).toMatchObject({
      localAddress: '10.9.0.2',
      localPort: 443,
      remoteAddress: '10.9.0.1',
      remotePort: PORT,
      side: 'server',
      owner: { pid: server.pid },
      state: 1,
    });
    // The end of the same socket comes from its own side.
    library.tell(
      connect({
        type: ETYPE.close,
        source: '10.9.0.2',
        sourcePort: 443,
        destination: '10.9.0.1',
        destinationPort: PORT,
      }),
    );
    expect(await watch.first('close', () => true)).toMatchObject({
      side: 'server',
      owner: { pid: server.pid },
    });
  });

  test('within the host the latency of the handshake is the library’s', async () => {
    const { library, watch } = lab();
    library.tell(connect({ source: '127.0.0.1', destination: '127.0.0.1', latencyUs: 177 }));
    expect(await watch.first('connect', () => true)).toMatchObject({ latencyMs: 0.177 });
  });

  test('thread and process have their own numbers again', async () => {
    const { library, watch } = lab();
    const script =
      'const w = new (require("worker_threads").Worker)("setInterval(() => {}, 1000)", { eval: true });';
    const child = spawn(process.execPath, ['-e', `${script} w.on("online", () => console.log(1))`]);
    made.push({ close: () => child.kill('SIGKILL') });
    await once(child.stdout, 'data');
    const threads = spawnSync('ls', [`/proc/${child.pid}/task`], { encoding: 'utf8' })
      .stdout.trim()
      .split('\n');
    const thread = Number(threads.at(-1));
    expect(thread).not.toBe(child.pid);
    const comm = readFileSync(`/proc/${child.pid}/task/${thread}/comm`, 'utf8').trim();

    library.tell(connect({ process: { pid: thread, tid: child.pid!, comm } }));
    // A version of the library that has them right is understood as well.
    library.tell(connect({ sourcePort: PORT + 1, process: { pid: child.pid!, tid: thread, comm } }));
    await watch.until('connect', () => true, 2);
    for (const { owner } of watch.all('connect'))
      expect(owner).toMatchObject({ pid: child.pid, tid: thread });
    expect(watch.all('process')).toMatchObject([
      { pid: child.pid, comm: 'node', argv: [process.execPath, '-e', expect.anything()] },
    ]);
  });

  test('an end whose beginning was not seen has no owner, whoever was running', async () => {
    const { library, watch } = lab();
    const bystander = await livingProcess();
    library.tell(
      connect({ type: ETYPE.close, process: bystander }),
      connect({ type: ETYPE.failed, sourcePort: PORT + 1, process: bystander }),
      connect({ type: ETYPE.retransmit, sourcePort: PORT + 2, process: bystander, retransmissions: 4711 }),
    );
    expect(await watch.first('close', () => true)).toMatchObject({ owner: null, side: null });
    expect(await watch.first('connect-failed', () => true)).toMatchObject({
      owner: null,
      side: 'client',
      error: null,
    });
    expect(await watch.first('retransmit', () => true)).toMatchObject({ owner: null, count: 1, cause: null });
    expect(watch.all('process')).toEqual([]);
  });

  test('retransmissions belong to the owner of the connection', async () => {
    const { library, watch } = lab();
    const client = await livingProcess();
    library.tell(connect({ process: client }), connect({ type: ETYPE.retransmit, retransmissions: 4711 }));
    expect(await watch.first('retransmit', () => true)).toMatchObject({
      owner: { pid: client.pid },
      side: 'client',
      count: 1,
    });
  });

  test('a connection that fails before connect() returns is told in the order of things, with its owner', async () => {
    const { library, watch } = lab();
    const client = await livingProcess();
    const now = process.hrtime.bigint();
    library.tell(
      connect({ type: ETYPE.failed, time: now - 500_000n, process: { pid: 1, tid: 1, comm: 'init' } }),
      connect({ time: now, latencyUs: 900, process: client }),
    );
    const failed = await watch.first('connect-failed', () => true);
    expect(failed).toMatchObject({ owner: { pid: client.pid }, side: 'client' });
    const kinds = watch.records.map(({ kind }) => kind).filter((kind) => kind !== 'process');
    expect(kinds).toEqual(['connect', 'connect-failed']);
  });

  test('events of several processors are put in the order of their time', async () => {
    const { library, watch } = lab();
    const client = await livingProcess();
    const now = process.hrtime.bigint();
    library.tell(
      connect({ type: ETYPE.close, time: now }),
      connect({ time: now - 2_000_000n, process: client }),
    );
    expect(await watch.first('close', () => true)).toMatchObject({ owner: { pid: client.pid } });
  });

  test('an end that is told twice is one end', async () => {
    const { library, watch } = lab();
    library.tell(connect(), connect({ type: ETYPE.close }), connect({ type: ETYPE.close }));
    await watch.first('close', () => true);
    for (let i = 0; i < 50 && watch.introspection.account().dropped['told already'] === 0; i++)
      await pause(20);
    expect(watch.introspection.account().dropped['told already']).toBe(1);
    expect(watch.all('close')).toHaveLength(1);
  });

  test('a process that is gone keeps the name that its task had, and its parent', async () => {
    const { library, watch } = lab();
    const child = spawn('true', [], { stdio: 'ignore' });
    await once(child, 'exit');
    const gone = { pid: child.pid!, tid: child.pid!, uid: 5, gid: 6, comm: 'curl' };
    library.tell(connect({ process: gone, parent: { pid: process.pid, tid: 0, comm: 'node' } }));
    const opened = await watch.first('connect', () => true);
    expect(opened.owner).toMatchObject({ pid: child.pid, uid: 5, gid: 6, comm: 'curl', evidence: 'kernel' });
    expect(await watch.first('process', ({ pid }) => pid === child.pid)).toMatchObject({
      comm: 'curl',
      exe: null,
      argv: [],
      fromProc: false,
      parent: { pid: process.pid, comm: 'node' },
    });
    await watch.first('exit', ({ pid }) => pid === child.pid);
  });

  test('a pid that is another process’s by now is not described by that', async () => {
    const { library, watch } = lab();
    const later = await livingProcess();
    const before = process.hrtime.bigint() - 30_000_000_000n;
    library.tell(connect({ time: before, process: later }));
    const named = await watch.first('process', ({ pid }) => pid === later.pid);
    expect(named).toMatchObject({ exe: null, argv: [], fromProc: false });
  });

  test('a process that has called exec since is not described as what it became', async () => {
    const { library, watch } = lab();
    const client = await livingProcess();
    library.tell(connect({ process: { ...client, comm: 'bash' } }));
    const named = await watch.first('process', ({ pid }) => pid === client.pid);
    expect(named).toMatchObject({ comm: 'bash', exe: null, argv: [], fromProc: false });
  });

  test('the end of a process is told', async () => {
    const { library, watch } = lab();
    const client = await livingProcess();
    library.tell(connect({ process: client }));
    await watch.first('process', ({ pid }) => pid === client.pid);
    expect(watch.all('exit')).toEqual([]);
    client.child.kill('SIGKILL');
    await watch.first('exit', ({ pid }) => pid === client.pid);
  });
});

library('addresses', () => {
  test('IPv6 is IPv6', async () => {
    const { library, watch } = lab();
    library.tell(connect({ source: 'fd77::1', destination: 'fd77::2' }));
    expect(await watch.first('connect', () => true)).toMatchObject({
      localAddress: 'fd77::1',
      remoteAddress: 'fd77::2',
    });
  });

  test('IPv4-mapped IPv6 is IPv4', async () => {
    const { library, watch } = lab();
    library.tell(connect({ source: '::ffff:10.9.0.1', destination: '::ffff:10.9.0.2' }));
    expect(await watch.first('connect', () => true)).toMatchObject({
      localAddress: '10.9.0.1',
      remoteAddress: '10.9.0.2',
    });
  });

  /** What the library makes of an IPv6 socket whose own address begins with eight zero bytes. */
  const pretended = (peer: string) =>
    Buffer.concat([
      ipv4Bytes('127.0.0.1'),
      Buffer.alloc(4),
      ipv4Bytes('127.0.0.1'),
      Buffer.alloc(4),
      ipv6Bytes(peer),
    ]);

  test.each([
    ['::1', '::1', '::1'],
    ['::ffff:127.0.0.1', '127.0.0.1', '127.0.0.1'],
    ['::ffff:10.9.0.7', '0.0.0.0', '10.9.0.7'],
    ['fd77::9', '::', 'fd77::9'],
  ])('a pretended 127.0.0.1 with %s behind it is told from %s to %s', async (peer, local, remote) => {
    const { library, watch } = lab();
    library.tell(
      connect({
        source: '127.0.0.1',
        destination: '127.0.0.1',
        addresses: pretended(peer),
        destinationPort: 80,
      }),
      accept({
        source: '127.0.0.1',
        destination: '127.0.0.1',
        addresses: pretended(peer),
        destinationPort: 81,
      }),
    );
    expect(await watch.first('connect', () => true)).toMatchObject({
      localAddress: local,
      localPort: PORT,
      remoteAddress: remote,
      remotePort: 80,
    });
    expect(await watch.first('accept', () => true)).toMatchObject({
      localAddress: local,
      localPort: 81,
      remoteAddress: remote,
      remotePort: PORT,
    });
  });
});

library('UDP', () => {
  /** A socket of this process. */
  async function ownSocket(): Promise<number> {
    const socket = createSocket('udp4');
    made.push({ close: () => socket.close() });
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return (socket.address() as AddressInfo).port;
  }
  const self = (): TaskFields => ({
    pid: process.pid,
    tid: process.pid,
    comm: readFileSync('/proc/self/comm', 'utf8').trim(),
  });
  const send = (port: number, changes: Partial<EventFields> = {}): EventFields => ({
    type: ETYPE.send,
    source: '127.0.0.1',
    sourcePort: port,
    destination: '127.0.0.53',
    destinationPort: 53,
    ...changes,
  });

  test('who has the socket has sent; bytes are not known', async () => {
    const { library, watch } = lab();
    const port = await ownSocket();
    library.tell(send(port, { process: self() }));
    expect(await watch.first('datagram', () => true)).toMatchObject({
      phase: 'first',
      protocol: 17,
      localAddress: '127.0.0.1',
      localPort: port,
      remoteAddress: '127.0.0.53',
      remotePort: 53,
      side: 'client',
      owner: { pid: process.pid, evidence: 'kernel' },
      bytesSent: null,
      bytesReceived: null,
      packetsSent: null,
      packetsReceived: null,
      socket: null,
    });
  });

  test('whoever happened to run when a datagram left is not its owner', async () => {
    const { library, watch } = lab();
    const bystander = await livingProcess();
    library.tell(send(await ownSocket(), { process: bystander }));
    expect((await watch.first('datagram', () => true)).owner).toBeNull();
    expect(watch.all('process')).toEqual([]);
  });

  test('what was received has its peers the right way round, and the owner that answers', async () => {
    const { library, watch } = lab();
    const port = await ownSocket();
    const received = {
      source: '127.0.0.53',
      sourcePort: 53,
      destination: '127.0.0.1',
      destinationPort: port,
    };
    // As the library tells it: sent, in a packet that was not.
    library.tell(send(port, { ...received, sent: false }));
    const first = await watch.first('datagram', () => true);
    expect(first).toMatchObject({
      phase: 'first',
      localPort: port,
      remotePort: 53,
      side: 'server',
      owner: null,
    });
    library.tell(send(port, { process: self() }));
    const answered = await watch.first('datagram', ({ phase }) => phase === 'update');
    expect(answered).toMatchObject({ localPort: port, side: 'server', owner: { pid: process.pid } });
    library.tell(send(port, { ...received, type: ETYPE.receive, sent: false }));
    await watch.until('datagram', ({ phase, owner }) => phase === 'update' && owner?.pid === process.pid, 2);
  });
});

library('accounts and containment', () => {
  /** produced = delivered + dropped + buffered, with nothing left in the buffer. */
  async function settled(watch: Watch, produced: number) {
    for (let i = 0; i < 250; i++) {
      const account = watch.introspection.account();
      if (account.produced >= produced && account.buffered === 0) break;
      await pause(20);
    }
    const account = watch.introspection.account();
    const dropped = Object.values(account.dropped).reduce((sum, count) => sum + count, 0);
    expect(account.produced).toBe(account.delivered + dropped + account.buffered);
    expect(account.buffered).toBe(0);
    expect(account.produced).toBeGreaterThanOrEqual(produced);
    expect(watch.records.length).toBe(account.delivered);
    return account;
  }

  test('events that make no sense are dropped by name, and those between them told', async () => {
    const { library, watch } = lab();
    const hex = (bytes: Buffer) => `event ${bytes.toString('hex')}`;
    library.tell(connect());
    library.perform(
      hex(Buffer.alloc(288, 0xff)),
      hex(Buffer.alloc(288)),
      hex(Buffer.alloc(100)),
      hex(eventBytes(connect({ type: 400 }))),
      hex(eventBytes(connect({ version: 5 }))),
      hex(eventBytes(connect({ protocol: 17 }))),
      hex(eventBytes(connect({ sourcePort: 0, destinationPort: 0 }))),
      hex(eventBytes(connect({ type: ETYPE.close, destinationPort: 0 }))),
      // What perf adds behind an event.
      hex(Buffer.concat([eventBytes(connect({ sourcePort: PORT + 1 })), Buffer.alloc(4, 0xee)])),
    );
    const account = await settled(watch, 10);
    expect(account.dropped).toMatchObject({ 'unknown size': 1, 'not understood': 6, 'no conversation': 1 });
    expect(watch.all('connect').map(({ localPort }) => localPort)).toEqual([PORT, PORT + 1]);
  });

  test('texts without an end, impossible numbers and times of another clock do no harm', async () => {
    const { library, watch } = lab();
    const wild = { pid: 0xffff_ffff, tid: 0xffff_ffff, comm: 'x'.repeat(16) };
    library.tell(
      connect({ process: wild, parent: wild, interfaceName: 'y'.repeat(16), time: 1n }),
      connect({ sourcePort: PORT + 1, process: { ...wild, pid: 2, tid: 4_000_000 }, time: 2n ** 64n - 1n }),
      connect({ sourcePort: PORT + 2, interfaceName: '\u001b[31m' }),
    );
    await watch.until('connect', () => true, 3);
    const [first, second, third] = watch.all('connect').sort((a, b) => a.localPort - b.localPort);
    expect(first).toMatchObject({ owner: null, interfaceName: '' });
    expect(second?.owner).toMatchObject({ pid: 4_000_000, comm: 'x'.repeat(15) });
    expect(third?.interfaceName).toBe('');
    for (const record of [first, second]) expect(Math.abs(record!.time - Date.now())).toBeLessThan(10_000);
  });

  test('a flood is told or counted, to the last event', async () => {
    const { library, watch } = lab();
    const send = eventBytes({ ...connect(), type: ETYPE.send });
    library.perform(
      `flood 300000 ${send.toString('hex')}`,
      `flood 1 ${eventBytes(connect()).toString('hex')}`,
    );
    await watch.first('connect', () => true, 20_000);
    const account = await settled(watch, 300_001);
    expect(watch.all('datagram').length + account.dropped['too many']!).toBe(300_000);
    expect(watch.all('datagram').length).toBeGreaterThan(10_000);
  }, 60_000);

  test('a library that does not wait is waited for', async () => {
    const { library, watch } = lab();
    library.perform('busy');
    await pause(500);
    library.perform('count');
    for (let i = 0; i < 100 && library.polls === null; i++) await pause(20);
    expect(library.polls).toBeLessThan(100);
    expect(watch.introspection.account().produced).toBe(0);
  });

  test.each([['hang'], [`endless ${eventBytes({ ...connect(), type: ETYPE.send }).toString('hex')}`]])(
    'one that never returns does not keep the agent: %#',
    (script) => {
      const library = standIn();
      const program = `${openScript({ source: 'libebpfflow', library: library.path })}
        require('fs').appendFileSync(${JSON.stringify(`${library.path}.script`)}, ${JSON.stringify(`${script}\n`)});
        setTimeout(() => { opened.close(); console.log('closed'); process.exit(0); }, 300);`;
      const child = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8', timeout: 15_000 });
      expect([child.stdout, child.stderr, child.status, child.signal]).toEqual(['closed\n', '', 0, null]);
    },
    20_000,
  );

  test('close ends the library, delivers nothing more, and may be called twice', async () => {
    const { library, watch } = lab();
    library.tell(connect());
    await watch.first('connect', () => true);
    watch.close();
    expect(library.isTerminated).toBe(true);
    const told = watch.records.length;
    library.tell(connect({ sourcePort: PORT + 1 }));
    watch.close();
    await pause(200);
    expect(watch.records.length).toBe(told);
  });
});
