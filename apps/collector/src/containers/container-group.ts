/** A container, or all containers of a pod, a namespace or a workload, with what their flows amount to. */
import { createHash } from 'node:crypto';
import type { ContainerGroup as ContainerGroupInfo, ContainerGroupKind } from '@packetless/live';
import type { Container, FilterFlag, FilterGroup, FilterIdentity, NumberField } from '@packetless/model';
import type { FlowStore } from '../flows/flow-store.js';
import { CLIENT, SERVER } from '../flows/record-layout.js';
import type { KnownContainer } from './known-container.js';
import { Tally } from './tally.js';

/** Images, runtimes and hosts that a row lists. */
const MAX_LISTED = 8;
/** Containers that are looked at for what a group has in common. */
const MAX_COMPARED = 256;

export class ContainerGroup implements FilterGroup {
  readonly #containers: KnownContainer[] = [];
  #tally: Tally | null = null;
  #summary: Summary | null = null;
  #members: readonly FilterIdentity[] | null = null;

  constructor(
    readonly kind: ContainerGroupKind,
    /** What tells it from others of its kind. */
    readonly key: string,
  ) {}

  join(container: KnownContainer): void {
    this.#containers.push(container);
  }

  /** Counts a flow of which one end is in the group, or both. */
  count(store: FlowStore, slot: number, isClient: boolean, isServer: boolean): void {
    this.#tally ??= new Tally();
    this.#tally.add(store, slot, isClient, isServer);
  }

  get tally(): Tally {
    return this.#tally ?? NOTHING;
  }

  get members(): readonly FilterIdentity[] {
    this.#members ??= this.#containers.map(({ description }) => ({ process: null, container: description }));
    return this.#members;
  }

  get witnesses(): readonly string[] {
    return this.summary.hosts.map(({ name }) => name);
  }

  get summary(): Summary {
    this.#summary ??= summarise(this.kind, this.#containers);
    return this.#summary;
  }

  /** The longer of both sides' medians, NaN when none is known. */
  get roundTrip(): number {
    const [client, server] = [this.tally.roundTrip(CLIENT), this.tally.roundTrip(SERVER)];
    return client === null ? (server ?? Number.NaN) : Math.max(client, server ?? client);
  }

  number(field: NumberField): number {
    switch (field) {
      case 'bytes':
      case 'sent':
      case 'received':
      case 'retransmits':
        return this.tally[field];
      case 'rtt':
        return this.roundTrip;
      default:
        return Number.NaN;
    }
  }

  flag(name: FilterFlag): boolean {
    return name === 'failed' && this.tally.failed > 0;
  }

  info(): ContainerGroupInfo {
    const { tally } = this;
    return {
      id: createHash('sha256').update(this.key).digest('base64url').slice(0, 16),
      ...this.summary,
      flows: {
        total: tally.flows,
        living: tally.living,
        asClient: tally.asClient,
        asServer: tally.asServer,
      },
      failed: tally.failed,
      bytes: { sent: known(tally.sent), received: known(tally.received), total: known(tally.bytes) },
      retransmits: known(tally.retransmits),
      rttMs: { asClient: tally.roundTrip(CLIENT), asServer: tally.roundTrip(SERVER) },
      rttVarMs: { asClient: tally.variance(CLIENT), asServer: tally.variance(SERVER) },
      lastSeen: known(tally.lastSeen),
    };
  }
}

/** Most containers of a large host are quiet. */
const NOTHING = new Tally();

type Summary = Omit<
  ContainerGroupInfo,
  'id' | 'flows' | 'failed' | 'bytes' | 'retransmits' | 'rttMs' | 'rttVarMs' | 'lastSeen'
>;

function summarise(kind: ContainerGroupKind, containers: readonly KnownContainer[]): Summary {
  if (kind === 'containers' && containers.length === 1) return summaryOf(containers[0]!);
  const named = containers.filter((each) => each.isNamed);
  const compared = (named.length > 0 ? named : containers)
    .slice(0, MAX_COMPARED)
    .map(({ description }) => description);
  const common = (member: 'name' | 'pod' | 'podUid' | 'namespace' | 'workload') =>
    inCommon(compared.map((each) => each[member]));
  const [pod, podUid] =
    kind === 'containers' || kind === 'pods' ? [common('pod'), common('podUid')] : [null, null];
  const [namespace, workload] = [common('namespace'), kind === 'namespaces' ? null : common('workload')];
  // The sandbox has the name of its pod, and none of the others' images.
  const proper = compared.filter((each) => !each.isSandbox);
  return {
    name: { containers: common('name'), pods: pod, namespaces: namespace, workloads: workload }[kind],
    containerId: kind === 'containers' ? containers[0]!.id : null,
    isSandbox: kind === 'containers' && proper.length === 0,
    pod,
    podUid,
    namespace,
    workload,
    labels: kind === 'containers' || kind === 'pods' ? commonLabels(compared) : {},
    images: distinct((proper.length > 0 ? proper : compared).map(({ image }) => image)),
    runtimes: distinct(compared.map(({ runtime }) => runtime)),
    hosts: hostsOf(containers),
    containers: new Set(containers.filter((each) => !each.description.isSandbox).map(({ id }) => id)).size,
    pods: new Set(containers.flatMap(({ description }) => podKey(description) ?? [])).size,
  };
}

/** As below, of one container: most groups are that, and there may be many. */
function summaryOf({ id, description, witness }: KnownContainer): Summary {
  const { name, pod, podUid, namespace, workload, labels, image, runtime, isSandbox } = description;
  return {
    name,
    containerId: id,
    isSandbox,
    pod,
    podUid,
    namespace,
    workload,
    labels,
    images: image === null ? [] : [image],
    runtimes: runtime === null ? [] : [runtime],
    hosts: [{ id: witness.id, name: witness.name }],
    containers: isSandbox ? 0 : 1,
    pods: podKey(description) === null ? 0 : 1,
  };
}

/** What tells its pod from others of its namespace; null where it is in none. */
function podKey({ pod, namespace, podUid }: Container): string | null {
  return pod === null ? podUid : `${namespace ?? ''}/${pod}`;
}

/** Null when two are known to differ, or none is known. */
function inCommon(texts: readonly (string | null)[]): string | null {
  let common: string | null = null;
  for (const text of texts) {
    if (text === null) continue;
    if (common !== null && text !== common) return null;
    common = text;
  }
  return common;
}

function commonLabels(containers: readonly Container[]): { [label: string]: string } {
  const common: { [label: string]: string } = { ...containers[0]?.labels };
  for (const { labels } of containers) {
    for (const label of Object.keys(common)) if (labels[label] !== common[label]) delete common[label];
  }
  return common;
}

function distinct(texts: readonly (string | null)[]): string[] {
  const known = new Set(texts.filter((text) => text !== null));
  return [...known].sort().slice(0, MAX_LISTED);
}

function hostsOf(containers: readonly KnownContainer[]): { id: string; name: string }[] {
  const hosts = new Map<string, string>();
  for (const { witness } of containers) {
    if (hosts.size < MAX_LISTED) hosts.set(witness.id, witness.name);
  }
  return Array.from(hosts, ([id, name]) => ({ id, name }));
}

function known(number: number): number | null {
  return Number.isNaN(number) ? null : number;
}
