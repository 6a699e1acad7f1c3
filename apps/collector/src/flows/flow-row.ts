/** A flow of a table, read out as REST and the page show it. */
import { type Flow, type FlowEndpoint, isIPv4, protocolName, TCP } from '@packetless/model';
import { communityId } from '@packetless/model/community-id';
import { applicationOf, categoryOf } from './application.js';
import { bytesTraffic, packetsTraffic, wireVlan } from './counters.js';
import { readStoredAddress, storedAddressText } from './flow-key.js';
import type { FlowStore } from './flow-store.js';
import type { FlowTable } from './flow-table.js';
import { readWitnesses } from './flow-witnesses.js';
import { readHealth, readTime } from './health.js';
import type { Hostnames } from './hostnames.js';
import { storedFailure, storedState } from './merge.js';
import { storedReason, storedReasonSide } from './reasons.js';
import {
  CLIENT,
  FAILURE_CODES,
  FIRST_SEEN,
  GENERATION,
  IDENTITY,
  KIND,
  LAST_SEEN,
  LATENCY,
  LIVE,
  LOCAL,
  PORTS,
  REVISION,
  SERVER,
  type SideIndex,
  STATES,
} from './record-layout.js';
import { serverNameOf } from './server-name.js';
import type { Services } from './services.js';

/** Valid until its table changes. */
export interface FlowRow {
  readonly id: string;
  /** Another one whenever this flow changes, or a container of its. */
  readonly revision: string;
  /** Reads everything out. Throws when the flow has gone meanwhile. */
  toFlow(): Flow;
}

/** The parts of a table that a row is read from. */
type Source = Pick<FlowTable, 'store' | 'services' | 'hostnames' | 'aliasOf' | 'interfaceName'>;

export function createFlowRow(source: Source, slot: number, id: string): FlowRow {
  const { store } = source;
  const generation = store.word(slot, GENERATION);
  return {
    id,
    revision: revisionOf(source, slot),
    toFlow() {
      if (!store.flag(slot, LIVE) || store.word(slot, GENERATION) !== generation)
        throw new Error(`Flow ${id} is no longer in the table.`);
      return readFlow(source, slot, id);
    },
  };
}

const SIDES: readonly SideIndex[] = [CLIENT, SERVER];

function revisionOf({ store, services, hostnames }: Source, slot: number): string {
  let revision = String(store.word(slot, REVISION));
  for (const side of SIDES) {
    const container = store.identities.get(store.word(slot, IDENTITY + side))?.container;
    if (container != null) revision += ` ${container.revision}`;
    if (services.revision > 0) revision += ` ${serviceAt(store, services, slot, side)}`;
    if (hostnames.revision > 0) revision += ` ${hostnameAt(store, hostnames, slot, side)}`;
  }
  return revision;
}

/** Null for an address that stands for none. */
function serviceAt(store: FlowStore, services: Services, slot: number, side: SideIndex): string | null {
  const names = services.servicesAt(storedAddressText(store, slot, side));
  return names.length === 0 ? null : names.join(', ');
}

function hostnameAt(store: FlowStore, hostnames: Hostnames, slot: number, side: SideIndex): string | null {
  return hostnames.revision === 0 ? null : hostnames.hostnameAt(storedAddressText(store, slot, side));
}

function readFlow(source: Source, slot: number, id: string): Flow {
  const { store, interfaceName } = source;
  const clientAddress = new Uint8Array(16);
  const serverAddress = new Uint8Array(16);
  readStoredAddress(store, slot, CLIENT, clientAddress);
  readStoredAddress(store, slot, SERVER, serverAddress);
  const protocol = store.word(slot, KIND) & 0xff;
  const client = readEndpoint(source, slot, CLIENT, clientAddress);
  const server = readEndpoint(source, slot, SERVER, serverAddress);
  const firstSeen = store.number(slot, FIRST_SEEN);
  const lastSeen = store.number(slot, LAST_SEEN);
  return {
    id,
    communityId: communityId(protocol, clientAddress, client.port, serverAddress, server.port),
    interface: interfaceName,
    protocol: protocolName(protocol),
    ipVersion: isIPv4(clientAddress) && isIPv4(serverAddress) ? 4 : 6,
    client,
    server,
    translation: store.translated.get(slot)?.after ?? null,
    state: STATES[storedState(store, slot)]!,
    interfaceName: store.interfaceNames.get(store.word(slot, KIND) >>> 16),
    vlan: wireVlan(store, slot),
    firstSeen,
    lastSeen,
    durationMs: lastSeen - firstSeen,
    bytes: bytesTraffic(store, slot),
    packets: packetsTraffic(store, slot),
    tcp: protocol === TCP ? readTcp(store, slot) : null,
    serverName: serverNameOf(store, slot),
    application: applicationOf(store, slot),
    category: categoryOf(store, slot),
    witnesses: readWitnesses(store, slot),
    additional: store.additional.get(slot),
  };
}

function readEndpoint(
  { store, services, hostnames, aliasOf }: Source,
  slot: number,
  side: SideIndex,
  address: Uint8Array,
): FlowEndpoint {
  const identity = store.identities.get(store.word(slot, IDENTITY + side));
  const ports = store.word(slot, PORTS);
  return {
    address: storedAddressText(store, slot, side),
    port: side === CLIENT ? ports >>> 16 : ports & 0xffff,
    local: store.flag(slot, LOCAL << side),
    network: aliasOf(address, 0),
    service: serviceAt(store, services, slot, side),
    hostname: hostnameAt(store, hostnames, slot, side),
    process: identity?.process ?? null,
    container: identity?.container?.description ?? null,
  };
}

function readTcp(store: FlowStore, slot: number): Flow['tcp'] {
  return {
    connectLatencyMs: readTime(store, slot, LATENCY),
    client: readHealth(store, slot, CLIENT),
    server: readHealth(store, slot, SERVER),
    failure: FAILURE_CODES[storedFailure(store, slot)]!,
    reason: store.reasons.get(storedReason(store, slot)),
    reasonSide: storedReasonSide(store, slot),
  };
}
