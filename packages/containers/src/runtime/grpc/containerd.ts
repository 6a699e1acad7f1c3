/**
 * containerd, by its own API what it does not have for Kubernetes: containers of ctr and nerdctl, pods that are just being
 * made. https://github.com/containerd/containerd/tree/main/api
 */
import type { Milliseconds } from '@packetless/model';
import type { ContainerReference } from '../../cgroup/reference.js';
import { type ContainerFacts, factsOf } from '../facts.js';
import { type Heard, type Runtime, referenceOf } from '../runtime.js';
import { RuntimeError } from '../runtime-error.js';
import { memberOf, textOf } from '../text.js';
import { type Connection, loadService, type Service } from './connection.js';
import type { Cri } from './cri.js';
import { readFirstText } from './first-text.js';

/** Names of namespaces in which a container is looked for when its path does not tell. */
const MAX_NAMESPACES = 32;
const NAMESPACES_FOR: Milliseconds = 2_000;
/** What belongs to the CRI. */
const KUBERNETES = 'k8s.io';
/** dockerd's own: it alone knows how they are called. */
const DOCKERS = 'moby';
/** In the language of containerd's filters. */
const FILTERS = ['topic~="^/(containers/(create|update)|tasks/start)$"'];
/** containerd's rule for identifiers. */
const IDENTIFIER = /^[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*$/;
const MAX_IDENTIFIER = 76;
const DIGITS_64 = /^[0-9a-f]{64}$/;

interface Services {
  readonly containers: Service;
  readonly namespaces: Service;
  readonly events: Service;
}

export class Containerd implements Runtime {
  readonly name = 'containerd';
  #namespaces: readonly string[] = [];
  #askedForNamespaces = 0;

  constructor(
    readonly connection: Connection,
    readonly services: Services,
    readonly version: string | null,
    /** Null where it is switched off. */
    readonly cri: Cri | null,
  ) {}

  async find(reference: ContainerReference, signal: AbortSignal): Promise<ContainerFacts | null> {
    const { containerdNamespace } = reference;
    const mayBeOfPod = containerdNamespace === null || containerdNamespace === KUBERNETES;
    const [ofPod, plain] = await Promise.all([
      mayBeOfPod ? (this.cri?.find(reference, signal) ?? null) : null,
      this.#findPlain(reference, signal),
    ]);
    // The CRI knows the pod's labels too, but a container only when it is made, and a pod when it runs.
    return ofPod ?? plain;
  }

  watch(heard: Heard, signal: AbortSignal): Promise<void> {
    const told = async (envelope: object) => {
      const namespace = textOf(memberOf(envelope, 'namespace'));
      const id = readFirstText(memberOf(memberOf(envelope, 'event'), 'value'));
      if (namespace === null || namespace === DOCKERS || id === null) return;
      if (id.length > MAX_IDENTIFIER || !IDENTIFIER.test(id)) return;
      // When it is made the CRI does not know it yet; when it starts it does, and knows more.
      const isNew = memberOf(envelope, 'topic') === '/containers/create';
      await heard({ reference: referenceOf(id, 'containerd', namespace), isNew, facts: null });
    };
    return this.connection.stream(this.services.events.Subscribe!, { filters: FILTERS }, told, signal);
  }

  close(): void {
    this.connection.close();
  }

  async #findPlain(reference: ContainerReference, signal: AbortSignal): Promise<ContainerFacts | null> {
    const { containerdNamespace, podUid } = reference;
    const known = containerdNamespace ?? (podUid === null ? null : KUBERNETES);
    const namespaces = known === null ? await this.#allNamespaces(signal) : [known];
    for (const namespace of namespaces) {
      if (namespace === DOCKERS) continue;
      const facts = await this.#get(reference.id, namespace, signal);
      if (facts !== null) return facts;
    }
    return null;
  }

  async #allNamespaces(signal: AbortSignal): Promise<readonly string[]> {
    const now = Date.now();
    if (now - this.#askedForNamespaces > NAMESPACES_FOR) {
      this.#namespaces = await this.#askForNamespaces(signal);
      this.#askedForNamespaces = now;
    }
    return this.#namespaces;
  }

  async #askForNamespaces(signal: AbortSignal): Promise<string[]> {
    const answer = await this.connection.call(this.services.namespaces.List!, {}, signal);
    const namespaces = memberOf(answer, 'namespaces');
    if (!Array.isArray(namespaces)) return [];
    return namespaces
      .slice(0, MAX_NAMESPACES)
      .map((namespace) => textOf(memberOf(namespace, 'name'), MAX_IDENTIFIER))
      .filter((name) => name !== null && IDENTIFIER.test(name)) as string[];
  }

  async #get(id: string, namespace: string, signal: AbortSignal): Promise<ContainerFacts | null> {
    const headers = { 'containerd-namespace': namespace };
    const answer = await this.connection.call(this.services.containers.Get!, { id }, signal, headers);
    const container = memberOf(answer, 'container');
    if (memberOf(container, 'id') !== id) return null;
    const labels = memberOf(container, 'labels');
    return factsOf(this.name, {
      name: memberOf(labels, 'nerdctl/name') ?? (DIGITS_64.test(id) ? null : id),
      image: memberOf(container, 'image'),
      isSandbox: memberOf(labels, 'io.cri-containerd.kind') === 'sandbox',
      labels,
    });
  }
}

/** Fails when what answers is not containerd either. */
export async function openContainerd(
  connection: Connection,
  cri: Cri | null,
  signal: AbortSignal,
): Promise<Containerd> {
  const from = (file: string, name: string) =>
    loadService(`containerd/${file}.proto`, `containerd.services.${name}`);
  const version = await from('version', 'version.v1.Version');
  const answer = await connection.call(version.Version!, {}, signal);
  const number = textOf(memberOf(answer, 'version'), 64);
  if (number === null)
    throw new RuntimeError('not understood', 'it has neither the CRI nor containerd’s API');
  const services = {
    containers: await from('containers', 'containers.v1.Containers'),
    namespaces: await from('namespaces', 'namespaces.v1.Namespaces'),
    events: await from('events', 'events.v1.Events'),
  };
  return new Containerd(connection, services, number, cri);
}
