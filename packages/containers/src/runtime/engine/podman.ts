/** podman's own API, which knows pods; events it tells as docker does. https://docs.podman.io/en/latest/_static/api.html */
import type { ContainerReference } from '../../cgroup/reference.js';
import { type ContainerFacts, factsOf } from '../facts.js';
import type { Heard, Runtime } from '../runtime.js';
import { memberOf } from '../text.js';
import { watchEvents } from './events.js';
import { getJson } from './http.js';

const POD_ID = /^[0-9a-f]{64}$/;

export class Podman implements Runtime {
  readonly name = 'podman';
  readonly #api: string;

  /** `version`: `4.3.1`; its API has paths with a version only. */
  constructor(
    readonly socket: string,
    readonly version: string,
  ) {
    this.#api = `/v${version}/libpod`;
  }

  async find(reference: ContainerReference, signal: AbortSignal): Promise<ContainerFacts | null> {
    const path = `${this.#api}/containers/${encodeURIComponent(reference.id)}/json`;
    const answer = await getJson(this.socket, path, signal);
    // It also finds containers by their names.
    if (memberOf(answer, 'Id') !== reference.id) return null;
    const podId = memberOf(answer, 'Pod');
    const pod = await this.#podName(podId, signal);
    // A pod that is just being made, or whose lock is held, is asked for once more with its container.
    if (isPodId(podId) && pod === null) return null;
    return factsOf(this.name, {
      name: memberOf(answer, 'Name'),
      image: memberOf(answer, 'ImageName'),
      pod,
      isSandbox: memberOf(answer, 'IsInfra') === true,
      labels: memberOf(memberOf(answer, 'Config'), 'Labels'),
    });
  }

  watch(heard: Heard, signal: AbortSignal): Promise<void> {
    return watchEvents(this.socket, this.name, heard, signal);
  }

  close(): void {}

  async #podName(id: unknown, signal: AbortSignal): Promise<unknown> {
    if (!isPodId(id)) return null;
    return memberOf(await getJson(this.socket, `${this.#api}/pods/${id}/json`, signal), 'Name') ?? null;
  }
}

function isPodId(id: unknown): id is string {
  return typeof id === 'string' && POD_ID.test(id);
}
