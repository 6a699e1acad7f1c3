/** The stream of events that docker and podman have in common. */
import type { RuntimeName } from '../../cgroup/reference.js';
import { type ContainerFacts, factsOf } from '../facts.js';
import { type Heard, referenceOf } from '../runtime.js';
import { RuntimeError } from '../runtime-error.js';
import { isObject, memberOf } from '../text.js';
import { open } from './http.js';
import { readJsonLines } from './json-lines.js';

/** Whatever may change what a container is called. */
const FILTERS = encodeURIComponent(
  JSON.stringify({ type: ['container'], event: ['create', 'start', 'rename'] }),
);
const ID = /^[0-9a-f]{64}$/;

/** Tells of containers of this runtime that were made, started or renamed, until the stream ends. */
export async function watchEvents(
  socket: string,
  runtime: RuntimeName,
  heard: Heard,
  signal: AbortSignal,
): Promise<void> {
  const response = await open(socket, `/events?filters=${FILTERS}`, signal);
  if (response.statusCode !== 200) {
    response.destroy();
    throw new RuntimeError('not understood', `HTTP status ${response.statusCode} for /events`);
  }
  try {
    for await (const event of readJsonLines(response as AsyncIterable<Buffer>)) {
      const actor = memberOf(event, 'Actor');
      const id = memberOf(actor, 'ID');
      if (typeof id !== 'string' || !ID.test(id)) continue;
      await heard({
        reference: referenceOf(id, runtime),
        isNew: memberOf(event, 'Action') !== 'rename',
        facts: factsOfEvent(runtime, memberOf(actor, 'Attributes')),
      });
    }
  } catch {
    // However it ended, it is to be begun again.
  }
}

/** What docker and podman put beside a container's labels. */
const NO_LABELS = new Set(['name', 'image', 'oldName', 'containerExitCode', 'podId']);

/** Null when it does not say what the container is called. */
function factsOfEvent(runtime: string, attributes: unknown): ContainerFacts | null {
  const told = isObject(attributes) ? attributes : {};
  const labels = Object.fromEntries(Object.entries(told).filter(([key]) => !NO_LABELS.has(key)));
  const facts = factsOf(runtime, { name: memberOf(told, 'name'), image: memberOf(told, 'image'), labels });
  return facts.name === null ? null : facts;
}
