/** Kubernetes's Container Runtime Interface: containerd, CRI-O, cri-dockerd. https://github.com/kubernetes/cri-api */
import type { ContainerReference, RuntimeName } from '../../cgroup/reference.js';
import { type ContainerFacts, factsOf } from '../facts.js';
import { type Heard, type Runtime, referenceOf } from '../runtime.js';
import { isObject, memberOf, textOf } from '../text.js';
import { type Connection, loadService, type Service, Unimplemented } from './connection.js';

const CREATED = 'CONTAINER_CREATED_EVENT';
const STARTED = 'CONTAINER_STARTED_EVENT';
const ID = /^[0-9a-f]{64}$/;
/** An image that has no name is told by its digest. */
const DIGEST = /^(?:sha256:)?[0-9a-f]{64}$/;

export class Cri implements Runtime {
  constructor(
    readonly connection: Connection,
    readonly service: Service,
    readonly name: string,
    readonly version: string | null,
  ) {}

  async find({ id }: ContainerReference, signal: AbortSignal): Promise<ContainerFacts | null> {
    if (!ID.test(id)) return null;
    return (await this.#container(id, signal)) ?? (await this.#sandbox(id, signal));
  }

  /** Only CRI-O and containerd from 1.7 on have events. */
  watch(heard: Heard, signal: AbortSignal): Promise<void> {
    const told = async (event: object) => {
      const id = memberOf(event, 'container_id');
      const what = memberOf(event, 'container_event_type');
      // The first of an enumeration is not on the wire.
      const isNew = what === undefined || what === 0 || what === 1 || what === CREATED || what === STARTED;
      if (!isNew || typeof id !== 'string' || !ID.test(id)) return;
      await heard({ reference: referenceOf(id, this.#runtimeName()), isNew, facts: null });
    };
    return this.connection.stream(this.service.GetContainerEvents!, {}, told, signal);
  }

  close(): void {
    this.connection.close();
  }

  async #container(id: string, signal: AbortSignal): Promise<ContainerFacts | null> {
    const answer = await this.#call('ContainerStatus', { container_id: id }, signal);
    const status = memberOf(answer, 'status');
    // Beginnings of ids are found too.
    if (memberOf(status, 'id') !== id) return null;
    const pod = await this.#podOf(id, signal);
    const metadata = memberOf(pod, 'metadata');
    const image = textOf(memberOf(memberOf(status, 'image'), 'image'), 1024);
    const isDigest = image === null || DIGEST.test(image);
    return factsOf(this.name, {
      name: memberOf(memberOf(status, 'metadata'), 'name'),
      image: isDigest ? (memberOf(status, 'image_ref') ?? image) : image,
      pod: memberOf(metadata, 'name'),
      podUid: memberOf(metadata, 'uid'),
      namespace: memberOf(metadata, 'namespace'),
      labels: { ...labels(pod), ...labels(status) },
    });
  }

  /** What Kubernetes calls labels are its pods'; their containers have kubelet's own. */
  async #podOf(id: string, signal: AbortSignal): Promise<unknown> {
    const answer = await this.#call('ListContainers', { filter: { id } }, signal);
    const containers = memberOf(answer, 'containers');
    const container: unknown = Array.isArray(containers) ? containers[0] : null;
    const sandbox = memberOf(container, 'pod_sandbox_id');
    if (memberOf(container, 'id') !== id || typeof sandbox !== 'string' || sandbox === '') return null;
    return this.#sandboxStatus(sandbox, signal);
  }

  async #sandbox(id: string, signal: AbortSignal): Promise<ContainerFacts | null> {
    const status = await this.#sandboxStatus(id, signal);
    if (status === null) return null;
    const metadata = memberOf(status, 'metadata');
    return factsOf(this.name, {
      pod: memberOf(metadata, 'name'),
      podUid: memberOf(metadata, 'uid'),
      namespace: memberOf(metadata, 'namespace'),
      isSandbox: true,
      labels: memberOf(status, 'labels'),
    });
  }

  async #sandboxStatus(id: string, signal: AbortSignal): Promise<unknown> {
    const answer = await this.#call('PodSandboxStatus', { pod_sandbox_id: id }, signal);
    const status = memberOf(answer, 'status');
    return memberOf(status, 'id') === id ? status : null;
  }

  #call(method: string, request: object, signal: AbortSignal): Promise<object | null> {
    return this.connection.call(this.service[method]!, request, signal);
  }

  #runtimeName(): RuntimeName | null {
    return this.name === 'cri-o' || this.name === 'containerd' ? this.name : null;
  }
}

/** Null when what answers has no CRI. */
export async function openCri(connection: Connection, signal: AbortSignal): Promise<Cri | null> {
  const v1 = await loadService('cri.proto', 'runtime.v1.RuntimeService');
  for (const service of [v1, asAlpha(v1)]) {
    try {
      const answer = await connection.call(service.Version!, {}, signal);
      const name = textOf(memberOf(answer, 'runtime_name'), 64);
      if (name !== null) {
        return new Cri(connection, service, name, textOf(memberOf(answer, 'runtime_version'), 64));
      }
    } catch (error) {
      if (!(error instanceof Unimplemented)) throw error;
    }
  }
  return null;
}

/** Until Kubernetes 1.23 (containerd 1.5, CRI-O 1.19) the same service had this name. */
function asAlpha(service: Service): Service {
  const renamed = Object.entries(service).map(([name, method]) => [
    name,
    { ...method, path: method.path.replace('/runtime.v1.', '/runtime.v1alpha2.') },
  ]);
  return Object.fromEntries(renamed);
}

function labels(status: unknown): object {
  const value = memberOf(status, 'labels');
  return isObject(value) ? value : {};
}
