/** The whole agent, put together: source → identity → events → sinks. */
import { setTimeout as delay } from 'node:timers/promises';
import { ContainerDirectory } from '@packetless/containers';
import type { KernelAccount } from '@packetless/introspection';
import type { Event, LedgerSnapshot, StatusEvent, TranslationsEvent } from '@packetless/model';
import { eventFilter } from './events/event-filter.js';
import { Pipeline, type PipelineEvent } from './events/pipeline.js';
import { sourceLedger, statusEvent } from './events/status.js';
import { AccountNames } from './identity/account-names.js';
import { CommandLines } from './identity/command-lines.js';
import { ContainerNews } from './identity/container-news.js';
import { Containers, unansweredRuntimes } from './identity/containers.js';
import { findExporter, ownAddresses } from './identity/exporter.js';
import { agentIdentity, Locations, locationOf, readHost } from './identity/host.js';
import { Identifier } from './identity/identify.js';
import { NamespaceNames } from './identity/namespaces.js';
import { Proc } from './identity/proc.js';
import { ProcessTable } from './identity/process-table.js';
import type { AgentOptions } from './options.js';
import { createSinks, type Output } from './sinks/create.js';
import type { Sink } from './sinks/sink.js';
import { chosenSource } from './source/choose.js';
import type { OpenSource, Source } from './source/source.js';

export interface Agent {
  /**
   * Opens the sinks, then the source, so that the first event has somewhere to go.
   * Rejects with `IntrospectionError` (no source here) or `SinkError` (cannot send).
   */
  start(): Promise<void>;
  /** Ends the source, then hands on what is held, for at most a second. */
  stop(): Promise<void>;
  /** Where events come from, and how much of it works; `none` before it was started. */
  readonly source: Pick<Source, 'kind' | 'tier' | 'lost' | 'capabilities'>;
  /** Every hop's account, in the data's order. */
  ledgers(): readonly LedgerSnapshot[];
}

/** Where the agent prints and what it says besides; a test brings its own. */
export interface AgentSurroundings {
  readonly output?: Output;
  /** For the user: state of the connection to a collector and the like. One line, without its end. */
  readonly notice?: (message: string) => void;
  /** The reader of the output went away. */
  readonly onOutputClosed?: () => void;
  /** Takes events besides those that the options ask for. */
  readonly sink?: Sink;
  readonly openSource?: OpenSource;
  /** A source that ends by itself has ended, and the sinks have taken all that it told. */
  readonly onSourceEnded?: () => void;
}

const FLUSH_TIMEOUT_MS = 1000;
/** When a source ended by itself nobody is in a hurry, and a collector may be slow. */
const LAST_FLUSH_TIMEOUT_MS = 10_000;
/** A source that can wait does so while a sink is fuller than this. */
const FULL_ENOUGH = 0.25;
const LOOK_EVERY_MS = 5;
/** All of them, for a collector that heard nothing for a while and let go of them. */
const TRANSLATIONS_AGAIN_MS = 60_000;
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
  readonly #directory: ContainerDirectory;
  readonly #containers: Containers;
  readonly #news: ContainerNews;
  #printing: Sink | null = null;
  #sending: Sink | null = null;
  #sinks: readonly Sink[] = [];
  #exporter: string | null = null;
  #pipeline: Pipeline | null = null;
  #source: Source | null = null;
  #account = NOTHING;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #notice = (message: string) => this.surroundings.notice?.(message);
  #stopped = false;
  #flushMs = FLUSH_TIMEOUT_MS;

  constructor(
    private readonly options: AgentOptions,
    private readonly surroundings: AgentSurroundings,
  ) {
    this.#identity = agentIdentity(this.#host, options.name);
    this.#news = new ContainerNews({
      agent: this.#identity.id,
      all: () => this.#directory.all(),
      onEvent: (event) => this.#pipeline?.pass(event),
    });
    this.#directory = new ContainerDirectory({
      ...(options.runtimeSockets === null ? {} : { sockets: options.runtimeSockets }),
      onLearnt: (container) => this.#news.learnt(container),
    });
    this.#containers = new Containers(this.#directory, {
      homeNetns: this.#host.netns,
      hasKernelPids: this.#proc.hasKernelPids,
    });
  }

  get source(): Pick<Source, 'kind' | 'tier' | 'lost' | 'capabilities'> {
    return this.#source ?? { kind: 'none', tier: '', lost: [], capabilities: [] };
  }

  async start(): Promise<void> {
    const { options } = this;
    this.#exporter = options.exporter ?? (await findExporter(options.endpoints));
    const namespaces = new NamespaceNames(this.#host.netns);
    const pipeline = new Pipeline({
      identifier: this.#identifier,
      containers: this.#containers,
      reporter: this.#reporter(),
      selection: options.selection,
      filter: eventFilter(options.filter, { agent: this.#identity.id, name: options.name }),
      home: { location: locationOf(this.#host, this.#host.netns), addresses: ownAddresses },
      namespaceName: (netns) => namespaces.of(netns),
      onEvent: (event) => this.#hand(event),
    });
    this.#pipeline = pipeline;
    const sinks = await createSinks(options, {
      output: this.surroundings.output ?? process.stdout,
      host: this.#host,
      sourceId: this.#identity.sourceId,
      notice: this.#notice,
      onOutputClosed: () => this.surroundings.onOutputClosed?.(),
      onSubscribed: () => this.#greet(),
    });
    this.#printing = sinks.printing;
    this.#sending = sinks.sending;
    this.#sinks = [sinks.printing, sinks.sending, this.surroundings.sink].filter((sink) => sink != null);
    try {
      for (const sink of this.#sinks) await sink.start();
      if (options.source.kind !== 'replay') {
        this.#directory.start();
        this.#news.start();
      }
      const open = this.surroundings.openSource ?? (await chosenSource(options, this.#notice));
      this.#source = open({
        records: (records) => pipeline.take(records),
        events: (events) => {
          for (const event of events) this.#pass(event, pipeline);
        },
        room: () => this.#until((load) => load <= FULL_ENOUGH),
        ended: () => void this.#end(),
      });
    } catch (error) {
      this.#closeContainers();
      await this.#closeSinks();
      throw error;
    }
    this.#timers.push(
      setInterval(() => this.#sendStatus(), options.intervalMs),
      setInterval(() => this.#source?.tellTranslations(), TRANSLATIONS_AGAIN_MS),
      setInterval(() => this.#table.expire(Date.now()), EXPIRE_EVERY_MS),
    );
    this.#sendStatus();
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    this.#stopped = true;
    if (this.#source !== null) {
      this.#source.close();
      this.#closeContainers();
      this.#sendStatus();
    }
    await this.#closeSinks();
  }

  /** The way of events, and in its midst that of names: who a process is may get lost where no event does. */
  ledgers(): readonly LedgerSnapshot[] {
    if (this.#source !== null) this.#account = this.#source.account();
    return [
      sourceLedger(this.source.kind, this.#account, this.#stopped),
      ...(this.#pipeline?.ledgers() ?? []),
      this.#table.ledger.snapshot(),
      this.#proc.ledger.snapshot(),
      this.#directory.ledger.snapshot(),
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
      containerOf: this.#containers.of.bind(this.#containers),
    };
  }

  #hand(event: PipelineEvent): void {
    for (const sink of this.#sinks) {
      if (event.type === 'listening') sink.listening(event);
      else if (event.type === 'counters') sink.counters(event);
      else if (event.type === 'containers') sink.containers(event);
      else if (event.type === 'translations') this.#handTranslations(event, sink);
      else sink.conversation(event);
    }
  }

  /** A collector needs all of them, whichever conversations were chosen. */
  #handTranslations(event: TranslationsEvent, sink: Sink): void {
    if (sink !== this.#printing || this.#printsEverything) sink.translations(event);
  }

  #status(): StatusEvent {
    return statusEvent({
      agent: this.#identity.id,
      name: this.options.name,
      exporter: this.#exporter,
      host: this.#host,
      source: this.source.kind,
      tier: this.source.tier === '' ? null : this.source.tier,
      lost: [...this.source.lost, ...unansweredRuntimes(this.#directory.status())],
      ledgers: this.ledgers(),
    });
  }

  /** A recording holds accounts of its own, and whoever takes it is not to take two agents for the sender of it. */
  #sendStatus(): void {
    if (this.options.source.kind === 'replay') return;
    const status = this.#status();
    this.#sending?.status(status);
    this.#printAccount(status);
  }

  /** Somebody new who knows nothing yet. */
  #greet(): void {
    this.#sendStatus();
    if (this.options.source.kind !== 'replay') this.#news.tellAll();
    this.#source?.tellTranslations();
  }

  #closeContainers(): void {
    this.#news.close();
    this.#directory.close();
  }

  /** An event of a recording. */
  #pass(event: Event, pipeline: Pipeline): void {
    if (event.type === 'status') {
      this.#sending?.status(event);
      this.#printAccount(event);
    } else pipeline.pass(event);
  }

  #printAccount(status: StatusEvent): void {
    if (this.#printsEverything) this.#printing?.status(status);
  }

  /** Who asked for certain events only asked for no accounts, nor for what becomes of others' addresses. */
  get #printsEverything(): boolean {
    const { selection, filter } = this.options;
    return selection.others && filter === null;
  }

  async #end(): Promise<void> {
    await this.#until((load) => load === 0);
    this.#flushMs = LAST_FLUSH_TIMEOUT_MS;
    if (!this.#stopped) this.surroundings.onSourceEnded?.();
  }

  /** Resolves when every sink is as empty as that, or at once when the agent is stopping. */
  async #until(enough: (load: number) => boolean): Promise<void> {
    while (!this.#stopped && !this.#sinks.every(({ load }) => enough(load))) await delay(LOOK_EVERY_MS);
  }

  async #closeSinks(): Promise<void> {
    await Promise.all(this.#sinks.map((sink) => sink.close(this.#flushMs)));
  }
}
