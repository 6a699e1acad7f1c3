/** A collector in this process, on ports that the system chooses, with a state directory of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
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
  type InterfaceInfo,
  interfacesSchema,
  type Listening,
  listeningSchema,
} from '@packetless/live';
import { parseNetwork } from '@packetless/model';
import { parseEndpoints } from '@packetless/wire';
import { type Collector, type CollectorOptions, createCollector } from '../src/collector.js';
import { createLog } from '../src/log.js';
import { Sender } from './sender.js';
import { waitFor } from './wait.js';

export class RunningCollector {
  private constructor(
    readonly collector: Collector,
    readonly log: readonly string[],
    private readonly directory: string,
    private readonly senders: Sender[] = [],
  ) {}

  static async start(options: Partial<CollectorOptions> = {}): Promise<RunningCollector> {
    const directory = mkdtempSync(join(tmpdir(), 'packetless-collector-'));
    const log: string[] = [];
    const collector = createCollector({
      interfaces: [zmqInterface('tcp://127.0.0.1:*c')],
      localNetworks: [parseNetwork('192.168.2.0/24')!],
      web: { host: '127.0.0.1', port: 0 },
      stateDirectory: { path: directory, required: true },
      idleMs: 60_000,
      endedMs: 60_000,
      maxFlows: 4096,
      log: createLog('info', (line) => log.push(line)),
      ...options,
    });
    const running = new RunningCollector(collector, log, directory);
    try {
      await collector.start();
    } catch (error) {
      await running.stop();
      throw error;
    }
    return running;
  }

  get url(): string {
    return this.collector.address!.url;
  }

  get port(): number {
    return this.collector.address!.port;
  }

  get(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.url}${path}`, init);
  }

  async flows(query: { [name: string]: string } = {}): Promise<Flows> {
    return flowsSchema.parse(await this.#json(`flows?${new URLSearchParams(query)}`));
  }

  async agents(): Promise<Agents> {
    return agentsSchema.parse(await this.#json('agents'));
  }

  async listening(query: { [name: string]: string } = {}): Promise<Listening> {
    return listeningSchema.parse(await this.#json(`listening?${new URLSearchParams(query)}`));
  }

  async counters(query: { [name: string]: string } = {}): Promise<Counters> {
    return countersSchema.parse(await this.#json(`counters?${new URLSearchParams(query)}`));
  }

  async health(): Promise<Health> {
    return healthSchema.parse(await this.#json('health'));
  }

  /** By its place on the command line. */
  async interface(index = 0): Promise<InterfaceInfo> {
    return interfacesSchema.parse(await this.#json('interfaces')).interfaces[index]!;
  }

  /** A publisher to that interface, which the collector has subscribed to. */
  async sender(index = 0): Promise<Sender> {
    const sender = Sender.connect(this.collector.listening[index]!.address);
    this.senders.push(sender);
    // Whoever publishes is not told of subscriptions: say something of no use until it is heard.
    const before = (await this.interface(index)).messages;
    await waitFor('the subscription', async () => {
      await sender.send('hello', '{}', { layout: 'v0' });
      return (await this.interface(index)).messages > before;
    });
    return sender;
  }

  async stop(): Promise<void> {
    for (const sender of this.senders) sender.close();
    await this.collector.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  async #json(path: string): Promise<unknown> {
    const response = await this.get(`api/v1/${path}`);
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }
}

export function zmqInterface(name: string) {
  return { kind: 'zmq' as const, name, endpoints: parseEndpoints(name, 'collector') };
}
