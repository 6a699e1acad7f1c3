/** The real programs, as a user starts them. */
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Agents,
  agentsSchema,
  type Counters,
  countersSchema,
  type Flows,
  flowsSchema,
  type Health,
  healthSchema,
  type Listening,
  listeningSchema,
} from '@packetless/live';
import type { Flow } from '@packetless/model';
import type { Cleanup } from './cleanup.js';
import { type Place, Program } from './program.js';
import { ROOT } from './root.js';
import { waitFor } from './wait.js';

/** The programs' files, for node. */
export const BIN = {
  agent: join(ROOT, 'apps/agent/bin/packetless-agent.js'),
  collector: join(ROOT, 'apps/collector/bin/packetless-collector.js'),
};

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export class Collector {
  program!: Program;

  private constructor(
    readonly webPort: number,
    readonly zmqPort: number,
    private readonly cleanup: Cleanup,
    private readonly args: readonly string[],
  ) {}

  /** Starts a collector on free ports of loopback and waits until it answers. */
  static async start(cleanup: Cleanup, args: readonly string[] = []): Promise<Collector> {
    const collector = new Collector(await freePort(), await freePort(), cleanup, args);
    cleanup.add(() => rmSync(collector.ipcEndpoint.slice('ipc://'.length, -1), { force: true }));
    await collector.start();
    return collector;
  }

  /** Starts the program again after `program.stop()`, on the same ports. */
  async start(): Promise<void> {
    const command = [
      process.execPath,
      BIN.collector,
      '-i',
      this.interfaceName,
      '-w',
      `127.0.0.1:${this.webPort}`,
    ];
    this.program = new Program([...command, ...this.args], this.cleanup);
    await waitFor(
      'the collector to answer',
      () => {
        if (this.program.exit !== null) throw new Error(this.program.stderr);
        return this.health();
      },
      20_000,
    );
  }

  /** One interface with two endpoints. */
  get interfaceName(): string {
    return `tcp://127.0.0.1:${this.zmqPort}c,${this.ipcEndpoint}`;
  }

  /** Reached from any network namespace of this machine. */
  get ipcEndpoint(): string {
    return `ipc://${join(tmpdir(), `packetless-${process.pid}-${this.zmqPort}`)}c`;
  }

  get page(): string {
    return `http://127.0.0.1:${this.webPort}/`;
  }

  async get(path: string): Promise<unknown> {
    const response = await fetch(`${this.page}api/v1/${path}`);
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  async health(): Promise<Health> {
    return healthSchema.parse(await this.get('health'));
  }

  async agents(): Promise<Agents> {
    return agentsSchema.parse(await this.get('agents'));
  }

  async flows(query: Record<string, string> = {}): Promise<Flows> {
    return flowsSchema.parse(await this.get(`flows?${new URLSearchParams({ limit: '1000', ...query })}`));
  }

  async listening(query: Record<string, string> = {}): Promise<Listening> {
    return listeningSchema.parse(
      await this.get(`listening?${new URLSearchParams({ limit: '1000', ...query })}`),
    );
  }

  async counters(query: Record<string, string> = {}): Promise<Counters> {
    return countersSchema.parse(
      await this.get(`counters?${new URLSearchParams({ limit: '1000', ...query })}`),
    );
  }

  /** Waits for exactly one flow that matches the filter and the condition. */
  async flow(
    filter: string,
    condition: (flow: Flow) => boolean = () => true,
    timeoutMs = 15_000,
  ): Promise<Flow> {
    let last: Flows | null = null;
    try {
      return await waitFor(
        `one flow with ${filter}`,
        async () => {
          last = await this.flows({ filter });
          return last.total === 1 && condition(last.flows[0]!) ? last.flows[0]! : null;
        },
        timeoutMs,
      );
    } catch (error) {
      throw new Error(`${String(error)}; last seen: ${JSON.stringify(last, null, 1)}`, { cause: error });
    }
  }
}

export interface AgentOptions {
  readonly args?: readonly string[];
  readonly place?: Place;
  /** How the collector is reached; default: over loopback. */
  readonly endpoint?: string;
}

/** Starts an agent that exports to the collector, and waits until the collector has heard of it. */
export async function startAgent(
  cleanup: Cleanup,
  collector: Collector,
  options: AgentOptions = {},
): Promise<Program> {
  const before = (await collector.agents()).agents;
  const endpoint = options.endpoint ?? `tcp://127.0.0.1:${collector.zmqPort}c`;
  const command = [process.execPath, BIN.agent, '--zmq', endpoint, ...(options.args ?? [])];
  const program = new Program(command, cleanup, options.place);
  await waitFor(
    'the collector to hear of the agent',
    async () => {
      if (program.exit !== null) throw new Error(program.stderr);
      const { agents } = await collector.agents();
      return agents.some((agent) => {
        const known = before.find((earlier) => earlier.id === agent.id);
        return (
          agent.online && agent.source !== null && (known === undefined || agent.restarts > known.restarts)
        );
      });
    },
    20_000,
  );
  return program;
}
