/** The composition root: inputs → agents and interfaces → REST, metrics and live page. */
import { applicationDetection } from '@packetless/capture';
import type { Network } from '@packetless/model';
import { Agents } from './agents/agents.js';
import { GroupCounts } from './containers/group-counts.js';
import { MAX_SPAN_MS } from './flows/flow-table.js';
import { HealthWatch } from './health.js';
import { builtUiDirectory } from './http/ui.js';
import { WebServer } from './http/web-server.js';
import { PacketInput } from './input/packet-input.js';
import { type Listening, ZmqInput } from './input/zmq-input.js';
import { Dispatcher } from './interfaces/dispatcher.js';
import { type Input, Interface } from './interfaces/interface.js';
import { InterfaceSettings } from './interfaces/interface-settings.js';
import { LocalNetworks } from './interfaces/local-networks.js';
import type { ApiServerOptions } from './kubernetes/api-server.js';
import { Cluster } from './kubernetes/cluster.js';
import type { CollectionTiming } from './kubernetes/collection.js';
import { LIVE_LIMITS, LiveHub, type LiveLimits } from './live/live-hub.js';
import { RowJsonCache } from './live/row-json.js';
import type { Logger } from './log.js';
import type {
  InterfaceOptions,
  PacketInterfaceOptions,
  StateDirectoryOptions,
  ZmqInterfaceOptions,
} from './options.js';
import { PACKET_DEFAULTS, type PacketOptions } from './packet-options.js';
import { StartError } from './start-error.js';
import { StateDirectory } from './state-directory.js';
import { Translations } from './translations/translations.js';
import { hostInUrl, type WebAddress } from './web-address.js';

export interface CollectorOptions {
  readonly interfaces: readonly InterfaceOptions[];
  readonly localNetworks: readonly Network[];
  /** What is not given is as PACKET_DEFAULTS has it. */
  readonly packets?: Partial<PacketOptions>;
  readonly web: WebAddress;
  readonly stateDirectory: StateDirectoryOptions;
  readonly idleMs: number;
  readonly endedMs: number;
  readonly maxFlows: number;
  /** The API server to ask; null: none. */
  readonly kubernetes?: ApiServerOptions | null;
  readonly kubernetesTiming?: CollectionTiming;
  readonly log: Logger;
  /** The built page; default: that of @packetless/ui. */
  readonly uiDirectory?: string;
  readonly live?: Partial<LiveLimits>;
}

export interface Collector {
  /** Claims the state directory, listens and connects. Rejects with a sentence saying what prevents it. */
  start(): Promise<void>;
  /** Where the page is served; null before `start`. */
  readonly address: (WebAddress & { readonly url: string }) | null;
  /** Where interfaces listen; empty before `start`. */
  readonly listening: readonly Listening[];
  close(): Promise<void>;
}

const HOUSEKEEPING_MS = 1000;
/** Most conversations are not translated; those that are have mostly one translation, sometimes two. */
const TRANSLATIONS_PER_FLOW = 0.5;
const STAYS = { idleMs: MAX_SPAN_MS, endedMs: MAX_SPAN_MS };

export function createCollector(options: CollectorOptions): Collector {
  const { log } = options;
  const agents = new Agents();
  const localNetworks = new LocalNetworks(options.localNetworks);
  const isLocal = (bytes: Uint8Array, offset: number) => localNetworks.isLocal(bytes, offset);
  const settings = new InterfaceSettings(options.interfaces, log);
  const packets = { ...PACKET_DEFAULTS, ...options.packets };
  const inputs: Input[] = [];
  const zmqInputs: ZmqInput[] = [];
  const packetInputs: PacketInput[] = [];
  const cluster =
    options.kubernetes == null
      ? null
      : new Cluster({
          api: options.kubernetes,
          log,
          onContainers: (concerned) => {
            for (const { containers } of interfaces) containers.refresh(concerned);
          },
          ...(options.kubernetesTiming && { timing: options.kubernetesTiming }),
        });
  const translations = new Translations({ capacity: Math.ceil(options.maxFlows * TRANSLATIONS_PER_FLOW) });
  const tableOptions = {
    translations,
    capacity: options.maxFlows,
    isLocal,
    aliasOf: (bytes: Uint8Array, offset: number) => localNetworks.aliasOf(bytes, offset),
    ...(cluster && { services: cluster }),
  };
  const interfaces = options.interfaces.map((given) => {
    const origin = () => self;
    const { input, ...own } = given.kind === 'zmq' ? zmqInput(given, origin) : packetInput(given, origin);
    inputs.push(input);
    const self: Interface = new Interface(given.name, input, { ...tableOptions, ...own }, (one) =>
      settings.of(one),
    );
    if (cluster !== null) self.containers.enrichWith((told) => cluster.enrich(told));
    return self;
  });

  function zmqInput({ name, endpoints }: ZmqInterfaceOptions, origin: () => Interface) {
    const input = new ZmqInput({
      interfaceName: name,
      endpoints,
      agents,
      log,
      deliver: (observation) => dispatcher.dispatch(observation, origin()),
      deliverHost: (event, agent, now) => dispatcher.dispatchHost(event, agent, origin(), now),
    });
    zmqInputs.push(input);
    return { input, idleMs: options.idleMs, endedMs: options.endedMs };
  }

  function packetInput({ name, source }: PacketInterfaceOptions, origin: () => Interface) {
    const input = new PacketInput({
      interfaceName: name,
      source,
      packets,
      maxFlows: options.maxFlows,
      log,
      deliver: (observation) => dispatcher.dispatch(observation, origin()),
    });
    packetInputs.push(input);
    // What a file tells is over already, and stays.
    const spans = 'file' in source ? STAYS : { idleMs: options.idleMs, endedMs: options.endedMs };
    return { input, hostnames: input.hostnames, ...spans };
  }

  const dispatcher = new Dispatcher(interfaces, settings, translations);
  const others = [settings, translations, ...packetInputs, ...(cluster === null ? [] : [cluster])];
  const health = new HealthWatch(interfaces, agents, others);
  const world = {
    interfaces,
    settings,
    agents,
    containers: new GroupCounts(),
    health,
    isLocal,
    rowJson: new RowJsonCache(),
    translations,
  };
  const hub = new LiveHub(world, log, { ...LIVE_LIMITS, ...options.live });
  const uiDirectory = options.uiDirectory ?? builtUiDirectory();
  const web = new WebServer({ address: options.web, uiDirectory, world, hub, log });
  const housekeeping = setInterval(() => {
    const now = Date.now();
    for (const each of interfaces) each.expire(now);
    translations.expire(now, (teller) => agents.isOnline(teller, now));
    for (const input of inputs) input.sample(now);
    health.sample();
    cluster?.tell();
  }, HOUSEKEEPING_MS);
  let state: StateDirectory | null = null;
  let address: WebAddress | null = null;

  async function close(): Promise<void> {
    clearInterval(housekeeping);
    hub.close();
    await Promise.all([...inputs.map((input) => input.close()), cluster?.close()]);
    await web.close();
    hub.terminate();
    await state?.release();
    state = null;
  }

  return {
    async start() {
      try {
        state = await claimState(options.stateDirectory, log);
        await settings.load(state);
        for (const input of inputs) await input.start();
        if (packetInputs.length > 0 && packets.applications) sayWhoRecognises(log);
        cluster?.start();
        // Last, so that whoever gets an answer knows that events are taken.
        address = await web.start();
      } catch (error) {
        await close();
        throw error;
      }
    },
    get address() {
      return address && { ...address, url: `http://${hostInUrl(address.host)}:${address.port}/` };
    },
    get listening() {
      return zmqInputs.flatMap((input) => input.listening);
    },
    close,
  };
}

function sayWhoRecognises(log: Logger): void {
  const detection = applicationDetection();
  if ('version' in detection) log.info(`Applications are recognised by ${detection.version}.`);
  else log.info(`Applications are not recognised: ${detection.reason}.`);
}

async function claimState(
  { path, required }: StateDirectoryOptions,
  log: Logger,
): Promise<StateDirectory | null> {
  try {
    return await StateDirectory.claim(path);
  } catch (error) {
    if (required || !(error instanceof StartError)) throw error;
    log.warn(`${error.message} Until then nothing is kept.`);
    return null;
  }
}
