/** Runs connections.c in a network namespace of its own, so that nothing of it stays. */
import { statSync } from 'node:fs';
import type { Cleanup } from '../harness/cleanup.js';
import { makeNamespace } from '../harness/namespace.js';
import { Helper } from './helper.js';
import { compileLoad } from './load.js';

export interface Made {
  readonly connections: number;
  readonly perSecond: number;
}

export class Connections {
  private constructor(
    private readonly program: string,
    readonly namespace: string,
    private readonly cleanup: Cleanup,
  ) {}

  static prepare(cleanup: Cleanup): Connections {
    const namespace = makeNamespace(cleanup);
    return new Connections(compileLoad(cleanup, 'connections'), namespace, cleanup);
  }

  /** Inode of the network namespace, as records and events name it. */
  get netns(): number {
    return statSync(`/run/netns/${this.namespace}`).ino;
  }

  /** `perSecond` 0: as many as the machine makes. The processes live on until `end`, or the clean-up. */
  rate(perSecond: number, seconds: number, processes: number) {
    const helper = this.#start('rate', perSecond, seconds, processes);
    const made = async (): Promise<Made> => {
      const line = await helper.firstLine(seconds * 1000 + 20_000);
      const [connections, nanoseconds] = line.split(' ').map(Number) as [number, number];
      return { connections, perSecond: connections / (nanoseconds / 1e9) };
    };
    return { made, end: () => helper.end() };
  }

  /** Resolves when all are open. Both ends are counted. */
  async hold(sockets: number, processes: number): Promise<Helper> {
    const helper = this.#start('hold', sockets, processes);
    await helper.firstLine(60_000);
    return helper;
  }

  #start(...args: readonly (string | number)[]): Helper {
    const place = ['nsenter', `--net=/run/netns/${this.namespace}`];
    return new Helper([...place, this.program, ...args.map(String)], this.cleanup);
  }
}
