/** Runs connections.c in a network namespace of its own, so that nothing of it stays. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Cleanup } from '../harness/cleanup.js';
import { makeNamespace } from '../harness/namespace.js';
import { waitFor } from '../harness/wait.js';
import { compileLoad } from './load.js';

export interface Made {
  readonly connections: number;
  readonly perSecond: number;
}

export class Connections {
  private constructor(
    private readonly program: string,
    private readonly namespace: string,
    private readonly cleanup: Cleanup,
  ) {}

  static prepare(cleanup: Cleanup): Connections {
    const namespace = makeNamespace(cleanup);
    return new Connections(compileLoad(cleanup, 'connections'), namespace, cleanup);
  }

  /** `perSecond` 0: as many as the machine makes. The processes live on until `end` or the clean-up. */
  rate(perSecond: number, seconds: number, processes: number) {
    const run = this.#start('rate', perSecond, seconds, processes);
    const made = async (): Promise<Made> => {
      const line = await run.firstLine(seconds * 1000 + 20_000);
      const [connections, nanoseconds] = line.split(' ').map(Number) as [number, number];
      return { connections, perSecond: connections / (nanoseconds / 1e9) };
    };
    return { made, end: run.end };
  }

  /** Resolves when all are open. Both ends are counted. */
  async hold(sockets: number, processes: number) {
    const run = this.#start('hold', sockets, processes);
    await run.firstLine(60_000);
    return { end: run.end };
  }

  #start(...args: readonly (string | number)[]) {
    const command = [`--net=/run/netns/${this.namespace}`, this.program, ...args.map(String)];
    const child = spawn('nsenter', command, { stdio: ['pipe', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    const end = () => endOf(child);
    this.cleanup.add(end);
    const firstLine = async (timeoutMs: number): Promise<string> => {
      await waitFor(
        `${args.join(' ')} to be done`,
        () => output.includes('\n') || child.exitCode !== null,
        timeoutMs,
      );
      if (!output.includes('\n'))
        throw new Error(`connections ${args.join(' ')} failed: exit ${child.exitCode}`);
      return output.split('\n')[0]!;
    };
    return { firstLine, end };
  }
}

async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.stdin!.end();
  const giveUp = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(giveUp);
}
