/** A fake host with everything that watches it: an agent on the machine, as on any host, and its collector. */
import type { Flow } from '@packetless/model';
import type { Cleanup } from '../harness/cleanup.js';
import { Collector, startAgent } from '../harness/packetless.js';
import type { Program } from '../harness/program.js';
import type { Call } from '../harness/traffic.js';
import { waitFor } from '../harness/wait.js';
import { FakeHost, type RuntimeName } from './fake-host.js';

/** A few looks of the agent, on a machine that has other things to do. */
export const SOON_MS = 20_000;
/** Serves on every address of the container, for `traffic call`. */
export const SERVE = ['traffic', 'serve', 'tcp', '0.0.0.0', '80'];

export class Stage {
  private constructor(
    readonly cleanup: Cleanup,
    readonly host: FakeHost,
    readonly collector: Collector,
    readonly agent: Program,
  ) {}

  /** `args`: further arguments of the agent. */
  static async start(
    cleanup: Cleanup,
    runtimes: readonly RuntimeName[],
    args: readonly string[] = [],
  ): Promise<Stage> {
    return Stage.around(cleanup, await FakeHost.start(cleanup, runtimes), args);
  }

  /** Watches a host that is there already. */
  static async around(cleanup: Cleanup, host: FakeHost, args: readonly string[] = []): Promise<Stage> {
    const collector = await Collector.start(cleanup);
    const all = ['--interval', '1', ...host.agentArguments, ...args];
    return new Stage(cleanup, host, collector, await startAgent(cleanup, collector, { args: all }));
  }

  /** Waits for a flow that the filter chooses and the condition holds for. */
  async flow(filter: string, condition: (flow: Flow) => boolean): Promise<Flow> {
    let last: readonly Flow[] = [];
    try {
      return await waitFor(
        `a flow with ${filter}`,
        async () => {
          last = (await this.collector.flows({ filter })).flows;
          return last.find(condition);
        },
        SOON_MS,
      );
    } catch (error) {
      throw new Error(`${error}; last seen: ${JSON.stringify(last, null, 1)}`, { cause: error });
    }
  }

  /**
   * Waits until a conversation, as the program `traffic` has told of it, is over, and the containers at both ends have
   * names.
   */
  named(address: string, call: Call): Promise<Flow> {
    return this.flow(
      `server:${address} clientport:${call.port}`,
      ({ client, server, state, bytes }) =>
        [client, server].every(({ container }) => container !== null && container.name !== null) &&
        state === 'CLOSE' &&
        bytes.received === call.received,
    );
  }
}

/** What `traffic call` has printed. */
export function callOf(output: string): Call {
  return JSON.parse(output) as Call;
}
