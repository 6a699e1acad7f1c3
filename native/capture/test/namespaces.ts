/** Two network namespaces of the test's own, joined by a veth pair, and captures inside of them. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { CaptureAccount, CaptureOptions, PacketFlow } from '../src/index.js';

const here = dirname(fileURLToPath(import.meta.url));

/** Why there can be no namespaces here, null when there can. Printed once, so that nothing is skipped in silence. */
export const cannotTest: string | null = (() => {
  if (process.getuid?.() !== 0) return 'not root';
  try {
    execFileSync('ip', ['-V'], { stdio: 'ignore' });
    return null;
  } catch {
    return 'there is no program ip (apt-get install iproute2)';
  }
})();
if (cannotTest !== null) console.warn(`Tests of live captures are skipped: ${cannotTest}.`);

const run = (command: string, ...args: string[]): string => execFileSync(command, args, { encoding: 'utf8' });

export interface Report {
  readonly account: CaptureAccount;
  readonly flows: readonly PacketFlow[];
}

type Options = Omit<CaptureOptions, 'onFlows' | 'onEnd'>;

/** A capture in a process of its own. */
export class RemoteCapture {
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;

  private constructor(readonly process: ChildProcess) {
    this.#reader = createInterface({ input: process.stdout! });
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  static async start(namespace: string, options: Options, uid?: number): Promise<RemoteCapture> {
    const args = [
      join(here, 'capture-child.mjs'),
      JSON.stringify(options),
      ...(uid === undefined ? [] : [`${uid}`]),
    ];
    const child = spawn('ip', ['netns', 'exec', namespace, process.execPath, ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    const capture = new RemoteCapture(child);
    const first = await capture.#next();
    if ('error' in first) {
      await capture.stop();
      throw Object.assign(new Error((first.error as Error).message), first.error);
    }
    return capture;
  }

  async report(): Promise<Report> {
    this.process.stdin!.write('\n');
    return (await this.#next()) as unknown as Report;
  }

  /** Asks until the answer is as wanted. */
  async until(wanted: (report: Report) => boolean): Promise<Report> {
    const deadline = Date.now() + 15_000;
    for (;;) {
      const report = await this.report();
      if (wanted(report)) return report;
      if (Date.now() > deadline)
        throw new Error(`it did not come to this: ${wanted}; ${JSON.stringify(report)}`);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }

  async stop(): Promise<void> {
    const ended =
      this.process.exitCode !== null ? null : new Promise((resolve) => this.process.once('exit', resolve));
    this.process.stdin!.end();
    await ended;
    this.#reader.close();
  }

  async #next(): Promise<Record<string, unknown>> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('the capture has ended');
    return JSON.parse(value);
  }
}

const SERVE = `
  const server = require('node:net').createServer((peer) => {
    peer.resume().on('end', () => peer.end('x'.repeat(5000)));
    server.close();
  });
  server.listen(7000, () => console.log('listening'));`;
const CALL = `(
  (address) => {
    const client = require('node:net').connect(7000, address, () => client.end('y'.repeat(3000)));
    client.resume();
  })`;

/** `near` and `far` with 10.77.0.1 and 10.77.0.2 on veth0 each. Nothing but what a test sends is on the link. */
export class TwoNamespaces {
  readonly near: string;
  readonly far: string;

  constructor() {
    const tag = `pl-capture-${process.pid}-${Math.random().toString(36).slice(2, 6)}`;
    this.near = `${tag}-a`;
    this.far = `${tag}-b`;
    for (const namespace of [this.near, this.far]) {
      run('ip', 'netns', 'add', namespace);
      this.exec(
        namespace,
        'sysctl',
        '-qw',
        'net.ipv6.conf.all.disable_ipv6=1',
        'net.ipv6.conf.default.disable_ipv6=1',
      );
      this.exec(namespace, 'ip', 'link', 'set', 'lo', 'up');
    }
    this.connect();
  }

  connect(): void {
    run(
      'ip',
      '-n',
      this.near,
      'link',
      'add',
      'veth0',
      'arp',
      'off',
      'type',
      'veth',
      'peer',
      'name',
      'veth0',
      'netns',
      this.far,
      'arp',
      'off',
    );
    for (const [namespace, host, peer] of [
      [this.near, 1, 2],
      [this.far, 2, 1],
    ] as const) {
      run('ip', '-n', namespace, 'link', 'set', 'veth0', 'address', `02:00:00:00:00:0${host}`, 'up');
      run('ip', '-n', namespace, 'address', 'add', `10.77.0.${host}/24`, 'dev', 'veth0');
      run(
        'ip',
        '-n',
        namespace,
        'neighbour',
        'replace',
        `10.77.0.${peer}`,
        'lladdr',
        `02:00:00:00:00:0${peer}`,
        'dev',
        'veth0',
      );
    }
  }

  /** From now on the address of `near` is a bridge's, of which veth0 is a port. */
  bridge(): void {
    const near = (...command: string[]) => run('ip', '-n', this.near, ...command);
    near('link', 'add', 'br0', 'address', '02:00:00:00:00:01', 'type', 'bridge');
    near('address', 'delete', '10.77.0.1/24', 'dev', 'veth0');
    near('link', 'set', 'veth0', 'master', 'br0');
    near('link', 'set', 'br0', 'arp', 'off', 'up');
    near('address', 'add', '10.77.0.1/24', 'dev', 'br0');
    near('neighbour', 'replace', '10.77.0.2', 'lladdr', '02:00:00:00:00:02', 'dev', 'br0');
  }

  /** A client in one namespace sends 3000 bytes by TCP to a server in the other, which answers 5000, and both close. */
  async converse(client: string, server: string, address: string): Promise<void> {
    const listening = spawn('ip', ['netns', 'exec', server, process.execPath, '-e', SERVE], {
      stdio: 'pipe',
    });
    const ended = new Promise((resolve) => listening.once('exit', resolve));
    await new Promise((resolve) => listening.stdout.once('data', resolve));
    this.script(client, `${CALL}('${address}')`);
    await ended;
  }

  exec(namespace: string, ...command: string[]): string {
    return run('ip', 'netns', 'exec', namespace, ...command);
  }

  /** Runs JavaScript in the namespace, to its end. */
  script(namespace: string, source: string): string {
    return this.exec(namespace, process.execPath, '-e', source);
  }

  /** The interface's own counters: received + sent. */
  counters(): { packets: number; bytes: number } {
    const [link] = JSON.parse(run('ip', '-n', this.near, '-j', '-s', 'link', 'show', 'veth0'));
    const { rx, tx } = link.stats64;
    return { packets: rx.packets + tx.packets, bytes: rx.bytes + tx.bytes };
  }

  remove(): void {
    for (const namespace of [this.near, this.far]) run('ip', 'netns', 'delete', namespace);
  }
}
