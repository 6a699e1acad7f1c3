/** What arrives at the endpoints of one ZMQ interface: frames → events → observations, all of it accounted for. */
import type { InterfaceInfo } from '@packetless/live';
import { type Event, Ledger, type LedgerSnapshot, type Observation } from '@packetless/model';
import {
  type Decoded,
  decodeMessage,
  type Endpoint,
  EventSubscriber,
  type RejectReason,
} from '@packetless/wire';
import type { Agent } from '../agents/agent.js';
import type { Agents } from '../agents/agents.js';
import type { HostEvent, Input } from '../interfaces/interface.js';
import type { Logger } from '../log.js';
import { toObservation } from '../observations.js';
import { Rate } from '../rate.js';
import { Numbering } from './numbering.js';

export interface Listening {
  readonly interfaceName: string;
  /** The endpoint as given. */
  readonly text: string;
  /** With the port that the system chose, where it was to choose. */
  readonly address: string;
}

export interface ZmqInputOptions {
  readonly interfaceName: string;
  readonly endpoints: readonly Endpoint[];
  readonly agents: Agents;
  readonly log: Logger;
  deliver(observation: Observation): void;
  /** What an agent tells of its host. */
  deliverHost(event: HostEvent, agent: Agent, now: number): void;
}

/** What is of no use here though nothing is wrong with it, for instance ebpflowexport's binary twins; see isLoss. */
const NOT_USED = { topic: 'topic not used', listening: 'listening socket' } as const;
type NotUsed = (typeof NOT_USED)[keyof typeof NOT_USED];

/** The mean over so many seconds is "now". */
const RATE_SECONDS = 5;
/** One line a minute tells as much about a bad sender as thousands. */
const COMPLAINT_INTERVAL_MS = 60_000;

export class ZmqInput implements Input {
  readonly kind = 'zmq';
  readonly events = new Map<string, number>();
  messages = 0;
  bytes = 0;
  readonly #options: ZmqInputOptions;
  readonly #subscriber: EventSubscriber;
  readonly #numbering = new Numbering<Agent>();
  readonly #transport = new Ledger<'lost on the way'>('transport');
  readonly #receive = new Ledger<RejectReason | NotUsed>('receive');
  readonly #decode = new Ledger<RejectReason | NotUsed>('decode');
  readonly #rate = new Rate(() => this.#decode.delivered, RATE_SECONDS);
  readonly #complainedAt = new Map<RejectReason, number>();

  constructor(options: ZmqInputOptions) {
    this.#options = options;
    this.#subscriber = new EventSubscriber({ endpoints: options.endpoints });
  }

  /** Begins to listen or connect; rejects with a clear message when it cannot. */
  async start(): Promise<void> {
    await this.#subscriber.start((frames) => {
      try {
        this.#receiveMessage(frames);
      } catch (error) {
        // A fault of ours in one message must not cost the others.
        this.#options.log.error(
          { error, interface: this.#options.interfaceName },
          'a message was not understood',
        );
      }
    });
  }

  async close(): Promise<void> {
    await this.#subscriber.close();
  }

  get eventsPerSecond(): number {
    return this.#rate.perSecond;
  }

  /** Called every second. */
  sample(now: number): void {
    this.#rate.sample(now);
  }

  endpoints(): InterfaceInfo['endpoints'] {
    return this.#subscriber
      .peers()
      .map(({ endpoint, peers }) => ({ address: endpoint.text, mode: endpoint.mode, peers }));
  }

  /** Addresses that it listens on, as the system knows them. */
  get listening(): readonly Listening[] {
    return this.#subscriber.boundPorts.map(({ endpoint, address }) => ({
      interfaceName: this.#options.interfaceName,
      text: endpoint.text,
      address,
    }));
  }

  ledgers(): LedgerSnapshot[] {
    return [this.#transport.snapshot(), this.#receive.snapshot(), this.#decode.snapshot()];
  }

  #receiveMessage(frames: readonly Uint8Array[]): void {
    const now = Date.now();
    this.messages++;
    for (const frame of frames) this.bytes += frame.byteLength;
    this.#transport.see();
    this.#transport.deliver();
    const decoded = decodeMessage(frames, now);
    this.#account(decoded, now);
    let sender: Agent | null = null;
    for (const event of decoded.events) {
      const agent = this.#take(event, decoded, now);
      sender ??= agent;
    }
    this.#follow(decoded, sender);
  }

  #take(event: Event, { header }: Decoded, now: number): Agent {
    const { agents, deliver, deliverHost, interfaceName } = this.#options;
    const agent = agents.hear(event, { interfaceName, sourceId: header?.sourceId ?? 0, time: now });
    const kind = kindOf(event);
    this.events.set(kind, (this.events.get(kind) ?? 0) + 1);
    switch (event.type) {
      case 'listening':
      case 'counters':
      case 'containers':
      case 'translations':
        deliverHost(event, agent, now);
        break;
      case 'status':
        break;
      default:
        deliver(toObservation(event, agent.witness));
    }
    return agent;
  }

  #account({ topic, events, rejected, ignored, ignoredCount }: Decoded, now: number): void {
    let refused = 0;
    for (const { reason, count } of rejected) {
      refused += count;
      this.#complain(reason, now);
    }
    this.#receive.see();
    if (ignored !== null && ignored === topic) {
      this.#receive.drop(NOT_USED.topic);
      return;
    }
    if (events.length === 0 && ignoredCount === 0 && refused === 1) {
      this.#receive.drop(rejected[0]!.reason);
      return;
    }
    this.#receive.deliver();
    this.#decode.see(events.length + refused + ignoredCount);
    this.#decode.deliver(events.length);
    for (const { reason, count } of rejected) this.#decode.drop(reason, count);
    if (ignoredCount > 0) this.#decode.drop(NOT_USED.listening, ignoredCount);
  }

  #follow({ header }: Decoded, sender: Agent | null): void {
    if (header === null) return;
    const { missed, restarted, owner } = this.#numbering.track(header, sender);
    if (missed > 0) {
      this.#transport.see(missed);
      this.#transport.drop('lost on the way', missed);
      if (owner !== null) owner.missed += missed;
    }
    if (restarted && owner !== null) owner.restarts++;
    if (header.layout !== 'v0') owner?.useSourceId(header.sourceId);
  }

  #complain(reason: RejectReason, now: number): void {
    if (now - (this.#complainedAt.get(reason) ?? -Infinity) < COMPLAINT_INTERVAL_MS) return;
    this.#complainedAt.set(reason, now);
    const { log, interfaceName } = this.#options;
    log.warn({ interface: interfaceName, reason }, 'refused what a sender sent');
  }
}

function kindOf(event: Event): string {
  return event.type === 'flow' ? (event.name ?? event.type) : event.type;
}
