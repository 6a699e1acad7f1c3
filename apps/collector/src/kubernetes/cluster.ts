/**
 * What a Kubernetes API server knows beyond container runtimes: labels of pods, what keeps them running, and the services
 * that addresses stand for. Whatever it does not tell stays unknown; nothing waits for it.
 */
import type { Container } from '@packetless/model';
import type { Logger } from '../log.js';
import { ApiServer, type ApiServerOptions } from './api-server.js';
import { COLLECTION_TIMING, Collection, type CollectionTiming } from './collection.js';
import {
  type Metadata,
  type Owner,
  type Pod,
  readMetadata,
  readPod,
  readService,
  type Service,
} from './objects.js';
import { serviceNames } from './service-names.js';

/** Objects of each kind. */
const CAPACITY = 100_000;
/** Changes are worked in together. */
const SETTLE_MS = 500;

export interface ClusterOptions {
  readonly api: ApiServerOptions;
  readonly log: Logger;
  /** What is known of these containers has changed. */
  readonly onContainers: (concerned: (container: Container) => boolean) => void;
  readonly timing?: CollectionTiming;
}

export class Cluster {
  readonly #options: ClusterOptions;
  readonly #pods: Collection<Pod>;
  readonly #services: Collection<Service>;
  readonly #replicaSets: Collection<Metadata>;
  readonly #jobs: Collection<Metadata>;
  /** Of several of one name the latest. */
  readonly #podsByName = new Map<string, Pod>();
  #names: ReadonlyMap<string, readonly string[]> = new Map();
  #revision = 0;
  /** Pods and owners that changed since the last time. */
  #changed = new Set<string>();
  #servicesChanged = false;
  #timer: NodeJS.Timeout | null = null;
  #told: ReadonlySet<string> = new Set();

  constructor(options: ClusterOptions) {
    this.#options = options;
    const timing = options.timing ?? COLLECTION_TIMING;
    const common = { api: new ApiServer(options.api, timing.answerMs), capacity: CAPACITY, timing };
    const ownerChanged = ({ uid }: Metadata) => this.#note(uid);
    this.#pods = new Collection<Pod>({
      ...common,
      name: 'pods',
      path: '/api/v1/pods',
      metadataOnly: false,
      read: readPod,
      onChange: (pod) => this.#podChanged(pod),
    });
    this.#services = new Collection<Service>({
      ...common,
      name: 'services',
      path: '/api/v1/services',
      metadataOnly: false,
      read: readService,
      onChange: () => this.#note(null),
    });
    this.#replicaSets = new Collection<Metadata>({
      ...common,
      name: 'replicasets',
      path: '/apis/apps/v1/replicasets',
      metadataOnly: true,
      read: readMetadata,
      onChange: ownerChanged,
    });
    this.#jobs = new Collection<Metadata>({
      ...common,
      name: 'jobs',
      path: '/apis/batch/v1/jobs',
      metadataOnly: true,
      read: readMetadata,
      onChange: ownerChanged,
    });
  }

  get #collections(): readonly Collection<Metadata>[] {
    return [
      this.#pods,
      this.#services,
      this.#replicaSets,
      this.#jobs,
    ] as unknown as readonly Collection<Metadata>[];
  }

  start(): void {
    for (const collection of this.#collections) collection.start();
  }

  async close(): Promise<void> {
    await Promise.all(this.#collections.map((collection) => collection.close()));
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  /** What keeps it from being up to date, one sentence each. */
  get problems(): string[] {
    const problems = this.#collections.map(({ problem }) => problem).filter((problem) => problem !== null);
    return [...new Set(problems)];
  }

  /** Tells the log what has become wrong, and that all is well again; call it every second. */
  tell(): void {
    const { log } = this.#options;
    const problems = new Set(this.problems);
    for (const problem of problems) if (!this.#told.has(problem)) log.warn(problem);
    if (problems.size === 0 && this.#told.size > 0) log.info("Kubernetes' API server answers again.");
    this.#told = problems;
  }

  /** The container with what is known of its pod. */
  enrich(told: Container): Container {
    const pod = this.#podOf(told);
    if (pod === null) return told;
    const container = pod.containers.get(told.id);
    return {
      ...told,
      name: told.name ?? container?.name ?? null,
      image: told.image ?? container?.image ?? null,
      pod: told.pod ?? pod.name,
      namespace: told.namespace ?? pod.namespace,
      podUid: told.podUid ?? pod.uid,
      workload: this.#workloadOf(pod) ?? told.workload,
      labels: { ...pod.labels, ...told.labels },
    };
  }

  /** Services that the address stands for, `namespace/name`. */
  servicesAt(address: string): readonly string[] {
    return this.#names.get(address) ?? NONE;
  }

  /** Grows whenever services or their addresses change. */
  get revision(): number {
    return this.#revision;
  }

  /** Whoever tells the uid means that pod, and no other of its name. */
  #podOf({ podUid, pod, namespace }: Container): Pod | null {
    if (podUid !== null) return this.#pods.get(podUid);
    return pod === null || namespace === null ? null : (this.#podsByName.get(`${namespace}/${pod}`) ?? null);
  }

  /** Replica sets and jobs are mostly another's: of a Deployment, of a CronJob. */
  #workloadOf({ owner }: Pod): string | null {
    if (owner === null) return null;
    const above = this.#ownersOf(owner)?.get(owner.uid)?.owner ?? null;
    const { kind, name } = above ?? owner;
    return `${kind}/${name}`;
  }

  #ownersOf({ kind }: Owner): Collection<Metadata> | null {
    if (kind === 'ReplicaSet') return this.#replicaSets;
    return kind === 'Job' ? this.#jobs : null;
  }

  #podChanged(pod: Pod): void {
    const name = `${pod.namespace}/${pod.name}`;
    const known = this.#pods.get(pod.uid);
    if (known !== null) this.#podsByName.set(name, known);
    else if (this.#podsByName.get(name)?.uid === pod.uid) this.#podsByName.delete(name);
    this.#note(pod.uid);
    this.#note(name);
  }

  #note(changed: string | null): void {
    if (changed !== null) this.#changed.add(changed);
    this.#servicesChanged = true;
    this.#timer ??= setTimeout(() => this.#settle(), SETTLE_MS);
  }

  #settle(): void {
    this.#timer = null;
    const changed = this.#changed;
    this.#changed = new Set();
    this.#options.onContainers((container) => this.#concerns(container, changed));
    if (!this.#servicesChanged) return;
    this.#servicesChanged = false;
    const names = serviceNames(this.#services.all(), this.#pods.all());
    if (sameNames(names, this.#names)) return;
    this.#names = names;
    this.#revision++;
  }

  #concerns(container: Container, changed: ReadonlySet<string>): boolean {
    const { podUid, pod, namespace } = container;
    if (podUid !== null && changed.has(podUid)) return true;
    if (pod !== null && changed.has(`${namespace ?? ''}/${pod}`)) return true;
    const owner = this.#podOf(container)?.owner;
    return owner != null && changed.has(owner.uid);
  }
}

const NONE: readonly string[] = [];

function sameNames(
  a: ReadonlyMap<string, readonly string[]>,
  b: ReadonlyMap<string, readonly string[]>,
): boolean {
  if (a.size !== b.size) return false;
  for (const [address, names] of a) if (b.get(address)?.join('\n') !== names.join('\n')) return false;
  return true;
}
