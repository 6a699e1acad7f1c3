/** Runs connections.c in a network namespace of its own, so that nothing of it stays. */
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import type { Cleanup } from '../harness/cleanup.js';
import { makeNamespace } from '../harness/namespace.js';
import { Helper } from './helper.js';
import { compileLoad } from './load.js';

export interface Made {
  readonly connections: number;
  readonly perSecond: number;
}

const FAR_DEVICE = 'far0';

export class Connections {
  #farEnd: Helper | null = null;

  private constructor(
    private readonly program: string,
    readonly namespace: string,
    private readonly cleanup: Cleanup,
  ) {}

  static prepare(cleanup: Cleanup): Connections {
    const namespace = makeNamespace(cleanup);
    return new Connections(compileLoad(cleanup, 'connections'), namespace, cleanup);
  }

  get #place(): string[] {
    return ['nsenter', `--net=/run/netns/${this.namespace}`];
  }

  /** Inode of the network namespace, as records and events name it. */
  get netns(): number {
    return statSync(`/run/netns/${this.namespace}`).ino;
  }

  /** Both ends here. `perSecond` 0: as many as the machine makes. The processes live on until `end`, or the clean-up. */
  rate(perSecond: number, seconds: number, processes: number) {
    return this.#making('rate', perSecond, seconds, processes);
  }

  /** One end here, the other one where no kernel of this machine knows of it. */
  async far(perSecond: number, seconds: number) {
    await this.#startFarEnd();
    return this.#making('far', perSecond, seconds, 1);
  }

  /** A server behind a device of the namespace (far-end.c). */
  async #startFarEnd(): Promise<void> {
    if (this.#farEnd !== null) return;
    const program = compileLoad(this.cleanup, 'far-end');
    this.#farEnd = new Helper([...this.#place, program, FAR_DEVICE], this.cleanup);
    await this.#farEnd.firstLine(5000);
    const ip = (...args: string[]) => execFileSync('ip', ['-n', this.namespace, ...args]);
    ip('address', 'add', '192.0.2.1/24', 'dev', FAR_DEVICE);
    ip('link', 'set', FAR_DEVICE, 'up');
  }

  #making(how: 'rate' | 'far', perSecond: number, seconds: number, processes: number) {
    const helper = this.#start(how, perSecond, seconds, processes);
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
    return new Helper([...this.#place, this.program, ...args.map(String)], this.cleanup);
  }
}
