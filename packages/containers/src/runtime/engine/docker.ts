/**
 * docker's Engine API. Paths without a version mean the newest that the daemon has; what is read here has been the same in
 * all of them. https://docs.docker.com/reference/api/engine/
 */
import type { ContainerReference } from '../../cgroup/reference.js';
import { type ContainerFacts, factsOf } from '../facts.js';
import type { Heard, Runtime } from '../runtime.js';
import { memberOf } from '../text.js';
import { watchEvents } from './events.js';
import { getJson } from './http.js';

export class Docker implements Runtime {
  readonly name = 'docker';

  constructor(
    readonly socket: string,
    readonly version: string | null,
  ) {}

  async find(reference: ContainerReference, signal: AbortSignal): Promise<ContainerFacts | null> {
    const answer = await getJson(this.socket, `/containers/${encodeURIComponent(reference.id)}/json`, signal);
    // It also finds containers by their names.
    if (memberOf(answer, 'Id') !== reference.id) return null;
    const config = memberOf(answer, 'Config');
    const name = memberOf(answer, 'Name');
    return factsOf(this.name, {
      name: typeof name === 'string' ? name.replace(/^\//, '') : null,
      image: memberOf(config, 'Image'),
      labels: memberOf(config, 'Labels'),
    });
  }

  watch(heard: Heard, signal: AbortSignal): Promise<void> {
    return watchEvents(this.socket, this.name, heard, signal);
  }

  close(): void {}
}
