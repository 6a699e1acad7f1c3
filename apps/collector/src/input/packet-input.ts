/** The packets of a network interface or a capture file: flows of the capture → observations, all of it accounted for. */
import {
  type Capture,
  type CaptureAccount,
  CaptureError,
  FLOW_NUMBERS,
  openCapture,
  type PacketFlow,
  type PacketName,
} from '@packetless/capture';
import type { InterfaceInfo } from '@packetless/live';
import type { LedgerSnapshot, Observation } from '@packetless/model';
import type { Input } from '../interfaces/interface.js';
import { ownLocation } from '../location.js';
import type { Logger } from '../log.js';
import { type FlowNames, type PacketOrigin, packetObservation } from '../packet-observations.js';
import type { PacketOptions } from '../packet-options.js';
import { Rate } from '../rate.js';
import { StartError } from '../start-error.js';
import { AddressNames } from './address-names.js';
import { ToldTotals } from './told-totals.js';

export type PacketSource = { readonly interface: string } | { readonly file: string };

export interface PacketInputOptions {
  readonly interfaceName: string;
  readonly source: PacketSource;
  readonly packets: PacketOptions;
  /** The most conversations that are followed at once. */
  readonly maxFlows: number;
  readonly log: Logger;
  deliver(observation: Observation): void;
  /** There are no more packets, and what they told was delivered. */
  onFinished?(): void;
}

/** How often changed flows are told: twice a second looks live and costs little. */
const INTERVAL_MS = 500;
/** The mean over so many seconds is "now". */
const RATE_SECONDS = 5;

/** Flows whose names wait for their next telling; of more the oldest lose theirs. */
const MAX_NAMED = 65_536;
const NO_NAMES: FlowNames = {};

export class PacketInput implements Input {
  readonly kind = 'packets';
  /** No events come this way. */
  readonly events = new Map<string, number>();
  readonly eventsPerSecond = 0;
  readonly messages = 0;
  readonly #options: PacketInputOptions;
  readonly #origin: PacketOrigin;
  /** The flow table may know a conversation longer than the capture does. */
  readonly #totals = new ToldTotals();
  readonly #rate = new Rate(() => this.#account?.received ?? 0, RATE_SECONDS);
  #capture: Capture | null = null;
  #account: CaptureAccount | null = null;
  #bytes = 0;
  #taken = 0;
  #namesLost = 0;
  /** What the hosts of these packets are called. */
  readonly hostnames: AddressNames;
  /** What flows are called whose next telling is to say so. */
  readonly #names = new Map<number, FlowNames>();
  #finished = false;
  #unreadable: string | null = null;

  constructor(options: PacketInputOptions) {
    this.#options = options;
    const { interfaceName: name, source } = options;
    const onInterface = 'interface' in source;
    this.hostnames = new AddressNames({ expires: onInterface });
    this.#origin = {
      witness: { kind: 'packets', name, id: `packets ${name}` },
      interfaceName: onInterface ? source.interface : null,
      location: onInterface ? ownLocation() : null,
    };
  }

  /** Begins to capture; rejects with StartError when it cannot. */
  async start(): Promise<void> {
    const { source, packets, maxFlows } = this.#options;
    const { filter, snaplen, ...more } = packets;
    try {
      this.#capture = openCapture({
        source,
        ...more,
        ...(filter === null ? {} : { filter }),
        ...(snaplen === null ? {} : { snaplen }),
        maxFlows: Math.min(maxFlows, MOST_FLOWS),
        intervalMs: INTERVAL_MS,
        onFlows: (flows) => this.#take(flows),
        onNames: (names) => this.#takeNames(names),
        onEnd: (error) => this.#end(error),
      });
    } catch (error) {
      if (error instanceof CaptureError)
        throw new StartError(`-i ${this.#options.interfaceName}: ${error.message}`, { cause: error });
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#account = this.account();
    this.#capture?.close();
    this.#capture = null;
  }

  /** Called every second. */
  sample(now: number): void {
    this.#account = this.account();
    this.#rate.sample(now);
    this.hostnames.expire(now);
  }

  /** Of IP, as far as they are in flows. */
  get bytes(): number {
    return this.#bytes;
  }

  get location(): string | null {
    return this.#origin.location;
  }

  endpoints(): InterfaceInfo['endpoints'] {
    return [];
  }

  /** What an operator should know, one sentence each. */
  get problems(): string[] {
    const account = this.account();
    const interrupted = account?.interrupted ?? null;
    const strange = account?.undecoded['unknown link'] ?? 0;
    const { interfaceName } = this.#options;
    return [
      interrupted === null ? null : `${interfaceName}: no packets, ${interrupted}.`,
      strange === 0
        ? null
        : `${interfaceName}: ${strange} packet${strange === 1 ? '' : 's'} of a link that is not understood, in no flow.`,
      this.#unreadable,
    ].filter((problem) => problem !== null);
  }

  packets(): InterfaceInfo['packets'] {
    const account = this.account();
    return {
      received: account?.received ?? 0,
      dropped: (account?.droppedByKernel ?? 0) + (account?.droppedByInterface ?? 0),
      perSecond: this.#rate.perSecond,
      interrupted: account?.interrupted ?? null,
      finished: this.#finished,
    };
  }

  /** The capture's own account; after it was closed the last one. */
  account(): CaptureAccount | null {
    return this.#capture?.account() ?? this.#account;
  }

  ledgers(): LedgerSnapshot[] {
    const account = this.account();
    return account === null
      ? []
      : [
          packetsOf(account),
          tellingsOf(account, this.#taken, this.#namesLost),
          this.hostnames.ledger(),
          ...(account.applications.flows === 0 ? [] : [applicationsOf(account)]),
        ];
  }

  #take(flows: readonly PacketFlow[]): void {
    for (const flow of flows) {
      this.#taken++;
      const counted = this.#totals.take(flow);
      this.#bytes += counted.clientBytes + counted.serverBytes;
      const names = this.#names.get(flow.id) ?? NO_NAMES;
      this.#names.delete(flow.id);
      this.#options.deliver(packetObservation(flow, counted, names, this.#origin));
    }
  }

  /** They come before the telling of their flow; what none follows any more finds no flow. */
  #takeNames(names: readonly PacketName[]): void {
    for (const { flow, kind, name, address, time } of names) {
      this.#taken++;
      if (kind === 'dns' || kind === 'dhcp') {
        if (address !== null) this.hostnames.learn({ kind, name, address, time });
        continue;
      }
      if (flow === null) continue;
      this.#names.set(flow, { ...this.#names.get(flow), [kind]: name });
      if (this.#names.size > MAX_NAMED) this.#forgetOldestNames();
    }
  }

  #forgetOldestNames(): void {
    const [flow, names] = this.#names.entries().next().value!;
    const count = Object.keys(names).length;
    this.#names.delete(flow);
    this.#taken -= count;
    this.#namesLost += count;
  }

  #end(error: CaptureError | null): void {
    const { log, interfaceName } = this.#options;
    this.#finished = true;
    while (this.#names.size > 0) this.#forgetOldestNames();
    this.#unreadable = error === null ? null : error.message;
    if (error === null) log.info({ interface: interfaceName }, 'the capture file was read');
    else log.warn(error.message);
    this.#options.onFinished?.();
  }
}

/** The capture's own bound. */
const MOST_FLOWS = FLOW_NUMBERS - 2;

function packetsOf(account: CaptureAccount): LedgerSnapshot {
  const { received, decoded, repeated, undecoded, droppedByKernel, droppedByInterface } = account;
  const dropped = {
    ...undecoded,
    'seen on another interface before': repeated,
    'no room in the kernel’s buffer': droppedByKernel,
    'no room in the interface’s own': droppedByInterface,
  };
  return ledgerOf('capture', received + droppedByKernel + droppedByInterface, decoded, dropped);
}

function tellingsOf({ tellings }: CaptureAccount, taken: number, namesLost: number): LedgerSnapshot {
  const dropped = {
    'no room for changed flows': tellings.lost,
    'not understood': tellings.rejected,
    'no room for names of flows': namesLost,
  };
  // The account may be a moment older than what was told meanwhile.
  const made = Math.max(tellings.made, taken + namesLost + tellings.lost + tellings.rejected);
  return ledgerOf('flows of packets', made, taken, dropped);
}

/** Delivered are those that were looked at to the end, whether or not that told anything. */
function applicationsOf({ applications }: CaptureAccount): LedgerSnapshot {
  const { flows, recognized, unknown, crowdedOut } = applications;
  return ledgerOf('applications', flows, recognized + unknown, { 'too many to recognise': crowdedOut });
}

function ledgerOf(
  hop: string,
  seen: number,
  delivered: number,
  drops: { [reason: string]: number },
): LedgerSnapshot {
  const dropped = Object.fromEntries(Object.entries(drops).filter(([, count]) => count > 0));
  const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
  return { hop, seen, delivered, dropped, inFlight: seen - delivered - lost };
}
