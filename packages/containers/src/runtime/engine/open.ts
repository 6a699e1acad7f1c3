/** Who answers on a socket that speaks docker's API: docker, or podman, which often stands at docker's place. */

import type { Runtime } from '../runtime.js';
import { RuntimeError } from '../runtime-error.js';
import { memberOf, textOf } from '../text.js';
import { Docker } from './docker.js';
import { getJson } from './http.js';
import { Podman } from './podman.js';

const VERSION = /^\d+\.\d+\.\d+/;

export async function openEngine(socket: string, signal: AbortSignal): Promise<Runtime> {
  const answer = await getJson(socket, '/version', signal);
  const version = textOf(memberOf(answer, 'Version'), 64);
  if (version === null || textOf(memberOf(answer, 'ApiVersion')) === null) {
    throw new RuntimeError('not understood', 'what answers is neither docker nor podman');
  }
  const components = memberOf(answer, 'Components');
  const podman =
    Array.isArray(components) && components.find((part) => memberOf(part, 'Name') === 'Podman Engine');
  if (!podman) return new Docker(socket, version);
  const api = VERSION.exec(textOf(memberOf(memberOf(podman, 'Details'), 'APIVersion'), 64) ?? version)?.[0];
  if (api === undefined) throw new RuntimeError('not understood', `podman of version ${version}`);
  return new Podman(socket, api);
}
