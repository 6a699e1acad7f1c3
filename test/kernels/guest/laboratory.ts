/** What the facts share during one run of the agent: its events, two network namespaces, and what is older than it. */
import { Cleanup } from '../../harness/cleanup.js';
import { connectNamespaces, makeNamespace } from '../../harness/namespace.js';
import { Program } from '../../harness/program.js';
import { type Call, type Server, Traffic } from '../../harness/traffic.js';
import { waitFor } from '../../harness/wait.js';
import { Events } from './events.js';

/** Where the host side put them. */
const AGENT = '/checks/node_modules/@packetless/agent/bin/packetless-agent.js';
const TRAFFIC = '/checks/traffic';

const START_MS = 40_000;

export const OLD_BYTES = 3000;

/** A process that keeps its conversation until it is told to end. */
export interface Held {
  readonly program: Program;
  readonly call: Call;
}

export class Laboratory {
  private constructor(
    readonly cleanup: Cleanup,
    readonly traffic: Traffic,
    readonly left: string,
    readonly right: string,
    readonly old: { readonly tcp: Server; readonly udp: Server; readonly held: Held },
    readonly events: Events,
    readonly tier: string,
  ) {}

  /** Makes everything and starts an agent with these arguments. */
  static async open(agentArguments: readonly string[]): Promise<Laboratory> {
    const cleanup = new Cleanup();
    try {
      const traffic = new Traffic(cleanup, TRAFFIC);
      const left = makeNamespace(cleanup);
      const right = makeNamespace(cleanup);
      connectNamespaces(
        { namespace: left, device: 'left', addresses: ['10.77.0.1/24', 'fd77::1/64'] },
        { namespace: right, device: 'right', addresses: ['10.77.0.2/24', 'fd77::2/64'] },
      );
      const tcp = await traffic.serve('tcp', '127.0.0.1');
      const udp = await traffic.serve('udp', '127.0.0.1');
      const held = await hold(traffic, cleanup, '127.0.0.1', tcp.port, OLD_BYTES);
      const agent = new Program(
        [process.execPath, AGENT, '--format', 'json', '--interval', '1', ...agentArguments],
        cleanup,
      );
      const tier = await waitFor(
        'the agent to start',
        () => {
          if (agent.exit !== null) throw new Error(`the agent has ended: ${agent.stderr}`);
          return /tier (\S+)\)/.exec(agent.stderr)?.[1];
        },
        START_MS,
      );
      return new Laboratory(cleanup, traffic, left, right, { tcp, udp, held }, new Events(agent), tier);
    } catch (error) {
      await cleanup.run();
      throw error;
    }
  }

  hold(address: string, port: number, bytes: number): Promise<Held> {
    return hold(this.traffic, this.cleanup, address, port, bytes);
  }

  close(): Promise<void> {
    return this.cleanup.run();
  }
}

async function hold(
  traffic: Traffic,
  cleanup: Cleanup,
  address: string,
  port: number,
  bytes: number,
): Promise<Held> {
  const program = new Program([traffic.exe, 'hold', 'tcp', address, String(port), String(bytes)], cleanup);
  const line = await waitFor('a connection to be made', () => {
    if (program.exit !== null) throw new Error(program.stderr);
    return program.lines[0];
  });
  return { program, call: JSON.parse(line) as Call };
}
