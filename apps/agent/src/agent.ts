/** The whole agent, put together: source → identity → events → sinks. */
import type { Writable } from 'node:stream';
import type { KernelAccount } from '@packetless/introspection';
import type { LedgerSnapshot, StatusEvent } from '@packetless/model';
import { encodeConversation } from '@packetless/wire';
import { Pipeline, type PipelineEvent } from './events/pipeline.js';
import { kernelLedger, statusEvent } from './events/status.js';
import { AccountNames } from './identity/account-names.js';
import { CommandLines } from './identity/command-lines.js';
import { findExporter, ownAddresses } from './identity/exporter.js';
import { agentIdentity, Locations, locationOf, readHost } from './identity/host.js';
import { Identifier } from './identity/identify.js';
import { NamespaceNames } from './identity/namespaces.js';
import { Proc } from './identity/proc.js';
import { ProcessTable } from './identity/process-table.js';
import type { AgentOptions, Format } from './options.js';
import { inertJson } from './sinks/inert.js';
import { jsonLine } from './sinks/json.js';
import { type LineFormat, LineSink } from './sinks/line-sink.js';
import { LineWriter } from './sinks/line-writer.js';
import type { Sink } from './sinks/sink.js';
import { textFormat, wantsColour } from './sinks/text.js';
import { ZmqSink } from './sinks/zmq.js';
import { kernelSource } from './source/kernel.js';
import type { OpenSource, Source } from './source/source.js';

export interface Agent {
  /**
   * Opens the sinks, then the source, so that the first event has somewhere to go.
   * Rejects with `IntrospectionError` (no source here) or `SinkError` (cannot send).
   */
  start(): Promise<void>;
  /** Ends the source, then hands on what is held, for at most a second. */
  stop(): Promise<void>;
  readonly tier: string;
  /** Every hop's account, in the data's order. */
  ledgers(): readonly LedgerSnapshot[];
}

/** Where the agent prints and what it says besides; a test brings its own. */
export interface AgentSurroundings {
  readonly output?: Writable & { readonly isTTY?: boolean };
  /** For the user: state of the connection to a collector and the like. One line, without its end. */
  readonly notice?: (message: string) => void;
  /** The reader of the output went away. */
  readonly onOutputClosed?: () => void;
  readonly openSource?: OpenSource;
  /** A source that ends by itself has ended. */
  readonly onSourceEnded?: () => void;
}

const FLUSH_TIMEOUT_MS = 1000;
const EXPIRE_EVERY_MS = 1000;
const NOTHING: KernelAccount = { produced: 0, delivered: 0, buffered: 0, dropped: {} };

/**
 *     const agent = createAgent(options);
 *     await agent.start();
 *     process.once('SIGTERM', () => agent.stop());
 */
export function createAgent(options: AgentOptions, surroundings: AgentSurroundings = {}): Agent {
  return new ComposedAgent(options, surroundings);
}

class ComposedAgent implements Agent {
  readonly #host = readHost();
  readonly #table = new ProcessTable();
  readonly #proc = new Proc();
  readonly #identifier = new Identifier(
    this.#table,
    new AccountNames(),
    this.#proc,
    new CommandLines(this.#proc),
  );
  readonly #identity;
  readonly #sinks: readonly Sink[];
  #exporter: string | null = null;
  #pipeline: Pipeline | null = null;
  #source: Source | null = null;
  #account = NOTHING;
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly options: AgentOptions,
    private readonly surroundings: AgentSurroundings,
  ) {
    this.#identity = agentIdentity(this.#host, options.name);
    this.#sinks = this.#createSinks();
  }

  get tier(): string {
    return this.#source?.tier ?? '';
  }

  async start(): Promise<void> {
    const { options } = this;
    this.#exporter = options.exporter ?? (await findExporter(options.endpoints));
    const namespaces = new NamespaceNames(this.#host.netns);
    const pipeline = new Pipeline({
      identifier: this.#identifier,
      reporter: this.#reporter(),
      selection: options.selection,
      home: { location: locationOf(this.#host, this.#host.netns), addresses: ownAddresses },
      namespaceName: (netns) => namespaces.of(netns),
      onEvent: (event) => this.#hand(event),
    });
    this.#pipeline = pipeline;
    try {
      for (const sink of this.#sinks) await sink.start();
      const open = this.surroundings.openSource ?? kernelSource({ ...options, source: 'ebpf' });
      this.#source = open({
        records: (records) => pipeline.take(records),
        events: (events) => {
          for (const event of events) if (event.type !== 'status') pipeline.pass(event);
        },
        ended: () => this.surroundings.onSourceEnded?.(),
      });
    } catch (error) {
      await this.#closeSinks();
      throw error;
    }
    this.#timers.push(
      setInterval(() => this.#sendStatus(), options.intervalMs),
      setInterval(() => this.#table.expire(Date.now()), EXPIRE_EVERY_MS),
    );
    this.#sendStatus();
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    if (this.#source !== null) {
      this.#source.close();
      this.#sendStatus();
    }
    await this.#closeSinks();
  }

  /** The way of events, and in its midst that of names: who a process is may get lost where no event does. */
  ledgers(): readonly LedgerSnapshot[] {
    if (this.#source !== null) this.#account = this.#source.account();
    return [
      kernelLedger(this.#account),
      ...(this.#pipeline?.ledgers() ?? []),
      this.#table.ledger.snapshot(),
      this.#proc.ledger.snapshot(),
      ...this.#sinks.flatMap((sink) => sink.ledgers()),
    ];
  }

  #reporter() {
    const locations = new Locations(this.#host);
    return {
      agent: this.#identity.id,
      exporter: this.#exporter,
      location: (netns: number) => locations.of(netns),
      identify: this.#identifier.identify.bind(this.#identifier),
    };
  }

  #hand(event: PipelineEvent): void {
    for (const sink of this.#sinks) {
      if (event.type === 'listening') sink.listening(event);
      else if (event.type === 'counters') sink.counters(event);
      else sink.conversation(event);
    }
  }

  #status(): StatusEvent {
    return statusEvent({
      agent: this.#identity.id,
      name: this.options.name,
      exporter: this.#exporter,
      host: this.#host,
      source: this.#source?.kind ?? 'none',
      tier: this.tier,
      lost: this.#source?.lost ?? [],
      ledgers: this.ledgers(),
    });
  }

  #sendStatus(): void {
    const status = this.#status();
    for (const sink of this.#sinks) sink.status(status);
  }

  #createSinks(): Sink[] {
    const { options, surroundings } = this;
    const sinks: Sink[] = [];
    if (options.print !== null) {
      const output = surroundings.output ?? process.stdout;
      const onClosed = () => surroundings.onOutputClosed?.();
      sinks.push(new LineSink(lineFormat(options.print, output), new LineWriter(output, { onClosed })));
    }
    if (options.endpoints.length > 0) {
      sinks.push(
        new ZmqSink({
          endpoints: options.endpoints,
          sourceId: this.#identity.sourceId,
          notice: surroundings.notice ?? (() => {}),
          onSubscribed: () => this.#sendStatus(),
        }),
      );
    }
    return sinks;
  }

  async #closeSinks(): Promise<void> {
    await Promise.all(this.#sinks.map((sink) => sink.close(FLUSH_TIMEOUT_MS)));
  }
}

function lineFormat(format: Format, output: { readonly isTTY?: boolean }): LineFormat {
  switch (format) {
    case 'json':
      return jsonLine;
    case 'ntop':
      return (event) => inertJson(encodeConversation(event));
    case 'text':
      return textFormat({ colour: wantsColour(output, process.env) });
  }
}
